"""What counts as a difference, and what only as other words."""

from typing import Any

import pytest

from conformance.trace import TOLERANCE_S, Trace, differences, named, unquoted

IMAGES = {"abc": "v1", "xyz": "v2"}


def status(**changes: Any) -> dict[str, Any]:
    return {"phase": "Paused", "message": "CanaryPauseStep", "stableRS": "abc", "currentPodHash": "xyz"} | changes


def trace(*told: tuple[float, dict[str, Any]]) -> Trace:
    made = Trace()
    for at, one in told:
        made.status(at, one, IMAGES)
    return made


def test_hashes_are_told_by_their_images() -> None:
    one = trace((0, status()))
    assert (one.decisions[0].stable, one.decisions[0].current) == ("v1", "v2")
    assert named('ReplicaSet "app-xyz" of abcd', IMAGES) == 'ReplicaSet "app-v2" of abcd'


def test_what_stays_the_same_is_told_once() -> None:
    one = trace((0, status()), (1, status()), (2, status(abort=True)))
    assert [decision.aborted for decision in one.decisions] == [False, True]
    assert one.decided_at == [0, 2]
    assert one.messages == ["CanaryPauseStep"]


@pytest.mark.parametrize(
    "changes",
    [
        {"phase": "Degraded"},
        {"abort": True},
        {"currentStepIndex": 2},
        {"stableRS": "xyz"},
        {"pauseConditions": [{"reason": "CanaryPauseStep"}]},
        {"canary": {"weights": {"canary": {"weight": 30}}}},
    ],
)
def test_another_decision_is_decisive(changes: dict[str, Any]) -> None:
    found = differences(trace((0, status())), trace((0, status(**changes))))
    assert (found[0].where, found[0].decisive) == ("decision 1", True)


CONDITION = {
    "type": "Available",
    "status": "True",
    "reason": "AvailableReason",
    "message": "It is.",
    "lastUpdateTime": "1",
}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"availableReplicas": 2}, [("availableReplicas at the end", True)]),
        ({"observedGeneration": "7"}, []),
        ({"canary": {}, "blueGreen": {}, "abortedAt": ""}, [("abortedAt at the end", True)]),
        ({"conditions": [CONDITION | {"lastUpdateTime": "2"}]}, []),
        ({"conditions": [CONDITION | {"message": "xyz"}]}, [("messages of conditions at the end", False)]),
        ({"conditions": [CONDITION | {"status": "False"}]}, [("conditions at the end", True)]),
        (
            {"conditions": []},
            [("conditions at the end", True), ("messages of conditions at the end", False)],
        ),
    ],
)
def test_the_last_status_is_compared_whole_but_for_times(
    changes: dict[str, Any], found: list[tuple[str, bool]]
) -> None:
    one = status(conditions=[CONDITION])
    compared = differences(trace((0, status()), (1, one)), trace((0, one | changes)))
    assert [(each.where, each.decisive) for each in compared] == found


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('a.b: Invalid value: "x \\"y\\": z": no.', "a.b: no."),
        ("a.b: Invalid value: 7: no.", "a.b: no."),
        ("a: Required value: no.", "a: Required value: no."),
        ("has Invalid value for count: <nil>", "has Invalid value for count: <nil>"),
    ],
)
def test_a_value_that_is_quoted_is_no_word(text: str, left: str) -> None:
    assert unquoted(text) == left


def test_services_are_compared_once_they_select_an_image() -> None:
    one, other = trace((0, status())), trace((0, status()))
    one.service("canary", "")
    one.service("canary", "v1")
    other.service("canary", "v1")
    assert differences(one, other) == []
    other.service("canary", "v2")
    assert [(each.where, each.decisive) for each in differences(one, other)] == [("services of canary", True)]


def test_what_is_noted_on_a_run_is_decisive_but_for_hashes_and_counts_of_nothing() -> None:
    one, other = trace((0, status())), trace((0, status()))
    one.note("app-xyz-2", "labels", {"hash": "xyz"}, IMAGES)
    one.note("app-xyz-2", "runs", {"count": 2, "failed": 0}, IMAGES)
    other.note("app-v2-2", "labels", {"hash": "v2"}, {})
    other.note("app-v2-2", "runs", {"count": 2}, {})
    assert differences(one, other) == []
    other.note("app-v2-2", "dry runs", {"count": 1}, {})
    assert [(each.where, each.decisive) for each in differences(one, other)] == [("notes of app-v2-2", True)]


def test_other_words_are_not() -> None:
    found = differences(trace((0, status())), trace((0, status(message="else"))))
    assert [(one.where, one.decisive) for one in found] == [("messages", False)]


@pytest.mark.parametrize(("later", "decisive"), [(TOLERANCE_S - 0.1, []), (TOLERANCE_S + 0.1, [True])])
def test_the_same_decision_at_another_time_is_decisive_beyond_the_tolerance(later: float, decisive: list[bool]) -> None:
    found = differences(trace((0, status())), trace((later, status())))
    assert [one.decisive for one in found] == decisive


def test_sizes_runs_and_measurements_are_compared() -> None:
    one, other = trace((0, status())), trace((0, status()))
    for made, size, phase, value in ((one, 2, "Failed", "0.9"), (other, 3, "Error", "1")):
        made.size("v2", size)
        made.run("app-xyz-2", phase, "why", IMAGES)
        made.measured("app-xyz-2", "rate", [("Failed", value), ("Running", "")], IMAGES)
    assert [difference.where for difference in differences(one, other) if difference.decisive] == [
        "sizes of v2",
        "measurements of app-v2-2 rate",
        "phases of app-v2-2",
    ]


def test_the_order_of_keys_in_a_value_is_nobodys_business() -> None:
    one, other = trace((0, status())), trace((0, status()))
    one.measured("a", "m", [("Successful", '{"a":1,"b":2}')], {})
    other.measured("a", "m", [("Successful", '{"b": 2, "a": 1}')], {})
    assert differences(one, other) == []
