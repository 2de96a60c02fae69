"""The page's pure modules, run where they run: in the browser, without its network."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from faces.config import MOST_TILES

Open = Callable[[], Awaitable[None]]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(60)]


Call = Callable[..., Awaitable[Any]]


async def test_numeric_character_references_become_one_face(call: Call) -> None:
    smiles = ["&#x1F603;", "&#128515;", "\U0001f603", " &#X1f603; "]
    assert [await call("tiles", "decodeSmiley", each) for each in smiles] == ["\U0001f603"] * 4
    assert await call("tiles", "decodeSmiley", "&#x1F44D;&#x1F3FD;") == "\U0001f44d\U0001f3fd"
    for odd in ("", "three", None, 7, "&#x0;", "&#xD800;", "&amp;&lt;"):
        assert await call("tiles", "decodeSmiley", odd) == "?"


async def test_only_plain_colours_are_colours(call: Call) -> None:
    assert await call("tiles", "safeColor", "#abc") == "#abc"
    for odd in ("red", "url(x)", "#12345", "#66CCEE;", None, "var(--ink)"):
        assert await call("tiles", "safeColor", odd) == "#BBBBBB"


async def test_where_no_tile_was_made_only_face_speaks_for_itself(call: Call) -> None:
    tile = '{"status": 500, "version": "v2", "pod": "%s-7d8f-abcde", "errors": ["x"]}'
    read = [await call("tiles", "readAnswer", {"status": 500, "body": tile % pod}) for pod in ("face", "gui")]
    assert [(each["versions"], each["version"]) for each in read] == [({"face": "v2"}, None), ({}, None)]


ANSWERS: list[tuple[dict[str, Any], str]] = [
    ({"status": 200, "body": '{"smiley": "&#x1F603;", "color": "#66CCEE"}'}, "happy"),
    ({"status": 200, "body": '{"smiley": "&#x1F603;", "color": "#66CCEE", "errors": []}'}, "happy"),
    ({"status": 200, "body": '{"smiley": "&#x1F92C;", "errors": ["smiley: 500"]}'}, "smileyFailed"),
    ({"status": 200, "body": '{"smiley": "&#x1F92C;", "errors": ["smiley", "color"]}'}, "smileyFailed"),
    ({"status": 200, "body": '{"smiley": "&#x1F603;", "errors": ["color: x"]}'}, "colorFailed"),
    ({"status": 200, "body": '{"smiley": "&#x1F603;", "color": "#EE6677", "errors": ["color: x"]}'}, "timedOut"),
    ({"status": 200, "body": '{"smiley": "&#x1F603;", "color": "#CCBB44", "errors": ["color: x"]}'}, "limited"),
    ({"status": 200, "body": '{"smiley": "&#x1F634;", "errors": ["smiley: 504"]}'}, "timedOut"),
    ({"status": 200, "body": '{"smiley": "504", "color": "#66CCEE"}'}, "timedOut"),
    ({"status": 200, "body": '{"smiley": "&#x1F603;", "color": "504"}'}, "timedOut"),
    ({"status": 200, "body": '{"smiley": "&#x1F92C;", "color": "#66CCEE"}'}, "wrong"),
    ({"status": 200, "body": '{"smiley": "&#x1F603;", "status": 599}'}, "latched"),
    ({"status": 502, "body": "upstream connect error"}, "faceFailed"),
    ({"status": 504, "body": ""}, "timedOut"),
    ({"status": 429, "body": ""}, "limited"),
    ({"status": 599, "body": ""}, "latched"),
    ({"status": 200, "body": '{"smiley": '}, "broken"),
    ({"error": "network"}, "broken"),
    ({"error": "timeout"}, "timedOut"),
]


async def test_what_an_answer_means(call: Call) -> None:
    for answer, kind in ANSWERS:
        read = await call("tiles", "readAnswer", answer)
        assert (answer, read["kind"], read["happy"]) == (answer, kind, kind == "happy")


def known(
    *rollouts: tuple[str, str, str, int | None], roles: dict[str, dict[str, str]] | None = None
) -> dict[str, Any]:
    """What is known of these (name, stable, canary, rank: 0 of what goes out, 3 of what was given up, None at rest)."""
    found: dict[str, dict[str, str]] = {}
    for name, stable, canary, _ in rollouts:
        found[name] = {canary: "canary", stable: "stable"} | (roles or {}).get(name, {})
    keys = ("name", "stable", "canary", "rank")
    return {"rollouts": [dict(zip(keys, each, strict=True)) for each in rollouts] or None, "roles": found}


VERSIONS = {"face": "v9", "smiley": "v2", "color": "v10"}
# What is known, and then who served a tile of these versions, and whether that is a canary.
SERVED: list[tuple[dict[str, Any], dict[str, str] | None, bool]] = [
    (known(("smiley", "v1", "v2", 0)), {"workload": "smiley", "version": "v2"}, True),
    (known(("smiley", "v2", "v3", 0)), {"workload": "smiley", "version": "v2"}, False),
    (known(("face", "v9", "v11", 0), ("smiley", "v1", "v2", 0)), {"workload": "smiley", "version": "v2"}, True),
    (known(("face", "v9", "v11", 0)), {"workload": "face", "version": "v9"}, False),
    # One was given up, and another goes out: a tile of both stables is the latter's, in whatever order they come.
    (known(("face", "v9", "v11", 3), ("smiley", "v2", "v3", 0)), {"workload": "smiley", "version": "v2"}, False),
    (known(("smiley", "v2", "v3", 0), ("face", "v9", "v11", 3)), {"workload": "smiley", "version": "v2"}, False),
    (known(("face", "v9", "v11", 2), ("smiley", "v2", "v3", 1)), {"workload": "smiley", "version": "v2"}, False),
    # Given up, but it still has traffic.
    (known(("face", "v8", "v9", 2), ("smiley", "v2", "v3", 0)), {"workload": "face", "version": "v9"}, True),
    # No rollout has told of v2: it is a canary's until one does.
    (known(("smiley", "v1", "v1", None)), {"workload": "smiley", "version": "v2"}, True),
    (known(("face", "v9", "v11", 0), ("smiley", "v1", "v1", None)), {"workload": "smiley", "version": "v2"}, True),
    (
        known(("smiley", "v1", "v1", None), roles={"smiley": {"v2": "stable"}}),
        {"workload": "color", "version": "v10"},
        False,
    ),
    (known(("smiley", "v2", "v2", None)), {"workload": "color", "version": "v10"}, False),
    (known(), {"workload": "color", "version": "v10"}, False),
]


async def test_the_version_on_a_tile_is_a_new_one_or_that_of_the_workload_being_released(call: Call) -> None:
    for told, served, canary in SERVED:
        shown = await call("versions", "servedBy", {"versions": VERSIONS, "version": "v9"}, told)
        assert (told, shown) == (told, served)
        assert (told, await call("versions", "isCanary", shown, told, ["v10"])) == (told, canary)


async def test_an_answer_that_does_not_tell_whose_it_is_has_no_version(call: Call) -> None:
    smiley = known(("smiley", "v1", "v2", 0), ("face", "v9", "v11", 3))
    assert await call("versions", "servedBy", {"versions": {}, "version": None}, known()) is None
    assert await call("versions", "servedBy", {"versions": {"face": "v9"}, "version": "v9"}, smiley) is None
    alone = await call("versions", "servedBy", {"versions": {}, "version": "v3"}, known())
    assert alone == {"workload": None, "version": "v3"}


async def test_where_no_rollout_was_ever_heard_of_the_lowest_version_seen_is_stable(call: Call) -> None:
    served = [{"workload": "smiley", "version": version} for version in ("v9", "v10")]
    assert [await call("versions", "isCanary", each, known(), ["v10", "v9"]) for each in served] == [False, True]


async def test_a_poll_teaches_which_versions_are_whose(call: Call) -> None:
    nothing = {"rollouts": None, "roles": {}}
    out = {"name": "smiley", "stable": "v1", "canary": "v2", "rank": 0}
    done = {"name": "smiley", "stable": "v2", "canary": "v2", "rank": None}
    first = await call("versions", "learn", nothing, [out], [])
    assert first == {"rollouts": [out], "roles": {"smiley": {"v1": "stable", "v2": "canary"}}}
    promoted = await call("versions", "learn", first, [done], [])
    assert promoted["roles"] == {"smiley": {"v1": "stable", "v2": "stable"}}
    back = await call("versions", "learn", promoted, [out | {"stable": "v2", "canary": "v1"}], [])
    assert back["roles"] == {"smiley": {"v1": "canary", "v2": "stable"}}
    assert await call("versions", "learn", first, [], []) == {"rollouts": None, "roles": first["roles"]}


async def test_a_version_that_was_asked_for_is_a_canary_only_if_the_poll_says_so(call: Call) -> None:
    before = known(("smiley", "v1", "v1", None))
    asked = [{"workload": "smiley", "version": "v2"}]
    assert await call("versions", "unknownIn", VERSIONS, before) == asked
    out = {"name": "smiley", "stable": "v1", "canary": "v2", "rank": 0}
    assert (await call("versions", "learn", before, [out], asked))["roles"]["smiley"]["v2"] == "canary"
    rest = {"name": "smiley", "stable": "v1", "canary": "v1", "rank": None}
    assert (await call("versions", "learn", before, [rest], asked))["roles"]["smiley"]["v2"] == "stable"
    assert "v2" not in (await call("versions", "learn", before, [], asked))["roles"]["smiley"]


async def test_shares_are_whole_per_cents_that_sum_to_a_hundred(call: Call) -> None:
    assert await call("shares", "versionShares", ["v1", "v2", "v10"]) == [["v1", 34], ["v2", 33], ["v10", 33]]
    assert await call("shares", "versionShares", []) == []
    assert await call("shares", "happyShare", [{"at": 1, "happy": False}, {"at": 5, "happy": True}], 2) == 100
    assert await call("shares", "happyShare", [{"at": 1, "happy": False}], 2) is None


async def test_at_most_five_tiles_ask_and_the_longest_due_go_first(call: Call) -> None:
    tiles = [{"due": due, "askedAt": None} for due in (50, 10, 40, 20, 30, 60, 999)]
    assert [each["due"] for each in await call("pace", "mayAsk", tiles, 100)] == [10, 20, 30, 40, 50]
    busy = [{"due": 0, "askedAt": 1}] * 4
    assert [each["due"] for each in await call("pace", "mayAsk", [*busy, *tiles], 100)] == [10]


async def test_a_late_tile_keeps_its_beat(call: Call) -> None:
    nexts = [await call("pace", "nextTime", 100, now) for now in (100, 110, 2099, 2101, 9000)]
    assert nexts == [2100, 2100, 2100, 4100, 10100]


VALUES: list[tuple[dict[str, Any], str]] = [
    ({"words": "63.6 %", "value": "[0.6363]"}, "63.6 %"),
    ({"words": "no data", "value": "[]"}, "no data"),
    # Without the server's words nobody knows the unit: nothing is rounded, and nothing guessed.
    ({"value": "[0.6363636363636364]"}, "[0.6363636363636364]"),
    ({"value": "0.62", "metric": "success-rate"}, "0.62"),
    ({"value": 241.7, "metric": "latency-ms"}, "241.7"),
    ({"words": 7, "value": ""}, "no data"),
    ({}, "no data"),
]


async def test_a_measured_value_is_in_the_servers_words_or_as_it_was_measured(call: Call) -> None:
    assert [(each, await call("metrics", "valueWords", each)) for each, _ in VALUES] == VALUES


BAD: list[tuple[dict[str, Any], str]] = [
    ({"limits": {"failure": 1}, "counts": {"failed": 1}}, "bad 1 of 2"),
    ({"limits": {"failure": 0}, "counts": {"failed": 0}}, "bad 0 of 1"),
    ({"limits": {"failure": 3}, "counts": {"failed": 4}}, "bad 4 of 4"),
    ({"limits": {"failure": -1}, "counts": {"failed": 7}}, ""),
    ({"limits": {"failure": "1"}, "counts": {"failed": 1}}, ""),
    ({}, ""),
]


async def test_how_often_a_metric_was_bad_out_of_what_ends_the_release(call: Call) -> None:
    assert [(each, await call("metrics", "badWords", each)) for each, _ in BAD] == BAD


def described(run: str, *, phase: str = "Running", failed: int = 0, demands: str = "at least 95 %") -> dict[str, Any]:
    known = {"name": "success-rate", "run": run, "phase": phase, "unit": "ratio", "demands": demands}
    return known | {"limits": {"failure": 1}, "counts": {"failed": failed}}


def value(run: str, words: str, phase: str = "Successful") -> dict[str, Any]:
    return {"metric": "success-rate", "run": run, "words": words, "phase": phase}


# Metrics and measurements, and of each line: the demand, how often it was bad, and the values.
LINES: list[tuple[list[dict[str, Any]], list[dict[str, Any]], list[tuple[str, str, list[str]]]]] = [
    ([described("", phase="Pending")], [], [("at least 95 %", "bad 0 of 2", [])]),
    # The same metric in two runs, one after the other, is one line: the later run's.
    (
        [described("run-1", phase="Successful", failed=1), described("run-2")],
        [value("run-1", "94 %", "Failed"), value("run-2", "99 %")],
        [("at least 95 %", "bad 0 of 2", ["94 %", "99 %"])],
    ),
    # What is planned counts nothing yet.
    (
        [described("run-1", phase="Successful", failed=1), described("", phase="Pending")],
        [value("run-1", "94 %", "Failed")],
        [("at least 95 %", "bad 1 of 2", ["94 %"])],
    ),
    # Another demand is another line, and each has its own values.
    (
        [described("run-1"), described("run-2", demands="at least 99 %", failed=1)],
        [value("run-1", "98 %"), value("run-2", "98 %", "Failed"), value("run-1", "97 %")],
        [("at least 95 %", "bad 0 of 2", ["98 %", "97 %"]), ("at least 99 %", "bad 1 of 2", ["98 %"])],
    ),
    # A measurement that nothing describes is shown all the same.
    ([], [value("run-1", "98 %")], [("", "", ["98 %"])]),
]


async def test_a_metric_is_one_line_as_long_as_its_runs_demand_the_same(call: Call) -> None:
    for metrics, measurements, expected in LINES:
        lines = await call("metrics", "metricLines", {"metrics": metrics, "measurements": measurements})
        shown = [(each["demands"], each["bad"], [value["words"] for value in each["values"]]) for each in lines]
        assert (metrics, shown) == (metrics, expected)


# Where a rollout stands, by what is special about it.
STATES: list[tuple[dict[str, Any], str]] = [
    ({"phase": "Progressing"}, "running"),
    ({"phase": "Paused"}, "running"),
    ({"phase": "Degraded"}, "trouble"),
    ({"phase": "Degraded", "aborted": True, "weight": 30}, "leaving"),
    ({"phase": "Degraded", "aborted": True, "weight": 0}, "back"),
    ({"phase": "Paused", "aborted": True, "weight": None}, "back"),
    ({"phase": "Healthy", "unmeasured": True}, "unmeasured"),
    ({"phase": "Healthy"}, "done"),
]


async def test_where_a_rollout_stands(call: Call) -> None:
    assert [(each, await call("rollout", "stateOf", each)) for each, _ in STATES] == STATES


STEP_WORDS: list[tuple[dict[str, Any], str]] = [
    ({"setWeight": 30}, "30 %"),
    ({"pause": {"duration": "20s"}}, "watch 20 s"),
    ({"pause": {"duration": 90}}, "watch 90 s"),
    ({"pause": {"duration": "5m"}}, "watch 5 min"),
    ({"pause": {"duration": "1m30s"}}, "watch 1m30s"),
    ({"pause": {}}, "wait for a person"),
    ({"analysis": {"templates": []}}, "check"),
    ({"setCanaryScale": {"weight": 3}}, "set canary scale"),
    ({}, "step"),
]


async def test_a_step_in_words(call: Call) -> None:
    assert [(step, await call("rollout", "stepWords", step)) for step, _ in STEP_WORDS] == STEP_WORDS


async def test_a_configuration_that_is_missing_or_odd_has_defaults(call: Call) -> None:
    unset = await call("config", "readConfig", "%%{config}")
    assert (unset["numRows"], unset["numCols"], unset["edgeSize"], unset["startActive"]) == (4, 4, 1, True)
    odd = await call("config", "readConfig", '{"numRows": 9999, "numCols": "x", "edgeSize": -1, "user": 3}')
    assert (odd["numRows"], odd["numCols"], odd["edgeSize"], odd["user"]) == (MOST_TILES, 4, 0, "unknown")


async def test_a_header_that_a_browser_would_refuse_is_left_out(call: Call) -> None:
    assert await call("config", "userHeaders", "X-User", "Zoë\r\nX: y") == {"X-User": "ZoeX: y"}
    assert await call("config", "userHeaders", "X User", "ada") == {}
    assert await call("config", "userHeaders", "X-User", "  ") == {}
