"""The tiles: what each answer looks like, is called, and how it is asked for."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

Open = Callable[[], Awaitable[None]]
Tile = Callable[..., dict[str, Any]]
Make = Callable[..., dict[str, Any]]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(60)]

HAPPY = "\U0001f603"
CURSING = "\U0001f92c"


async def first_tile(page: Page, name: str) -> Any:
    """The tile of row 1, column 1, once it is called `name`."""
    shown = page.locator("#grid .tile").first
    await expect(shown).to_have_attribute("aria-label", f"row 1 column 1: {name}")
    return shown


async def test_the_grid_fills_with_happy_faces(page: Page, gui: Any, opened: Open) -> None:
    await opened()
    await expect(page.locator('#grid .tile[data-kind="happy"]')).to_have_count(16)
    assert await page.locator("#grid .face").all_inner_texts() == [HAPPY] * 16
    assert {name.split()[0] for name in gui.asked} == {"center", "edge", "rollouts", "stream"}


async def test_the_outermost_ring_is_asked_from_edge_and_the_rest_from_center(
    page: Page, gui: Any, opened: Open
) -> None:
    gui.config |= {"numRows": 3, "numCols": 4, "edgeSize": 1}
    await opened()
    await expect(page.locator('#grid .tile[data-kind="happy"]')).to_have_count(12)
    assert {name for name in gui.asked if name.startswith("center")} == {"center 1 1", "center 1 2"}


async def test_each_tile_asks_once_every_two_seconds_and_they_do_not_ask_at_once(
    page: Page, gui: Any, opened: Open
) -> None:
    """By the page's own clock, which passes when the test says so: a busy machine has no part in it."""
    await page.clock.install(time=0)
    await opened()
    await page.clock.pause_at(3_600_000)
    await page.reload()
    while not gui.asked["stream"] > 1:
        await page.wait_for_timeout(20)
    gui.asked.clear()
    times: dict[str, list[int]] = {}
    for now in range(0, 6000, 100):
        await page.clock.run_for(100)
        await expect(page.locator("#grid .tile[data-asking]")).to_have_count(0)
        for name, count in gui.asked.items():
            if name.startswith(("center", "edge")) and count > len(times.setdefault(name, [])):
                times[name].append(now)
    first = sorted(asked[0] for asked in times.values())
    assert len(first) == 16
    assert first[-1] - first[0] == pytest.approx(2000 * 15 / 16, abs=200)
    assert max(first.count(at) for at in first) <= 2
    gaps = [later - sooner for asked in times.values() for sooner, later in pairwise(asked)]
    assert len(gaps) >= 16
    assert gaps == pytest.approx([2000] * len(gaps), abs=100)


async def test_an_answer_with_errors_shows_a_cursing_face_and_says_so(
    page: Page, gui: Any, opened: Open, tile: Tile
) -> None:
    gui.answer(tile("&#x1F92C;", "v2", errors=["smiley: error 500"]))
    await opened()
    shown = await first_tile(page, "cursing, smiley failed, served by smiley v2")
    await expect(shown.locator(".face")).to_have_text(CURSING)
    await expect(shown.locator(".mark svg")).to_be_visible()
    border = "getComputedStyle(e.querySelector('.shape')).borderTopStyle"
    assert await shown.evaluate(f"e => {border}") == "dashed"


FAILURES = {
    500: (CURSING, "cursing, face failed", "rgb(187, 187, 187)"),
    503: (CURSING, "cursing, face failed", "rgb(187, 187, 187)"),
    504: ("\U0001f634", "sleeping, timed out", "rgb(238, 102, 119)"),
    429: ("\U0001f92f", "kaboom, rate limited", "rgb(204, 187, 68)"),
    599: ("\U0001f610", "neutral, latched", "rgb(204, 187, 68)"),
}


async def test_each_failure_has_its_face_its_ground_and_its_name(page: Page, gui: Any, opened: Open) -> None:
    async def face(_row: int, col: int) -> web.Response:
        return web.Response(status=list(FAILURES)[col])

    gui.face = face
    gui.config |= {"numRows": 1, "numCols": len(FAILURES)}
    await opened()
    for col, (smiley, name, color) in enumerate(FAILURES.values()):
        shown = page.locator("#grid .tile").nth(col)
        await expect(shown).to_have_attribute("aria-label", f"row 1 column {col + 1}: {name}")
        await expect(shown.locator(".face")).to_have_text(smiley)
        await expect(shown.locator(".shape")).to_have_css("background-color", color)
    await expect(page.locator("#failed")).not_to_have_text("0")
    marks = [await mark.get_attribute("href") for mark in await page.locator("#grid .mark use").all()]
    assert marks == ["#i-cross", "#i-cross", "#i-clock", "#i-limit", "#i-lock"]


async def test_a_cut_connection_shows_a_screaming_face(page: Page, gui: Any, opened: Open) -> None:
    async def cut(_row: int, _col: int) -> None:
        return None

    gui.face = cut
    await opened()
    shown = await first_tile(page, "screaming, no usable answer")
    await expect(shown.locator(".face")).to_have_text("\U0001f631")


