"""What is spoken, what is lit, what is slow, and what a viewer switches."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect

Call = Callable[..., Awaitable[Any]]
Open = Callable[[], Awaitable[None]]
Make = Callable[..., Any]
Json = dict[str, Any]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(60)]


def metric(name: str = "success-rate") -> Json:
    known = {"name": name, "run": "r", "demands": "at least 95 %"}
    return known | {"limits": {"failure": 1}, "counts": {"failed": 1}}


def measurement(t: float, phase: str, name: str = "success-rate", words: str = "61 %") -> Json:
    return {"t": t, "metric": name, "run": "r", "phase": phase, "words": words}


async def said(call: Call, *batches: list[Json]) -> list[str]:
    """What is said as each batch is there in addition, nothing having been there at first."""
    measurements: list[Json] = []
    known = (await call("speech", "news", None, {"metrics": [], "measurements": []}))["known"]
    spoken = []
    for batch in batches:
        measurements = [*measurements, *batch]
        names = {each["metric"] for each in measurements}
        heard = await call(
            "speech", "news", known, {"metrics": [metric(name) for name in names], "measurements": measurements}
        )
        known = heard["known"]
        spoken.append(heard["words"])
    return spoken


async def test_a_measurement_is_spoken_with_its_demand_and_unit_and_a_good_one_once(call: Call) -> None:
    good = "success rate measured 99 %, at least 95 % demanded: good"
    bad = "success rate measured 61 %, at least 95 % demanded: bad 1 of 2"
    batches = [
        [measurement(1, "Successful", words="99 %")],
        [],
        [measurement(2, "Successful", words="99 %")],
        [measurement(3, "Failed")],
        [measurement(4, "Failed")],
        [measurement(5, "Successful", words="99 %")],
    ]
    assert await said(call, *batches) == [good, "", "", bad, bad, good]


async def test_many_good_ones_at_once_are_one_sentence(call: Call) -> None:
    many = [measurement(1, "Successful", name) for name in ("a", "b", "c")]
    [heard] = await said(call, [*many, measurement(1, "Failed")])
    assert heard == (
        "success rate measured 61 %, at least 95 % demanded: bad 1 of 2. 3 metrics were measured and are good"
    )


async def test_what_was_measured_before_the_page_was_there_is_not_spoken(call: Call) -> None:
    first = {"metrics": [metric()], "measurements": [measurement(1, "Failed")]}
    assert (await call("speech", "news", None, first))["words"] == ""


async def test_a_tone_comes_when_the_faces_turn_and_not_again_until_they_turn_back(call: Call) -> None:
    bad, tones = False, []
    for happy in (None, 100, 96, 90, 70, 97, 99, 100):
        heard = await call("speech", "turned", bad, happy)
        bad, tones = heard["bad"], [*tones, heard["tone"]]
    assert tones == [None, None, None, "bad", None, None, "good", None]


def rollout(**changes: Any) -> Json:
    known: Json = {"stable": "v1", "canary": "v2", "phase": "Paused", "aborted": False, "weight": 30, "events": []}
    return known | changes


def story(**changes: Any) -> Json:
    known: Json = {"startedAt": 100, "abortedAt": None, "endedAt": None, "to": "v2", "weights": [], "measurements": []}
    return known | changes


async def test_a_layer_is_lit_where_something_just_happened(call: Call) -> None:
    told = story(
        weights=[[100.2, 30]], measurements=[measurement(118, "Failed"), measurement(118.4, "Successful", "a")]
    )
    shown = {}
    for now in (101, 110, 119):
        layers = await call("layers", "layersOf", rollout(), told, now)
        shown[now] = [(layer["words"], layer["lit"]) for layer in layers]
    assert shown == {
        101: [("30 % to v2", True), ("success rate bad", False), ("released", True)],
        110: [("30 % to v2", False), ("success rate bad", False), ("released", False)],
        119: [("30 % to v2", False), ("success rate bad", True), ("released", False)],
    }
    back = story(abortedAt=122, endedAt=122.1, weights=[[100.2, 30], [122.1, 0]])
    layers = await call("layers", "layersOf", rollout(aborted=True, weight=0, phase="Degraded"), back, 123)
    assert [(layer["words"], layer["lit"]) for layer in layers] == [
        ("0 % to v2", True),
        ("measures it", False),
        ("back", True),
    ]


async def test_slow_is_what_the_metrics_demand_at_most(call: Call) -> None:
    bounds = [{"unit": "ms", "bound": {"op": "<=", "value": value}} for value in (500, 200)]
    assert await call("metrics", "demandedMs", []) == 500
    assert await call("metrics", "demandedMs", bounds) == 200
    others = [{"unit": "ratio", "bound": {"op": "<=", "value": 0.1}}, {"unit": "ms", "bound": {"op": ">=", "value": 1}}]
    assert await call("metrics", "demandedMs", [*others, {"unit": "ms"}]) == 500
    answer = {"kind": "happy", "ms": 812}
    assert (await call("tiles", "timed", answer, 500))["slow"]
    assert not (await call("tiles", "timed", answer, 900))["slow"]
    assert not (await call("tiles", "timed", answer | {"kind": "timedOut"}, 500))["slow"]


async def test_a_slow_tile_looks_tired_and_says_so(
    page: Page, gui: Any, opened: Open, rollout: Make, metric: Make
) -> None:
    # Whatever takes at least a millisecond is slow.
    gui.rollouts = [rollout(metrics=(metric("latency-p99-ms", "ms", "<=", 0.001),), measurements=())]
    await opened()
    tile = page.locator("#grid .tile[data-slow]").first
    await expect(tile).to_have_attribute("data-kind", "happy")
    await expect(tile.locator(".mark use")).to_have_attribute("href", "#i-slow")
    label = await tile.get_attribute("aria-label")
    assert label is not None
    assert "slow: it took" in label


async def test_layers_and_measurements_reach_the_page(
    page: Page, gui: Any, opened: Open, rollout: Make, measured: Make
) -> None:
    gui.rollouts = [rollout(measurements=measured(("[0.99]", "Successful")))]
    await opened()
    await expect(page.locator(".layer")).to_have_text(
        ["Delivery 30 % to v2", "Observation success rate good", "Decision released"]
    )
    await expect(page.locator("#spoken")).to_have_text("")
    gui.rollouts = [rollout(measurements=measured(("[0.99]", "Successful"), ("[0.61]", "Failed")))]
    await expect(page.locator("#spoken")).to_have_text("success rate measured 61 %, at least 95 % demanded: bad 1 of 2")


async def test_dark_tones_and_the_tally_are_switched_by_button_and_by_key_and_kept(page: Page, opened: Open) -> None:
    await page.emulate_media(color_scheme="light")
    await opened()
    dark, tones = page.get_by_role("button", name="Dark"), page.get_by_role("button", name="Soft tones")
    tally = page.get_by_role("button", name="Speak how the tiles are")
    pressed = [await each.get_attribute("aria-pressed") for each in (dark, tones, tally)]
    assert pressed == ["false", "false", "true"]
    await page.keyboard.press("d")
    await expect(page.locator("body")).to_have_css("background-color", "rgb(15, 19, 24)")
    await expect(dark).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("t")
    await tones.click()
    await page.reload()
    for button, state in ((dark, "true"), (tones, "true"), (tally, "false")):
        await expect(button).to_have_attribute("aria-pressed", state)
    await expect(page.locator("body")).to_have_css("background-color", "rgb(15, 19, 24)")
    await page.get_by_label("user").fill("dts")
    await expect(dark).to_have_attribute("aria-pressed", "true")


# Of a selector's texts, how high the smallest is, in percent of the window's height.
SMALLEST = """selectors => Object.fromEntries(selectors.map((selector) => [selector, Math.min(
  ...[...document.querySelectorAll(selector)].filter((each) => each.checkVisibility())
    .map((each) => 100 * parseFloat(getComputedStyle(each).fontSize) / innerHeight))]))"""


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (3840, 2160)])
async def test_the_last_row_reads_verdict_weight_value_demand_and_countdown(
    page: Page, gui: Any, opened: Open, running: Json, width: int, height: int
) -> None:
    gui.rollouts = [running]
    await page.set_viewport_size({"width": width, "height": height})
    await opened()
    await expect(page.locator(".going .next")).not_to_have_text("")
    selectors = [".verdict", ".number", ".metric:first-child h3 b", ".metric:first-child .demands", ".going .next"]
    found = await page.evaluate(SMALLEST, selectors)
    assert {name: size for name, size in found.items() if size < 4} == {}
