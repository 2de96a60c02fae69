"""`faces watch`: the run that is up, live in a terminal."""

import contextlib
from typing import TYPE_CHECKING

import click

from faces.cli.asking import ask
from faces.cli.completing import workloads
from faces.cli.place import Place, placed
from seam.errors import UserError

if TYPE_CHECKING:
    from rich.live import Live

    from faces.cli.drawing.watched import Watched
    from faces.cli.terminal import TerminalConsole
    from seam.platform import Platform

_DRAW_S = 0.25


@click.command(short_help="Watch a run live in the terminal: tiles, weights, measurements.")
@click.argument("workload", required=False, shell_complete=workloads)
@placed
def watch(workload: str | None, place: Place) -> None:
    """Show a run live, until q or Ctrl-C: each tile a real request, the steps and weights, what is measured and what is
    waited for, and the success rate over time.

    It shows WORKLOAD, or else the one that is being released. 80x24 are enough; NO_COLOR takes the colours away.
    """
    from faces.cli.terminal import TerminalConsole

    console = TerminalConsole()
    if not console.can_be_redrawn:
        raise UserError(
            "`faces watch` draws on a terminal, and this output is none; `faces status --watch` prints lines instead."
        )
    with contextlib.suppress(KeyboardInterrupt):  # that is how it ends
        ask(place, lambda platform: watch_live(platform, workload, console))


async def watch_live(platform: "Platform", workload: str | None, console: "TerminalConsole") -> None:
    """Until q, or until the run ends: then RunEnded. The terminal is as before afterwards, however it ends."""
    import asyncio

    from rich.live import Live

    from faces.cli.drawing.watched import Watched
    from faces.cli.terminal import keys
    from faces.cli.tile_stream import stream_tiles

    watched, quits = Watched(workload), asyncio.Event()
    try:
        with Live(console=console, screen=True, auto_refresh=False) as live, keys(quits):
            jobs = [
                asyncio.create_task(_follow(platform, watched)),
                asyncio.create_task(stream_tiles(platform, watched)),
                asyncio.create_task(_draw(live, watched, platform.name)),
                asyncio.create_task(quits.wait()),
            ]
            try:
                done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
                for job in done:
                    job.result()
            finally:
                for job in jobs:
                    job.cancel()
                await asyncio.gather(*jobs, return_exceptions=True)
    finally:
        _say_last(watched, console)


async def _follow(platform: "Platform", watched: "Watched") -> None:
    import time

    from faces.cli.following import only

    async for view in platform.watch_all(addresses=False):
        only(view, watched.workload)  # one that does not exist is refused
        watched.observe(view, time.time())


async def _draw(live: "Live", watched: "Watched", name: str) -> None:
    import asyncio
    import time

    from rich.console import Group

    from faces.cli.drawing.screen import screen

    before: object = None
    while True:
        width, height = live.console.size
        lines = screen(watched, name, time.time(), width, height)
        if (width, height, lines) != before:
            before = width, height, lines
            live.update(Group(*lines), refresh=True)
        await asyncio.sleep(_DRAW_S)


def _say_last(watched: "Watched", console: "TerminalConsole") -> None:
    """What was shown is gone with the screen: how it stood stays."""
    from seam.verdict import verdict

    if (view := watched.shown) is not None:
        console.print(f"{view.name}: {verdict(view)}", markup=False, soft_wrap=True)