async def test_an_answer_that_is_no_tile_shows_a_screaming_face(page: Page, gui: Any, opened: Open) -> None:
    bodies = ["<html>hello</html>", "", "[]", "null", '"v1"', "{}"]

    async def face(_row: int, col: int) -> web.Response:
        return web.Response(text=bodies[col])

    gui.face = face
    gui.config |= {"numRows": 1, "numCols": len(bodies)}
    await opened()
    await expect(page.locator('#grid .tile[data-kind="broken"]')).to_have_count(len(bodies))
    await first_tile(page, "screaming, no usable answer")


async def test_a_color_that_failed_is_grey_under_the_smiley_that_did_not(
    page: Page, gui: Any, opened: Open, tile: Tile
) -> None:
    gui.answer(tile(color="#BBBBBB", errors=["color: unavailable"]))
    await opened()
    shown = await first_tile(page, "smiling, color failed, served by v1")
    await expect(shown.locator(".shape")).to_have_css("background-color", "rgb(187, 187, 187)")


async def test_two_versions_are_told_apart_by_badge_and_shape(
    page: Page, gui: Any, opened: Open, tile: Tile, running: dict[str, Any]
) -> None:
    gui.rollouts = [running]
    gui.answer(tile(), tile(version="v2"))
    await opened()
    stable, canary = page.locator("#grid .tile").nth(0), page.locator("#grid .tile").nth(1)
    await expect(stable.locator(".badge")).to_have_text("v1")
    await expect(canary.locator(".badge")).to_have_text("v2")
    await expect(canary).to_have_attribute("data-version", "canary")
    await expect(canary.locator(".shape")).to_have_css("border-radius", "50%")
    await expect(stable.locator(".shape")).not_to_have_css("border-radius", "50%")
    await expect(canary).to_have_attribute("aria-label", "row 1 column 2: happy, served by smiley v2")


async def test_while_one_workload_is_degraded_a_tile_wears_the_version_of_the_one_that_goes_out(
    page: Page, gui: Any, opened: Open, tile: Tile, rollout: Make
) -> None:
    color = rollout("aborted", name="color", stable_version="v5", current_version="v6")
    gui.rollouts = [color, rollout()]
    versions = {"face": "v1", "smiley": "v1", "color": "v5"}
    gui.answer(tile(versions=versions), tile(versions=versions | {"smiley": "v2"}))
    await opened()
    await expect(page.locator(".verdict")).to_have_count(2)
    stable = await first_tile(page, "happy, served by smiley v1")
    await expect(stable.locator(".badge")).to_have_text("v1")
    await expect(stable).to_have_attribute("data-version", "stable")
    await expect(page.locator("#grid .tile").nth(1).locator(".badge")).to_have_text("v2")


@pytest.mark.parametrize("told", ["canary", "stable"])
async def test_a_version_that_no_poll_has_told_of_is_a_canarys_until_told_otherwise(
    page: Page, gui: Any, opened: Open, tile: Tile, rollout: Make, told: str
) -> None:
    rest = rollout("promoted", stable_version="v1", current_version="v1")
    gui.rollouts = [rest]
    await opened()
    await expect(page.get_by_role("status")).to_have_text("v1 serves everybody.")
    await expect(page.locator('#grid .tile[data-version="stable"]')).to_have_count(16)
    gui.polls.clear()
    gui.answer(tile(version="v2"), tile())
    shown = page.locator("#grid .tile").first
    await expect(shown).to_have_attribute("data-version", "canary")
    await expect(shown).to_have_attribute("aria-label", "row 1 column 1: happy, served by smiley v2")
    gui.rollouts = [rollout() if told == "canary" else rest]
    gui.polls.set()
    await expect(page.locator(".phase")).to_have_text("watching" if told == "canary" else "at rest")
    await expect(shown).to_have_attribute("data-version", told)


async def test_a_version_that_no_poll_has_told_of_is_asked_for_at_once(
    page: Page, gui: Any, opened: Open, tile: Tile, rollout: Make
) -> None:
    gui.rollouts = [rollout("promoted", stable_version="v1", current_version="v1")]
    await page.clock.install(time=0)
    await opened()
    await expect(page.locator('#grid .tile[data-version="stable"]')).to_have_count(16)
    await page.clock.pause_at(60_000)
    before = gui.asked["rollouts"]
    while gui.asked["rollouts"] == before:
        await page.clock.run_for(100)
    # The next poll is a second away, and time stands still but for what a tile needs to ask.
    gui.rollouts = [rollout()]
    gui.answer(tile(version="v2"))
    await page.clock.run_for(300)
    await expect(page.get_by_role("status")).to_have_text("v2 has 30 % and was bad once.")


async def test_without_a_rollout_the_highest_version_is_on_the_badge(
    page: Page, gui: Any, opened: Open, tile: Tile
) -> None:
    gui.answer(tile(versions={"face": "v9", "smiley": "v2", "color": "v10"}))
    await opened()
    shown = await first_tile(page, "happy, served by color v10")
    await expect(shown.locator(".badge")).to_have_text("v10")


