"""`faces watch`: the live view, its stream of tiles, and the terminal that it leaves behind as it was."""

import asyncio
import contextlib
import io
import json
import os
import pty
import sys
import termios
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from faces.cli import tile_stream
from faces.cli.drawing.watched import Watched
from faces.cli.terminal import TerminalConsole, keys
from faces.cli.tile_stream import events_in, stream_tiles
from faces.cli.watching import watch_live
from faces.palette import COLORS
from faces.smileys import SMILEYS
from seam.errors import RunEnded, UserError
from tests.chaos.report.releases import rolled_back
from tests.cli.drawing.releases import on_platform, resting, views_of
from tests.cli.watched import PlayedPlatform

Run = Callable[..., tuple[int, str, str]]
STORY = [on_platform(resting("color"), view) for _, view in views_of(rolled_back())]
TILE = {"smiley": SMILEYS["Grinning"], "color": COLORS["blue"], "versions": {"smiley": "v3"}}
HELLO = b'event: hello\ndata: {"rows": 1, "cols": 2, "edgeSize": 0, "periodMs": 500, "epoch": 0}\n\n'
BATCH = f"data: {json.dumps({'answers': [[200, json.dumps(TILE)]], 'tiles': [[0, 0, 4]], 'waiting': [[1, 600]]})}\n\n"


def test_without_a_terminal_it_says_what_to_use_instead(faces: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = (
        "`faces watch` draws on a terminal, and this output is none; `faces status --watch` prints lines instead.\n"
    )
    assert faces("watch") == (2, "", sentence)
    monkeypatch.setenv("TERM", "dumb")
    assert faces("watch", "smiley") == (2, "", sentence)


@pytest.mark.parametrize(("value", "escapes"), [("1", 0), ("", 2)])
def test_no_color_is_heard(monkeypatch: pytest.MonkeyPatch, value: str, escapes: int) -> None:
    monkeypatch.setenv("NO_COLOR", value)
    monkeypatch.setenv("TERM", "xterm-256color")
    written = io.StringIO()
    TerminalConsole(file=written, force_terminal=True).print("bad", style="bold red")
    assert written.getvalue().count("\x1b") == escapes


async def test_the_last_state_stays_when_the_screen_is_gone() -> None:
    written = io.StringIO()
    console = TerminalConsole(file=written, force_terminal=True, width=80, height=24, _environ={"TERM": "xterm"})
    with pytest.raises(RunEnded):
        await watch_live(PlayedPlatform(STORY), None, console)  # type: ignore[arg-type]
    said = written.getvalue()
    assert said.index("\x1b[?1049h") < said.index("\x1b[?1049l")
    assert said.endswith("smiley: v4 was aborted: rolled back to v3.\n")


async def test_a_rollout_that_is_not_there_is_refused() -> None:
    console = TerminalConsole(file=io.StringIO(), force_terminal=True, _environ={"TERM": "xterm"})
    with pytest.raises(UserError, match=r"^There is no Rollout 'smily'; there are color, smiley\.$"):
        await watch_live(PlayedPlatform(STORY), "smily", console)  # type: ignore[arg-type]


@contextlib.contextmanager
def a_keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int]]:
    """(where one types, what the program reads)."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "rb", buffering=0) as keyboard:
        monkeypatch.setattr(sys, "stdin", keyboard)
        yield ours, theirs
    os.close(ours)


async def test_q_ends_it_other_letters_are_not_shown_and_the_keyboard_is_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with a_keyboard(monkeypatch) as (ours, theirs):
        before, quits = termios.tcgetattr(theirs), asyncio.Event()
        with keys(quits):
            assert not termios.tcgetattr(theirs)[3] & termios.ECHO
            assert termios.tcgetattr(theirs)[3] & termios.ISIG, "Ctrl-C is still a signal"
            os.write(ours, b"x")
            await asyncio.sleep(0)
            assert not quits.is_set()
            os.write(ours, b"q")
            await asyncio.wait_for(quits.wait(), 10)
        assert termios.tcgetattr(theirs) == before


async def test_the_keyboard_is_as_before_after_an_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_keyboard(monkeypatch) as (_, theirs):
        before = termios.tcgetattr(theirs)
        with pytest.raises(RunEnded), keys(asyncio.Event()):
            raise RunEnded("over")
        assert termios.tcgetattr(theirs) == before


@contextlib.asynccontextmanager
async def a_page(*parts: bytes, status: int = 200) -> AsyncIterator[str]:
    """A gui whose stream has these parts and then stays open."""

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        for part in parts:
            await response.write(part)
        if status == 200:
            await asyncio.Event().wait()
        return response

    app = web.Application()
    app.router.add_get("/faces/stream", stream)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=0)
    try:
        yield f"http://127.0.0.1:{server.port}/faces/"
    finally:
        await server.close()


async def until_seen(watched: Watched, platform: PlayedPlatform, wanted: Callable[[], bool]) -> None:
    streaming = asyncio.create_task(stream_tiles(platform, watched))  # type: ignore[arg-type]
    try:
        async with asyncio.timeout(10):
            while not wanted():
                await asyncio.sleep(0.01)
                assert not streaming.done()
    finally:
        streaming.cancel()
        await asyncio.wait([streaming])


async def test_each_tile_of_the_stream_is_shown_however_it_is_cut() -> None:
    said, watched = HELLO + b": alive\n\n" + BATCH.encode(), Watched("smiley")
    watched.observe(STORY[0], 0)

    def complete() -> bool:
        return watched.wall is not None and len(watched.wall.tiles) == 2

    async with a_page(said[:30], said[30:150], said[150:]) as gui:
        await until_seen(watched, PlayedPlatform(STORY, gui), complete)
    assert watched.wall is not None
    assert watched.wall.lines(40, 3)[0].plain == " v3     …   "


async def test_a_page_without_a_stream_and_one_that_cannot_be_reached_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched()
    async with a_page(status=404) as gui:
        await until_seen(watched, PlayedPlatform(STORY, gui), lambda: "answers 404" in watched.no_tiles)
    await until_seen(watched, PlayedPlatform(STORY, gui), lambda: "cannot be reached" in watched.no_tiles)
    await until_seen(watched, PlayedPlatform(STORY), lambda: watched.no_tiles.startswith("svc/gui, port 80, could not"))
    monkeypatch.setattr(tile_stream, "_SILENT_S", 0.2)
    async with a_page(HELLO) as gui:
        await until_seen(watched, PlayedPlatform(STORY, gui), lambda: "said nothing for 0.2 s" in watched.no_tiles)


def test_events_without_data_say_nothing() -> None:
    assert list(events_in([b": alive", b"event: held", b'data: {"tiles": []}'])) == [("message", {"tiles": []})]


def test_ctrl_c_is_how_it_ends(faces: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("faces.cli.watching.ask", interrupted)
    monkeypatch.setattr(TerminalConsole, "can_be_redrawn", property(lambda _: True))
    assert faces("watch") == (0, "", "")
