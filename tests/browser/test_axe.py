"""What axe finds in each state of the page, in both colour schemes, at three sizes: nothing."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

Open = Callable[[], Awaitable[None]]
Make = Callable[..., Any]
SIZES = ((1280, 720), (1024, 768), (390, 844))


@pytest.mark.parametrize("state", ["nothing", "running", "aborted", "promoted", "two", "looking back"])
async def test_axe_finds_nothing(page: Page, gui: Any, opened: Open, rollout: Make, tile: Make, state: str) -> None:
    states: dict[str, list[Any]] = {
        "nothing": [],
        "two": [rollout("aborted"), rollout(name="color", current_version="v3")],
        "looking back": [rollout("aborted")],
    }
    gui.rollouts = states[state] if state in states else [rollout(state)]
    gui.answer(tile(), tile("&#x1F92C;", "v2", errors=["smiley: no"]), tile(version="v2"))
    await opened()
    await expect(page.locator("#grid .tile[data-kind=empty]")).to_have_count(0)
    await expect(page.locator("#rollouts article")).to_have_count(len(gui.rollouts))
    if state == "looking back":
        await page.get_by_label("Look back").focus()
        await page.keyboard.press("Home")
        await expect(page.locator(".then")).to_be_visible()
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width, height in SIZES:
            await page.set_viewport_size({"width": width, "height": height})
            found = (await Axe().run(page)).response["violations"]
            assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], (scheme, width)
