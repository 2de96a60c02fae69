"""What is going on, in words: the page's pure modules, run in the browser."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

Call = Callable[..., Awaitable[Any]]
Json = dict[str, Any]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(60)]

NOW = 1000.0
STEPS = [{"setWeight": 30}, {"pause": {"duration": "20s"}}, {"analysis": {"templates": []}}, {"setWeight": 70}]


def event(t: float, reason: str, message: str = "") -> Json:
    return {"t": t, "reason": reason, "message": message}


def rollout(**changes: Any) -> Json:
    """A rollout as `readRollout` gives it: v2 has 30 %, and is measured next in 4 s."""
    metric = {"name": "success-rate", "run": "run-1", "phase": "Running", "nextAt": NOW + 3.2}
    metric |= {"demands": "at least 95 %", "limits": {"failure": 1}, "counts": {"failed": 1}}
    known: Json = {
        "name": "smiley",
        "phase": "Paused",
        "pauseReason": "CanaryPauseStep",
        "stable": "v1",
        "canary": "v2",
        "hash": "b",
        "revision": 2,
        "aborted": False,
        "index": 1,
        "weight": 30,
        "steps": STEPS,
        "metrics": [metric],
        "measurements": [],
        "replicaSets": [],
        "events": [event(990, "RolloutPaused")],
    }
    return known | changes


def story(**changes: Any) -> Json:
    known: Json = {"startedAt": 980.0, "endedAt": None, "weights": [[980.5, 30]], "measurements": [], "from": "v1"}
    return known | {"to": "v2"} | changes


def metric(**changes: Any) -> Json:
    return {**rollout()["metrics"][0], **changes}


PAUSE = {"doing": "watching v2 at 30 %", "pause": "pause: 10 s left"}
# What is special of the rollout and of its story, and what is said.
GOING: list[tuple[Json, Json, Json]] = [
    ({}, {}, PAUSE | {"next": "first measurement in 4 s"}),
    ({}, {"measurements": [{}]}, PAUSE | {"next": "next measurement in 4 s"}),
    ({"metrics": [metric(nextAt=None)]}, {}, PAUSE | {"next": "measuring now"}),
    ({"metrics": [metric(nextAt=None), metric()]}, {}, PAUSE | {"next": "measuring now"}),
    # What is planned, and has no run yet, is not waited for.
    ({"metrics": [metric(run="", nextAt=None)]}, {}, PAUSE | {"next": "pause: 10 s left", "pause": ""}),
    ({"metrics": [], "events": []}, {}, PAUSE | {"next": "for 20 s", "pause": ""}),
    (
        {"index": 2, "phase": "Progressing", "events": []},
        {},
        {"doing": "v2 is checked before it may go on", "next": "first measurement in 4 s", "pause": ""},
    ),
    (
        {
            "weight": 0,
            "phase": "Progressing",
            "index": 0,
            "metrics": [],
            "replicaSets": [{"podTemplateHash": "b", "readyReplicas": 1, "replicas": 2}],
        },
        {},
        {"doing": "v2 is starting: 1 of 2 ready", "next": "for 20 s", "pause": ""},
    ),
    (
        {"pauseReason": "InconclusiveAnalysisRun", "metrics": [], "events": []},
        {},
        {"doing": "v2 waits for a person: promote it, or send it back", "next": "for 20 s", "pause": ""},
    ),
]


async def test_what_is_going_on_always_counts_something(call: Call) -> None:
    for special, known, said in GOING:
        assert (special, await call("going", "goingOn", rollout(**special), story(**known), NOW)) == (special, said)


async def test_no_word_of_argos_is_said(call: Call) -> None:
    for special, known, _ in GOING:
        said = await call("going", "goingOn", rollout(**special), story(**known), NOW)
        assert not any(word in " ".join(said.values()) for word in ("Pause", "Canary", "Progressing", "Inconclusive"))


async def test_a_pause_in_seconds(call: Call) -> None:
    pauses: list[tuple[Any, float | None]] = [("20s", 20), (90, 90), ("5m", 300), ("1m30s", 90), ("1h", 3600), ("7", 7)]
    for duration, seconds in pauses:
        assert await call("going", "pauseOf", {"pause": {"duration": duration}}) == seconds
    for step in ({"pause": {}}, {"setWeight": 30}, {}, None):
        assert await call("going", "pauseOf", step) is None


async def test_the_plan_says_the_way_what_is_demanded_and_when_it_goes_back(call: Call) -> None:
    latency = metric(name="latency-p99-ms", demands="at most 500 ms", limits={"failure": 0})
    plan = await call("going", "planOf", rollout(metrics=[metric(), latency, metric(run="")]))
    assert plan == {
        "way": "30 % → 70 % → everybody",
        "checks": [["success rate", "at least 95 %"], ["latency p99 ms", "at most 500 ms"]],
        "back": "Bad twice: back to v1.",
    }
    assert (await call("going", "planOf", rollout(metrics=[], steps=[])))["way"] == "everybody"


async def test_a_measurement_with_what_is_demanded(call: Call) -> None:
    measured = {"words": "61 %", "phase": "Failed", "metric": "success-rate", "run": "run-1"}
    said = "measured 61 %, at least 95 % demanded: bad 1 of 2"
    assert await call("going", "readingOf", measured, metric()) == said
    assert await call("going", "readingOf", measured | {"phase": "Successful"}, None) == "measured 61 %: good"
    empty = await call("going", "readingOf", {"value": "[]", "words": "no data", "phase": "Inconclusive"}, metric())
    assert empty == "measured no data, at least 95 % demanded: cannot tell yet"


FAILED = {"t": 1001, "metric": "success-rate", "run": "run-1", "value": "[0.6]", "words": "60 %", "phase": "Failed"}


async def test_what_came_of_a_release_how_far_it_got_why_and_how_soon(call: Call) -> None:
    over = story(endedAt=1002.65, weights=[[980.5, 30], [1000, 50], [1002.65, 0]])
    back = rollout(aborted=True, weight=0, measurements=[FAILED])
    said = await call("going", "outcomeOf", back, over)
    far = "v2 got to 50 % of the traffic; all of it was back after 22.6 s."
    assert said in (
        f"{far} Success rate 60 %, at least 95 % demanded.",
        f"{far.replace('22.6', '22.7')} Success rate 60 %, at least 95 % demanded.",
    )
    by_hand = await call("going", "outcomeOf", rollout(aborted=True, weight=0), story(endedAt=1000, weights=[]))
    assert by_hand == "v2 got no traffic."
    promoted = rollout(stable="v2", weight=0)
    assert await call("going", "outcomeOf", promoted, story(endedAt=1062)) == "v2 reached everybody after 1 min 22 s."
    assert await call("going", "outcomeOf", promoted, story(startedAt=None, endedAt=None)) == ""


async def test_how_many_requests_were_hurt(call: Call) -> None:
    counted = {"all": 1640, "failed": 132, "slow": 1}
    assert await call("going", "hurtWords", counted, "requests") == "132 of 1,640 requests failed, 1 were slow."
    assert await call("going", "hurtWords", counted | {"failed": 0, "slow": 0}, "r") == "None of 1,640 r failed."
    assert await call("going", "hurtWords", {"all": 0, "failed": 0, "slow": 0}, "r") == ""


EVENTS = [
    event(970, "TrafficWeightUpdated", "Traffic weight updated to 0"),
    event(980, "RolloutUpdated", "Rollout updated to revision 2"),
    event(980.5, "TrafficWeightUpdated", "Traffic weight updated from 0 to 30"),
    event(980.6, "RolloutStepCompleted", "Rollout step 1/4 completed (setWeight: 30)"),
    event(1000, "RolloutStepCompleted", "Rollout step 2/4 completed (pause: 20s)"),
    event(1000.1, "TrafficWeightUpdated", "Traffic weight updated from 30 to 50"),
    event(1002, "RolloutAborted", "Rollout aborted update to revision 2: ..."),
    event(1002.2, "TrafficWeightUpdated", "Traffic weight updated from 50 to 0"),
]


async def test_who_opens_the_page_late_hears_the_story_from_the_rollouts_events(call: Call) -> None:
    late = rollout(aborted=True, index=0, weight=0, events=EVENTS, measurements=[FAILED])
    told = await call("story", "remember", None, late, 1100)
    shown = {name: told[name] for name in ("startedAt", "abortedAt", "endedAt", "reached", "from", "to")}
    assert shown == {"startedAt": 980, "abortedAt": 1002, "endedAt": 1002.2, "reached": 2, "from": "v1", "to": "v2"}
    assert told["weights"] == [[980.5, 30], [1000.1, 50], [1002.2, 0]]
    assert await call("story", "furthest", told) == 50
    assert [await call("story", "weightAt", told, t) for t in (975, 985, 1001, 1050)] == [0, 30, 50, 0]


async def test_without_events_the_story_is_what_the_page_saw(call: Call) -> None:
    told = None
    seen = [(980, 0, 0), (981, 30, 1), (990, 30, 1), (1000, 50, 3)]
    for t, weight, index in seen:
        told = await call("story", "remember", told, rollout(weight=weight, index=index, events=[]), t)
    assert told["weights"] == [[980, 0], [981, 30], [1000, 50]]
    assert (told["startedAt"], told["endedAt"]) == (980, None)
    back = rollout(aborted=True, weight=0, index=0, events=[])
    told = await call("story", "remember", told, back, 1003)
    told = await call("story", "remember", told, back, 1050)
    assert (told["reached"], told["endedAt"], told["abortedAt"]) == (3, 1003, 1003)


async def test_a_measurement_is_remembered_after_the_server_has_dropped_it(call: Call) -> None:
    one, two = FAILED | {"t": 990}, FAILED | {"t": 995}
    told = await call("story", "remember", None, rollout(measurements=[one]), 991)
    told = await call("story", "remember", told, rollout(measurements=[one, two]), 996)
    told = await call("story", "remember", told, rollout(measurements=[two]), 999)
    assert [each["t"] for each in told["measurements"]] == [990, 995]


async def test_a_promoted_release_keeps_its_story_and_the_next_one_has_its_own(call: Call) -> None:
    told = await call("story", "remember", None, rollout(events=EVENTS[:4]), 990)
    events = [*EVENTS[:4], event(1060, "RolloutCompleted")]
    done = rollout(stable="v2", weight=0, phase="Healthy", index=4, events=events)
    told = await call("story", "remember", told, done, 1061)
    assert (told["from"], told["to"], told["startedAt"], told["endedAt"]) == ("v1", "v2", 980, 1060)
    following = rollout(stable="v2", canary="v3", hash="c", revision=3, events=[], weight=0)
    told = await call("story", "remember", told, following, 1100)
    assert (told["from"], told["to"], told["startedAt"], told["measurements"]) == ("v2", "v3", 1100, [])


async def test_at_rest_nothing_has_begun(call: Call) -> None:
    rest = rollout(canary="v1", weight=0, phase="Healthy", events=EVENTS[:1])
    told = await call("story", "remember", None, rest, 1000)
    assert (told["startedAt"], told["endedAt"], told["weights"]) == (None, None, [[1000, 0]])


async def test_one_moment_in_words(call: Call) -> None:
    told = story(measurements=[FAILED], weights=[[980.5, 30], [1002.2, 0]], endedAt=1002.2)
    said = await call("lookback", "momentWords", rollout(), told, 1002, {"all": 40, "failed": 5, "slow": 0})
    assert said == (
        "+22 s: v2 had 30 %; success rate measured 60 %, at least 95 % demanded: bad 1 of 2; "
        "5 of 40 requests failed in that second"
    )
    early = await call("lookback", "momentWords", rollout(), told, 975, {"all": 0, "failed": 0, "slow": 0})
    assert early == "−5 s: v1 had everything; not measured yet"
