"""The page's pure modules, run where they run: in the browser, without its network."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page

Open = Callable[[], Awaitable[None]]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(60)]


@pytest.fixture
def call(page: Page, gui: Any, opened: Open) -> Callable[..., Awaitable[Any]]:
    """Calls an exported function of one of the page's modules."""

    async def called(module: str, name: str, *arguments: Any) -> Any:
        if page.url == "about:blank":
            gui.config |= {"startActive": False}
            await opened()
        script = "async ([m, n, a]) => (await import(`/faces/static/${m}.js`))[n](...a)"
        return await page.evaluate(script, [module, name, list(arguments)])

    return called


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


async def test_the_version_shown_is_that_of_the_workload_being_released(call: Call) -> None:
    answer = {"versions": {"face": "v9", "smiley": "v2", "color": "v10"}, "version": "v9"}
    smiley = {"name": "smiley", "stable": "v1", "canary": "v2"}
    face = {"name": "face", "stable": "v9", "canary": "v11"}
    served = [await call("tiles", "servedBy", answer, each) for each in ([smiley], [face, smiley], [face], [], None)]
    assert served == [
        {"workload": "smiley", "version": "v2"},
        {"workload": "smiley", "version": "v2"},
        {"workload": "face", "version": "v9"},
        {"workload": "color", "version": "v10"},
        {"workload": "color", "version": "v10"},
    ]
    assert await call("tiles", "servedBy", {"versions": {}, "version": None}, None) is None
    assert await call("tiles", "servedBy", {"versions": {"face": "v9"}, "version": "v9"}, [smiley]) is None
    assert await call("tiles", "servedBy", {"versions": {}, "version": "v3"}, None) == {
        "workload": None,
        "version": "v3",
    }


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


VALUES: list[tuple[str, str | None, str]] = [
    ("success-rate", "0.62", "62 %"),
    ("success-rate", "[0.62]", "62 %"),
    ("success-rate", "0.9996", "99.9 %"),
    ("success-rate", "0", "0 %"),
    ("success-rate", "[]", "no data"),
    ("success-rate", "NaN", "no data"),
    ("success-rate", "[NaN]", "no data"),
    ("success-rate", "+Inf", "+Inf"),
    ("p95-latency-ms", "241.7", "242 ms"),
    ("p95-latency", "0.0042", "0.0042"),
    ("request-rate", "35.25", "35.2"),
    ("anything", None, "no data"),
]


async def test_a_measured_value_in_words(call: Call) -> None:
    words = [(name, value, await call("rollout", "valueWords", name, value)) for name, value, _ in VALUES]
    assert words == VALUES


STEP_WORDS: list[tuple[dict[str, Any], str]] = [
    ({"setWeight": 30}, "30 %"),
    ({"pause": {"duration": "20s"}}, "pause 20 s"),
    ({"pause": {"duration": 90}}, "pause 90 s"),
    ({"pause": {"duration": "5m"}}, "pause 5 min"),
    ({"pause": {"duration": "1m30s"}}, "pause 1m30s"),
    ({"pause": {}}, "pause until promoted"),
    ({"analysis": {"templates": []}}, "analysis"),
    ({"setCanaryScale": {"weight": 3}}, "set canary scale"),
    ({}, "step"),
]


async def test_a_step_in_words(call: Call) -> None:
    assert [(step, await call("rollout", "stepWords", step)) for step, _ in STEP_WORDS] == STEP_WORDS


async def test_a_configuration_that_is_missing_or_odd_has_defaults(call: Call) -> None:
    unset = await call("config", "readConfig", "%%{config}")
    assert (unset["numRows"], unset["numCols"], unset["edgeSize"], unset["startActive"]) == (4, 4, 1, True)
    odd = await call("config", "readConfig", '{"numRows": 9999, "numCols": "x", "edgeSize": -1, "user": 3}')
    assert (odd["numRows"], odd["numCols"], odd["edgeSize"], odd["user"]) == (40, 4, 0, "unknown")


async def test_a_header_that_a_browser_would_refuse_is_left_out(call: Call) -> None:
    assert await call("config", "userHeaders", "X-User", "Zoë\r\nX: y") == {"X-User": "ZoeX: y"}
    assert await call("config", "userHeaders", "X User", "ada") == {}
    assert await call("config", "userHeaders", "X-User", "  ") == {}
