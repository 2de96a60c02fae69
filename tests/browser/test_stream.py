"""The tiles as one stream: the page follows it, asks for itself while it is away, and follows it again."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(90)]

Open = Callable[[], Awaitable[None]]
Tile = Callable[..., dict[str, Any]]


def hello(rows: int = 2, cols: int = 3, epoch: int = 0) -> bytes:
    said = {"rows": rows, "cols": cols, "edgeSize": 1, "periodMs": 500, "epoch": epoch}
    return f"event: hello\ndata: {json.dumps(said)}\n\n".encode()


def batch(answer: dict[str, Any], *tiles: int, waiting: tuple[tuple[int, int], ...] = ()) -> bytes:
    said = {"answers": [[200, json.dumps(answer)]], "tiles": [[one, 0, 12] for one in tiles], "waiting": waiting}
    return f"data: {json.dumps(said)}\n\n".encode()


def put(gui: Any, *events: bytes) -> None:
    if gui.events is None:
        gui.events = asyncio.Queue()
    for event in events:
        gui.events.put_nowait(event)


async def test_tiles_are_what_the_stream_says_and_nothing_is_asked_for_beside_it(
    page: Page, gui: Any, opened: Open, tile: Tile
) -> None:
    put(gui, hello(), batch(tile(version="v2"), 0, 1, 2, 3, 4), b": alive\n\n", batch(tile(), 5))
    await opened()
    badges = page.locator("#grid .badge")
    await expect(badges).to_have_text(["v2"] * 5 + ["v1"])
    asked = {what: count for what, count in gui.asked.items() if " " in what}
    put(gui, batch(tile(), 0, 1, 2, 3, 4, waiting=((5, 800),)))
    await expect(badges).to_have_text(["v1"] * 6)
    await expect(page.locator("#grid .tile.aging")).to_have_count(1)
    assert {what: count for what, count in gui.asked.items() if " " in what} == asked


async def test_while_the_stream_is_away_the_page_asks_for_itself_and_then_follows_it_again(
    page: Page, gui: Any, opened: Open, tile: Tile
) -> None:
    put(gui, hello(), batch(tile(version="v2"), *range(6)))
    gui.answer(tile(version="v3"))
    await opened()
    badges = page.locator("#grid .badge")
    await expect(badges).to_have_text(["v2"] * 6)
    ended, gui.events = gui.events, None  # from now on there is none
    ended.put_nowait(b"")
    await expect(badges).to_have_text(["v3"] * 6)
    assert gui.asked["stream"] >= 2

    put(gui, hello(), batch(tile(version="v4"), *range(6)))
    await page.reload()  # where there was none, the page looks for one a minute later; a new page does so at once
    await expect(badges).to_have_text(["v4"] * 6)


async def test_another_epoch_is_a_new_beginning(page: Page, gui: Any, opened: Open, tile: Tile) -> None:
    put(gui, hello(), batch(tile(), *range(6)))
    await opened()
    await expect(page.locator("#asked")).to_have_text("6")
    put(gui, hello(epoch=1), b"")
    put(gui, hello(epoch=1), batch(tile(), 0))
    await expect(page.locator("#asked")).to_have_text("1")


async def test_a_picture_that_is_held_does_not_age(page: Page, gui: Any, opened: Open, tile: Tile) -> None:
    put(gui, hello(), batch(tile(), *range(6)), b"event: held\ndata: {}\n\n", batch(tile(), 0, waiting=((1, 900),)))
    await opened()
    await expect(page.locator("#asked")).to_have_text("7")
    await page.wait_for_timeout(500)
    await expect(page.locator("#grid .tile.aging")).to_have_count(0)
    put(gui, hello(), batch(tile(), 0, waiting=((1, 900),)))
    await expect(page.locator("#grid .tile.aging")).to_have_count(1)
