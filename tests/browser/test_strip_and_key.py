"""The strip (how the rollout is doing) and the key (what is what, and how much of it)."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

Json = dict[str, Any]
Open = Callable[[], Awaitable[None]]
Tile = Callable[..., Json]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(60)]


async def step_states(page: Page) -> list[str | None]:
    return [await step.get_attribute("data-state") for step in await page.locator(".step").all()]


async def test_a_running_rollout_shows_its_step_weight_measurements_and_verdict(
    page: Page, gui: Any, opened: Open, running: Json
) -> None:
    gui.rollouts = [running]
    await opened()
    strip = page.locator("#strip")
    await expect(page.get_by_role("status")).to_have_text("v2 was bad once")
    await expect(strip.locator("h2")).to_have_text("smiley v1 → v2")
    await expect(strip.locator(".fault")).to_have_text("as errors-40")
    await expect(strip.locator(".phase")).to_have_text("Paused")
    await expect(strip.locator(".number")).to_have_text("30 % of the traffic to v2", use_inner_text=True)
    await expect(strip.locator(".labels")).to_have_text("70 % stable v130 % canary v2")
    await expect(strip.locator(".stepper h3")).to_contain_text("Step 2 of 5")
    assert await step_states(page) == ["done", "now", "to come", "to come", "to come"]
    await expect(strip.locator(".step[aria-current=step]")).to_have_text("pause 20 snow")
    await expect(strip.locator(".step").nth(4)).to_have_text("pause until promoted, to come")
    await expect(strip.locator(".metric h3")).to_have_text("success rate 62 %  bad needs ≥ 95 %")
    assert await strip.locator(".value").all_inner_texts() == ["99 %\ngood", "62 %\nbad"]
    await expect(strip.locator(".value").nth(0).locator("use")).to_have_attribute("href", "#i-tick")
    await expect(strip.locator(".value").nth(1).locator("use")).to_have_attribute("href", "#i-cross")


async def test_an_aborted_rollout_says_that_it_went_back(page: Page, gui: Any, opened: Open, aborted: Json) -> None:
    gui.rollouts = [aborted]
    await opened()
    await expect(page.get_by_role("status")).to_have_text("v2 was bad twice: rolled back to v1")
    await expect(page.locator(".verdict")).to_have_attribute("data-state", "back")
    await expect(page.locator(".number")).to_contain_text("0 %")
    await expect(page.locator(".stepper h3")).to_contain_text("Steps given up")
    assert set(await step_states(page)) == {"not reached"}
    await expect(page.locator(".message")).to_contain_text("failed (2) > failureLimit (1)")


async def test_a_promoted_rollout_has_all_steps_done_and_no_canary(
    page: Page, gui: Any, opened: Open, promoted: Json
) -> None:
    gui.rollouts = [promoted]
    await opened()
    await expect(page.get_by_role("status")).to_have_text("v2 is promoted")
    await expect(page.locator("#strip h2")).to_have_text("smiley v2")
    await expect(page.locator(".stepper h3")).to_contain_text("All steps done")
    assert set(await step_states(page)) == {"done"}
    await expect(page.locator("#strip .number")).to_have_count(0)


@pytest.mark.parametrize("rollouts", [[], None, [{}, "smiley", None]], ids=["none", "error", "odd"])
async def test_without_rollouts_the_strip_says_so_quietly(
    page: Page, gui: Any, opened: Open, rollouts: list[Any] | None
) -> None:
    gui.rollouts = rollouts
    await opened()
    await expect(page.locator("#verdict")).to_have_text("No rollout information here.")
    await expect(page.locator("#strip article")).to_have_count(0)
    await expect(page.locator('#grid .tile[data-kind="happy"]')).to_have_count(16)


async def test_a_rollout_of_which_little_is_known_is_shown_as_far_as_it_goes(
    page: Page, gui: Any, opened: Open
) -> None:
    gui.rollouts = [
        {"name": "smiley", "phase": "Progressing", "steps": None, "weights": "?", "measurements": [{}, 3]},
    ]
    await opened()
    await expect(page.get_by_role("status")).to_have_text("smiley is getting ready")
    await expect(page.locator("#strip h2")).to_have_text("smiley")
    await expect(page.locator(".value")).to_have_text("no data measured")


async def test_a_verdict_that_the_server_leaves_out_is_made_of_what_is_known(
    page: Page, gui: Any, opened: Open, running: Json, aborted: Json
) -> None:
    gui.rollouts = [running | {"verdict": None}]
    await opened()
    await expect(page.get_by_role("status")).to_have_text("v2 gets 30 % of the traffic")
    gui.rollouts = [aborted | {"verdict": ""}]
    await expect(page.get_by_role("status")).to_have_text("v2 is rolled back to v1")


async def test_several_rollouts_in_progress_are_all_shown(
    page: Page, gui: Any, opened: Open, running: Json, promoted: Json
) -> None:
    color = running | {"name": "color", "verdict": "v3 is on its way", "canaryVersion": "v3"}
    gui.rollouts = [running, color, promoted | {"name": "face"}]
    await opened()
    await expect(page.locator(".verdict")).to_have_text(["smiley: v2 was bad once", "color: v3 is on its way"])
    await expect(page.locator("#strip article.compact")).to_have_count(2)
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")


async def test_between_rollouts_the_one_that_changed_last_is_shown(
    page: Page, gui: Any, opened: Open, running: Json, promoted: Json
) -> None:
    face = promoted | {"name": "face", "verdict": "face is fine", "revision": 7}
    gui.rollouts = [face, promoted]
    await opened()
    await expect(page.get_by_role("status")).to_have_text("face is fine")
    gui.rollouts = [face, running]
    await expect(page.get_by_role("status")).to_have_text("v2 was bad once")
    gui.rollouts = [face, promoted]
    await expect(page.get_by_role("status")).to_have_text("v2 is promoted")


async def test_the_verdict_is_not_announced_again_while_it_stays(
    page: Page, gui: Any, opened: Open, running: Json
) -> None:
    gui.rollouts = [running]
    await opened()
    await expect(page.get_by_role("status")).to_have_text("v2 was bad once")
    await page.evaluate(
        "window.changes = 0; new MutationObserver(() => { window.changes += 1; })"
        ".observe(document.getElementById('verdict'), {childList: true, subtree: true, characterData: true})"
    )
    gui.rollouts = [running | {"weights": {"canary": 50, "stable": 50}}]
    await expect(page.locator(".number")).to_contain_text("50 %")
    assert await page.evaluate("window.changes") == 0
    gui.rollouts = [running | {"verdict": "v2 was bad twice"}]
    await expect(page.get_by_role("status")).to_have_text("v2 was bad twice")
    assert await page.evaluate("window.changes") > 0


async def test_markup_in_a_verdict_is_text(page: Page, gui: Any, opened: Open, running: Json) -> None:
    hostile = "<img src=x onerror='document.title=1'>"
    gui.rollouts = [running | {"verdict": hostile, "message": hostile, "canaryVersion": hostile}]
    await opened()
    await expect(page.get_by_role("status")).to_have_text(hostile)
    assert await page.locator("#strip img").count() == 0
    assert await page.title() == "Faces"


async def test_the_key_shows_the_live_share_of_each_version(
    page: Page, gui: Any, opened: Open, tile: Tile, running: Json
) -> None:
    served: list[str] = []

    async def face(_row: int, _col: int) -> web.Response:
        served.append("v2" if len(served) % 4 == 0 else "v1")
        return web.json_response(tile(version=served[-1]))

    gui.face = face
    gui.rollouts = [running]
    await opened()
    await expect(page.locator("#grid .tile[data-kind=empty]")).to_have_count(0)
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator("#grid .tile[data-asking]")).to_have_count(0)
    await expect(page.locator("#asked")).to_have_text(str(len(served)))
    canary = round(100 * served.count("v2") / len(served))
    shares = [f"v1 {100 - canary} % square tiles", f"v2 {canary} % round tiles"]
    await expect(page.locator("#key .share")).to_have_text(shares)
    await expect(page.locator("#key .bar i.canary")).to_have_css("flex-grow", str(canary))


async def test_the_counters_tell_how_many_went_well(page: Page, gui: Any, opened: Open, tile: Tile) -> None:
    bad = tile("&#x1F92C;", errors=["smiley: error 500"])
    answered: list[bool] = []

    async def face(row: int, _col: int) -> web.Response:
        answered.append(row > 0)
        return web.json_response(tile() if row else bad)

    gui.face = face
    await opened()
    await expect(page.locator("#grid .tile[data-kind=empty]")).to_have_count(0)
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator("#grid .tile[data-asking]")).to_have_count(0)
    await expect(page.locator("#asked")).to_have_text(str(len(answered)))
    await expect(page.locator("#failed")).to_have_text(str(answered.count(False)))
    shares = [await page.locator(f"#{name}").inner_text() for name in ("happy", "unhappy")]
    assert sum(int(share.removesuffix(" %")) for share in shares) == 100


async def test_the_key_names_each_look_and_can_be_hidden(page: Page, gui: Any, opened: Open) -> None:
    await opened()
    await expect(page.locator("#key li")).to_have_count(9)
    await expect(page.locator("#key")).to_contain_text("rate limited")
    gui.config |= {"hideKey": True}
    await opened()
    await expect(page.locator("#key")).to_be_hidden()
    await expect(page.locator('#grid .tile[data-kind="happy"]')).to_have_count(16)
