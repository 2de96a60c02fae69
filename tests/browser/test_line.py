"""The line over time: its shapes, which are pure, and the line on the page."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Page, expect

from seam.views import EventView, RolloutView

Call = Callable[..., Awaitable[Any]]
Open = Callable[[], Awaitable[None]]
Make = Callable[..., Any]
Tile = Callable[..., dict[str, Any]]
Json = dict[str, Any]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(60)]

AT = 1.7e9
SUCCESS = {"name": "success-rate", "unit": "ratio", "run": "r", "bound": {"op": ">=", "value": 0.95}}
SUCCESS |= {"demands": "at least 95 %", "nextAt": AT + 26}
P99 = {"name": "p99", "unit": "ms", "run": "r", "bound": {"op": "<=", "value": 500}, "demands": "at most 500 ms"}
SHARE = {"name": "canary-share", "unit": "ratio", "run": "r", "bound": {"op": ">=", "value": 0.05}}


def measurement(t: float, metric: str, value: str, phase: str) -> Json:
    return {"t": AT + t, "metric": metric, "run": "r", "value": value, "phase": phase}


STORY: Json = {
    "startedAt": AT,
    "endedAt": None,
    "abortedAt": None,
    "from": "v1",
    "to": "v2",
    "weights": [[AT + 1, 30], [AT + 20, 50]],
    "measurements": [
        measurement(18, "success-rate", "[0.61]", "Failed"),
        measurement(18, "p99", "[24.1,20]", "Successful"),
        measurement(18, "canary-share", "[0.3]", "Successful"),
        measurement(18.4, "canary-share", "[0.01]", "Failed"),
    ],
}


def model(**changes: Any) -> Json:
    line = [{"t": AT + t, "share": 1, "p99": 20} for t in range(-5, 20)]
    known: Json = {
        "story": STORY,
        "metrics": [SUCCESS, P99, SHARE],
        "lines": {"stable": line, "canary": line[8:]},
        "bars": [{"t": AT + 5, "failed": 3, "slow": 1}],
        "now": AT + 22,
        "span": {"from": AT - 8, "to": AT + 40},
        "width": 700,
        "height": 200,
        "rem": 16,
        "cursor": None,
    }
    return known | changes


def of(shapes: list[Json], name: str) -> list[Json]:
    return [shape for shape in shapes if shape["class"] == name]


async def test_every_bound_weight_measurement_and_harm_is_drawn(call: Call) -> None:
    shapes = await call("chart", "shapesOf", model())
    assert [shape["text"] for shape in of(shapes, "bound-label")] == ["at least 95 %", "at most 500 ms"]
    assert [shape["text"] for shape in of(shapes, "weight-label")] == ["30 %"]  # the other is too narrow for its words
    assert len(of(shapes, "weight-band")) == 2
    # Success and P99, and one for all others, of which the worst counts.
    assert len(of(shapes, "dot bad")) == 2
    assert len(of(shapes, "dot good")) == 1
    assert {shape["text"] for shape in of(shapes, "series-name stable")} == {"v1"}
    assert {shape["text"] for shape in of(shapes, "series-name canary")} == {"v2"}
    assert len(of(shapes, "harm failed")) == len(of(shapes, "harm slow")) == 1


async def test_good_and_bad_have_different_shapes(call: Call) -> None:
    phases = ("Successful", "Failed", "Error", "Inconclusive")
    drawn = [await call("chart", "dotShapes", phase, 10, 10, 5) for phase in phases]
    looks = [(each[0]["tag"], each[0].get("d", "").count("L")) for each in drawn]
    assert len(set(looks)) == len(phases)


async def test_the_next_measurement_is_counted_down_until_it_is_over(call: Call) -> None:
    for now, left in ((AT + 22, "4 s"), (AT + 25.5, "1 s")):
        shapes = await call("chart", "shapesOf", model(now=now))
        assert [shape["text"] for shape in of(shapes, "awaited-left")] == [left]
    over = model(story=STORY | {"endedAt": AT + 23, "abortedAt": AT + 23})
    shapes = await call("chart", "shapesOf", over)
    assert of(shapes, "awaited") == []
    assert [shape["text"] for shape in of(shapes, "moment-name")] == ["released", "back"]


async def test_nothing_is_drawn_outside(call: Call) -> None:
    for cursor in (None, AT + 3):
        for shape in await call("chart", "shapesOf", model(cursor=cursor)):
            for key in ("x", "cx"):
                assert 0 <= shape.get(key, 0) <= 700
            for key in ("y", "cy"):
                assert 0 <= shape.get(key, 0) <= 200
            assert "NaN" not in str(shape)
            assert shape.get("width", 1) >= 0
            assert shape.get("height", 1) >= 0


async def test_an_empty_line_is_axes_alone(call: Call) -> None:
    empty = {"stable": [], "canary": []}
    shapes = await call("chart", "shapesOf", model(story=None, metrics=[], lines=empty, bars=[]))
    assert {shape["class"] for shape in shapes} <= {"axis", "tick", "panel-name"}


async def test_the_whole_release_is_in_sight(call: Call) -> None:
    now = AT + 300
    assert await call("chart", "spanOf", None, now) == {"from": now - 60, "to": now}
    going = await call("chart", "spanOf", STORY, now)
    assert going["from"] < AT
    assert going["to"] > now
    over = await call("chart", "spanOf", STORY | {"endedAt": AT + 50}, now)
    assert AT + 50 < over["to"] < now


@pytest.mark.parametrize(
    ("value", "number"), [("[0.98]", 0.98), ("[0.98,1]", 0.98), ("3", 3), ("[]", None), ("NaN", None), ("", None)]
)
async def test_the_number_of_a_measurement(call: Call, value: str, number: float | None) -> None:
    assert await call("chart", "numberIn", value) == number


async def test_visitors_that_the_server_knows_are_counted_and_drawn(page: Page, opened: Open) -> None:
    await opened()
    seconds = [
        {"t": 10, "all": 40, "failed": 4, "slow": 1, "stable": [28, 1, 20], "canary": [12, 0.66, 31]},
        {"t": 11, "all": 40, "failed": 0, "slow": 0, "stable": [28, 1, 20]},
    ]
    script = """async (seconds) => {
      const { Visitors, Requests } = await import("/faces/static/requests.js");
      const visitors = new Visitors(seconds);
      const own = new Requests();
      for (let t = 0; t < 10; t += 1) own.add(10.5, { ok: t > 2, ms: 10 * (t + 1), slow: false, role: "canary" });
      return [visitors.between(10, 12), visitors.count(10, 10), own.between(10, 10), own.count(0, 20)];
    }"""
    theirs, counted, own, mine = await page.evaluate(script, seconds)
    assert theirs["lines"]["canary"] == [{"t": 11, "share": 0.66, "p99": 31}]
    assert [bar["failed"] for bar in theirs["bars"]] == [4, 0]
    assert counted == {"all": 40, "failed": 4, "slow": 1}
    assert own["lines"] == {"stable": [], "canary": [{"t": 11, "share": 0.7, "p99": 100}]}
    assert mine == {"all": 10, "failed": 3, "slow": 0}


BACK_AT = 22.6
EVENTS = (
    EventView(AT, "RolloutUpdated", "Rollout updated to revision 2"),
    EventView(AT + 1, "TrafficWeightUpdated", "Traffic weight updated from 0 to 30"),
    EventView(AT + 1, "RolloutStepCompleted", "Rollout step 1/5 completed (setWeight: 30)"),
    EventView(AT + 1, "RolloutPaused", "Rollout is paused (CanaryPauseStep)"),
)
BACK = (
    *EVENTS,
    EventView(AT + 22, "RolloutAborted", "Rollout aborted update to revision 2"),
    EventView(AT + BACK_AT, "TrafficWeightUpdated", "Traffic weight updated from 30 to 0"),
)


async def test_while_a_release_is_out_the_page_counts_down_and_draws(
    page: Page, gui: Any, opened: Open, rollout: Make, metric: Make
) -> None:
    measured_next = (replace(metric(failed=1), next_at=AT + 10),)
    gui.rollouts = [rollout(events=EVENTS, metrics=measured_next)]
    gui.more = {"now": AT + 4}
    await opened()
    await expect(page.locator(".going .next")).to_have_text("next measurement in 6 s")
    await expect(page.locator(".going .doing")).to_have_text("watching v2 at 30 %")
    await expect(page.locator(".going .pause")).to_have_text("pause: 17 s left")
    await expect(page.locator("#line .weight-band")).to_have_count(1)
    await expect(page.locator("#line .bound-label")).to_have_text("at least 95 %")
    await expect(page.locator("#line .dot.bad")).to_have_count(1)
    await expect(page.locator("#line .awaited-left")).to_have_text("6 s")
    await expect(page.get_by_label("Look back")).to_be_hidden()
    gui.more = {"now": AT + 7}
    await expect(page.locator(".going .next")).to_have_text("next measurement in 3 s")


async def test_what_is_counted_down_goes_on_by_itself(
    page: Page, gui: Any, opened: Open, rollout: Make, metric: Make
) -> None:
    await page.clock.install(time=0)
    gui.rollouts = [rollout(events=EVENTS, metrics=(replace(metric(), next_at=AT + 30),), measurements=())]
    gui.more = {"now": AT}
    await opened()
    await expect(page.locator(".going .next")).to_have_text("first measurement in 30 s")
    gui.more = {}  # what the server says next has no time in it
    await page.clock.run_for(5000)
    await expect(page.locator(".going .next")).to_have_text(re.compile("^first measurement in (1[0-9]|2[0-6]) s$"))


async def test_after_a_rollback_one_sees_how_far_it_got_and_looks_back_by_the_keyboard(
    page: Page, gui: Any, opened: Open, rollout: Make
) -> None:
    gui.rollouts = [rollout("aborted", events=BACK)]
    gui.more = {"now": AT + 40}
    await opened()
    far = "v2 got to 30 % of the traffic; all of it was back after 22.6 s."
    await expect(page.locator(".outcome")).to_contain_text(far)
    await expect(page.locator(".outcome")).to_contain_text("Success rate 58 %, at least 95 % demanded.")
    states = [await step.get_attribute("data-state") for step in await page.locator(".step").all()]
    assert states == ["reached", "ended here", "not reached", "not reached", "not reached"]
    await expect(page.locator("#line .moment-name")).to_have_text(["released", "back"])
    slider = page.get_by_label("Look back")
    await slider.focus()
    await page.keyboard.press("Home")
    await expect(page.locator(".then")).to_have_text("−8 s: v1 had everything; not measured yet")
    for _ in range(10):
        await page.keyboard.press("ArrowRight")
    moment = "+2 s: v2 had 30 %; success rate measured 58 %, at least 95 % demanded: bad 2 of 2"
    await expect(page.locator(".then")).to_contain_text(moment)
    await expect(slider).to_have_attribute("aria-valuetext", moment)
    await expect(page.locator("#line .cursor")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.locator("#line .cursor")).to_have_count(0)
    await expect(page.locator(".then")).to_be_hidden()


async def test_looking_back_brings_back_the_tiles_the_verdict_and_the_card(
    page: Page, gui: Any, opened: Open, tile: Tile, rollout: Make
) -> None:
    badges = page.locator("#grid .badge")
    gui.rollouts = [rollout("running", events=EVENTS)]
    gui.more = {"now": AT + 10}
    gui.answer(tile(version="v2"))
    await opened()
    await expect(badges).to_have_text(["v2"] * 16)
    going = await page.locator("#verdict").inner_text()
    await page.wait_for_timeout(1100)  # twice a second the page notes what it shows

    gui.rollouts = [rollout("aborted", events=BACK)]
    gui.more = {"now": AT + 40}
    await expect(page.locator("#rollouts article")).to_have_attribute("data-state", "back")
    back = await page.locator("#verdict").inner_text()
    gui.answer(tile())
    await expect(badges).to_have_text(["v1"] * 16)
    slider = page.get_by_label("Look back")
    await slider.focus()
    await page.keyboard.press("Home")
    await expect(page.locator('#grid .tile[data-kind="empty"]')).to_have_count(16)
    while not (await page.locator(".then").inner_text()).startswith("+15 s"):
        await page.keyboard.press("ArrowRight")
    await expect(badges).to_have_text(["v2"] * 16)
    await expect(page.locator('#grid .tile[data-version="canary"]')).to_have_count(16)
    await expect(page.locator("#verdict")).to_have_text(going)
    await expect(page.locator("#verdict")).to_have_attribute("aria-live", "off")
    await expect(page.locator("#rollouts article")).to_have_attribute("data-state", "running")
    await page.keyboard.press("Escape")
    await expect(badges).to_have_text(["v1"] * 16)
    await expect(page.locator("#verdict")).to_have_text(back)
    await expect(page.locator("#verdict")).to_have_attribute("aria-live", "polite")


SEVEN = ("success-rate", "latency-p99-ms", "slow-bodies", "unreachable", "canary-share", "denied", "certificate-left")
BASE_STEPS = [
    step
    for weight in (30, 50, 70)
    for step in ({"setWeight": weight}, {"pause": {"duration": "20s"}}, {"analysis": {}})
]


async def test_after_a_rollback_with_seven_metrics_a_projector_shows_all_of_it_while_one_looks_back(
    page: Page, gui: Any, opened: Open, rollout: Make, metric: Make, measured: Make
) -> None:
    values = [value for name in SEVEN for value in measured(("[0.552]", "Successful"), name=name)]
    values[0] = replace(values[0], phase="Failed")
    metrics = tuple(metric(name) for name in (*SEVEN, "gate"))
    more = {"metrics": metrics, "measurements": tuple(values), "steps": tuple(BASE_STEPS), "events": BACK}
    gui.rollouts, gui.more = [rollout("aborted", **more)], {"now": AT + 40}
    await opened()
    await expect(page.locator(".metric")).to_have_count(8)
    slider = page.get_by_label("Look back")
    for width, height in ((1280, 720), (1024, 768), (1920, 1080)):
        await page.set_viewport_size({"width": width, "height": height})
        for key, shown in (("Escape", False), ("Home", True)):
            await slider.focus()
            await page.keyboard.press(key)
            await expect(page.locator(".then")).to_be_visible(visible=shown)
            assert await page.evaluate("document.documentElement.scrollHeight") <= height, (width, key)
            await expect(slider).to_be_in_viewport(ratio=1)


async def test_before_a_release_the_plan_is_told(
    page: Page, gui: Any, opened: Open, rollout: Make, metric: Make
) -> None:
    rest = {"stable_version": "v1", "current_version": "v1", "release": None, "measurements": (), "analysis_runs": ()}
    gui.rollouts = [rollout("promoted", metrics=(metric(run=""),), **rest)]
    await opened()
    await expect(page.locator(".way")).to_have_text("30 % → 50 % → everybody")
    await expect(page.locator(".plan li")).to_have_text("success rate at least 95 %")
    await expect(page.locator(".goes-back")).to_have_text("Bad twice: back to v1.")


async def test_the_line_is_described_for_who_does_not_see_it(
    page: Page, gui: Any, opened: Open, rollout: Callable[..., RolloutView]
) -> None:
    gui.rollouts = [rollout(events=EVENTS)]
    await opened()
    words = "Success rate and P99 of stable and canary over time. Last measured: success rate 62 %."
    await expect(page.get_by_role("img", name=words)).to_be_visible()