async def test_pods_are_shown_when_asked_for(page: Page, gui: Any, opened: Open, tile: Tile) -> None:
    gui.config |= {"showPods": True}
    gui.answer(tile(pods={"smiley": "smiley-7d8f9c-x2k4p"}))
    await opened()
    await expect(page.locator("#grid .time").first).to_have_text("x2k4p")


HOSTILE = [
    '<img src=x onerror="document.title=1">',
    "&#x3C;img src=x onerror=alert(1)&#x3E;",
    "<script>document.title=1</script>",
    "&lt;b&gt;",
    "&#xFFFFFF;",
    "&#x110000;",
    "&#x202E;",
    "\U0001f603" * 40,
    "x" * 100_000,
]


async def test_a_hostile_smiley_is_dropped_and_never_executed(page: Page, gui: Any, opened: Open, tile: Tile) -> None:
    version = "v9<img src=x onerror='document.title=1'>"
    color = "url(//evil.test/x)"
    gui.answer(*[tile(smiley, version, color=color, errors=[smiley[:100]]) for smiley in HOSTILE])
    gui.config |= {"numRows": 1, "numCols": len(HOSTILE)}
    await opened()
    await expect(page.locator("#grid .face")).to_have_text(["?"] * len(HOSTILE))
    await expect(page.locator("#grid .badge").first).to_have_text(version)
    assert await page.locator("#grid img, #grid script, #grid b").count() == 0
    assert await page.title() == "Faces"


async def test_a_tile_that_waits_longer_than_half_a_second_looks_its_age(
    page: Page, gui: Any, opened: Open, hang: Any
) -> None:
    gui.face = hang
    await opened()
    waiting = page.locator("#grid .tile.aging").first
    await expect(waiting.locator(".time")).to_have_text(re.compile(r"^[1-4]\.\d s …$"))
    await expect(waiting.locator(".face")).to_have_css("opacity", re.compile(r"^0\.[2-7]"))


async def test_a_tile_that_is_never_answered_times_out_and_gives_way_to_the_next(
    page: Page, gui: Any, opened: Open, hang: Any
) -> None:
    gui.face = hang
    await opened()
    await first_tile(page, "sleeping, timed out")
    await expect(page.locator("#grid .tile").nth(5)).to_have_class("tile aging")
    assert len([name for name in gui.asked if name != "rollouts"]) > 5


async def test_no_more_than_six_requests_are_in_flight_and_the_strip_keeps_one(
    page: Page, gui: Any, opened: Open, hang: Any, running: dict[str, Any]
) -> None:
    await opened()
    await expect(page.locator('#grid .tile[data-kind="happy"]')).to_have_count(16)
    gui.face = hang
    gui.most_in_flight = 0
    await expect(page.locator("#grid .tile.aging")).to_have_count(5)
    gui.rollouts = [running]
    await expect(page.locator("#verdict")).to_have_text("v2 has 30 % and was bad once.")
    assert 5 <= gui.most_in_flight <= 6


async def test_stop_stops_the_requests_and_space_starts_them_again(page: Page, gui: Any, opened: Open) -> None:
    await opened()
    await expect(page.locator('#grid .tile[data-kind="happy"]')).to_have_count(16)
    button = page.get_by_role("button", name="Stop")
    await button.focus()
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Start")).to_be_visible()
    await expect(page.locator("#grid .tile[data-asking]")).to_have_count(0)
    before = gui.headers.qsize()
    await asyncio.sleep(1)
    assert gui.headers.qsize() == before
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    await expect(page.locator("#asked")).not_to_have_text(str(before))


async def test_a_page_told_to_wait_asks_nothing_until_started(page: Page, gui: Any, opened: Open) -> None:
    gui.config |= {"startActive": False}
    await opened()
    await expect(page.locator("#verdict")).to_have_text("There are no rollouts here.")
    assert gui.headers.empty()
    await page.get_by_role("button", name="Start").click()
    await expect(page.locator('#grid .tile[data-kind="happy"]')).to_have_count(16)


async def test_the_user_field_sets_the_user_header_and_space_in_it_stops_nothing(
    page: Page, gui: Any, opened: Open
) -> None:
    await opened()
    for user, sent in [("ada", "ada"), ("Zoë \U0001f603 B", "Zoe  B"), ("\U0001f603", None), ("a b", "a b")]:
        await page.get_by_label("user").fill("")
        await page.get_by_label("user").press_sequentially(user)
        await page.keyboard.press("Enter")
        while not gui.headers.empty():
            gui.headers.get_nowait()
        # The first five may have been on their way.
        got = [await gui.headers.get() for _ in range(6)]
        assert got[-1].get("X-Faces-User") == sent
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()


async def test_the_summary_for_those_who_cannot_see_counts_faces_and_canaries(
    page: Page, gui: Any, opened: Open, tile: Tile, running: dict[str, Any]
) -> None:
    gui.rollouts = [running]
    bad = tile("&#x1F92C;", "v2", errors=["smiley: error 500"])
    gui.answer(bad, bad, tile(version="v2"), tile())
    await opened()
    summary = page.locator("#summary")
    await expect(summary).to_have_attribute("aria-live", "polite")
    await expect(summary).to_have_text("14 of 16 happy; 3 served by v2")
