"""A grid of very many tiles: one picture, in which what a tile shows is seen by its pixels."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.test_stream import batch, hello, put

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(90)]

Open = Callable[[], Awaitable[None]]
Tile = Callable[..., dict[str, Any]]
Call = Callable[..., Awaitable[Any]]
# The colour of a tile near its corner, where a square has its ground and a circle nothing, and of its upper edge.
PIXELS = """([index, cols]) => {
  const canvas = document.querySelector("#grid canvas");
  const copy = document.createElement("canvas");
  Object.assign(copy, { width: canvas.width, height: canvas.height });
  const pen = copy.getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  const cell = canvas.width / cols;
  const at = (right, down) => [...pen.getImageData(
    Math.floor((index % cols + right) * cell), Math.floor((Math.floor(index / cols) + down) * cell), 1, 1).data];
  return { corner: at(0.1, 0.1), edge: at(0.5, 0.12), face: at(0.5, 0.6) };
}"""
BLUE, NOTHING = [102, 204, 238, 255], [0, 0, 0, 0]


async def pixels(page: Page, index: int, cols: int = 20) -> dict[str, list[int]]:
    found: dict[str, list[int]] = await page.evaluate(PIXELS, [index, cols])
    return found


async def until(page: Page, index: int, **wanted: list[int]) -> None:
    while not wanted.items() <= (await pixels(page, index)).items():
        await page.wait_for_timeout(50)


@pytest.mark.parametrize(("rows", "cols"), [(40, 40), (16, 40), (40, 10)])
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
async def test_it_fits_the_screen(
    page: Page, gui: Any, opened: Open, rows: int, cols: int, width: int, height: int
) -> None:
    gui.config |= {"numRows": rows, "numCols": cols}
    put(gui, hello(rows, cols))
    await page.set_viewport_size({"width": width, "height": height})
    await opened()
    box = await page.locator("#grid canvas").bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(cols / rows, rel=0.05)
    assert box["x"] + box["width"] <= width
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if width > height:
        assert box["y"] + box["height"] <= height


async def test_a_canary_is_round_a_failure_is_not_plain_and_another_grid_takes_its_place(
    page: Page, gui: Any, opened: Open, tile: Tile, rollout: Callable[..., Any]
) -> None:
    gui.rollouts = [rollout()]
    put(gui, hello(20, 20), batch(tile(), *range(400)))
    await opened()
    await expect(page.locator("#key .share").first).to_be_visible()
    await until(page, 7, corner=BLUE, edge=BLUE)
    put(gui, batch(tile(version="v2"), 7), batch(tile("&#x1F92C;", errors=["smiley: no"]), 8))
    await until(page, 7, corner=NOTHING)
    while (await pixels(page, 8))["edge"] == BLUE:
        await page.wait_for_timeout(50)
    await until(page, 9, corner=BLUE, edge=BLUE)
    put(gui, hello(2, 3), batch(tile(), *range(6)))
    await expect(page.locator("#grid .tile")).to_have_count(6)
    await expect(page.locator("#grid canvas")).to_have_count(0)


async def test_a_tile_that_waits_fades_and_its_answer_brings_it_back(
    page: Page, gui: Any, opened: Open, tile: Tile
) -> None:
    put(gui, hello(20, 20), batch(tile(), *range(400)))
    await opened()
    await until(page, 3, corner=BLUE)
    bright = (await pixels(page, 3))["face"]
    put(gui, batch(tile(), 0, waiting=((3, 1900),)))
    while (await pixels(page, 3))["face"] == bright:
        await page.wait_for_timeout(50)
    put(gui, batch(tile(), 3))
    await until(page, 3, face=bright)


async def test_tiles_that_look_alike_share_a_stamp(call: Call) -> None:
    happy = {"kind": "happy", "face": "x", "color": "#fff", "ms": 3}
    names = [await call("mosaic", "stampOf", happy | {"ms": ms}, canary) for ms, canary in ((3, 0), (9, 0), (3, 1))]
    assert names[0] == names[1] != names[2]
    assert [await call("mosaic", "fadeOf", ms, 500) for ms in (0, 499, 500, 1100, 2000, 9000)] == [0, 0, 1, 3, 4, 4]
    assert await call("mosaic", "placeOf", 41, 40, 10) == {"x": 10.5, "y": 10.5, "size": 9}
