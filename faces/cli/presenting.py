"""`faces demo --wait` and `faces present`: v1, visitors, and a presenter's page that waits for the speaker."""

import contextlib
import sys
import time
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from faces.cli.asking import ask
from faces.cli.checks import check_out
from faces.cli.options import (
    grid_option,
    listen_option,
    present_port_option,
    rate_option,
    script_option,
    shape_option,
)
from faces.cli.place import Place, placed
from faces.cli.running import run
from faces.cli.typed import aimed, typed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from chaos.experiment.session import Typed
    from chaos.record import Record
    from faces.cli.story import Story
    from presenter.listening import Listen
    from presenter.script import Script
    from seam.platform import Platform


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of both commands, as they were given. `out` None: no report is kept; else each release has a folder
    of its own in it. `grid`: rows and columns.
    """

    script: str
    listen: "Listen | None"
    port: int | None
    rate: float | None
    shape: str | None
    grid: tuple[int, int] | None
    out: Path | None
    browser: bool


@dataclass(frozen=True, slots=True)
class Show:
    """What was asked for, once it is known to make sense, with what was not said."""

    asked: Asked
    script: "Script"
    typed: "Typed"
    rate: float
    shape: str


@click.command(short_help="Drive a run that is up from a presenter's page, with a clicker.")
@script_option
@listen_option
@present_port_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where a report of each release goes (default: nowhere).",
)
@rate_option
@shape_option
@grid_option
@click.option("--no-browser", is_flag=True, help="Do not open the presenter's page.")
@placed
def present(
    script: str,
    listen: "Listen | None",
    present_port: int | None,
    out: Path | None,
    rate: float | None,
    shape: str | None,
    grid: tuple[int, int] | None,
    no_browser: bool,
    place: Place,
) -> None:
    """Send visitors to a run that is up, and print the address of a page from which a speaker drives it.

    The page takes a clicker (Page Down: next act, Page Up: back, . or b: blank) and a key for everything; ? lists
    them. Ctrl-C ends it; the run stays up.
    """
    browser = not no_browser and sys.stdout.isatty()
    show = _show(Asked(script, listen, present_port, rate, shape, grid, out, browser), place)

    from faces.cli.story import Story, StoryConsole

    with Story(StoryConsole(highlight=False)) as story, contextlib.suppress(KeyboardInterrupt):
        sys.exit(ask(place, lambda platform: presented(platform, show, story)))


def wait_for_the_speaker(place: Place, manifests: Path | None, asked: Asked) -> None:
    """`faces demo --wait`: the same on a run of its own, which ends with it."""
    show = _show(asked, place)
    starting = place.begin(manifests, attached=True)

    from dataclasses import replace

    from faces.cli.demo import shown
    from faces.cli.story import Story, StoryConsole

    show = replace(show, typed=lambda words: typed(words, aimed(place, starting.name)))
    with Story(StoryConsole(highlight=False)) as story:
        sys.exit(run(shown(starting, lambda platform: presented(platform, show, story), story, attended=True)))


def _show(asked: Asked, place: Place) -> Show:
    """A mistake is refused before anything starts."""
    from presenter.script import find_script
    from seam.releases import Scene

    if asked.out is not None:
        check_out(asked.out)
    usual, script = Scene(), find_script(asked.script)
    return Show(asked, script, lambda words: typed(words, place), asked.rate or usual.rate, asked.shape or usual.shape)


async def presented(platform: "Platform", show: Show, story: "Story") -> int:
    """Until it is interrupted, or somebody else takes the run down: then 1."""
    from chaos.record import Tone
    from faces.cli.demo import keeping, visiting
    from presenter.serving import serving
    from presenter.showing import Shown
    from presenter.stage import Stage
    from seam.errors import RunEnded

    asked = show.asked
    try:
        async with visiting(platform, show.rate, show.shape, show.typed, story) as session:
            shown = Shown(show.script, time.time(), rate=show.rate, shape=show.shape, grid=asked.grid)
            stage = Stage(session, shown, ended=keeping(asked.out, show.typed, story), play=_play)
            async with stage.open(), serving(stage, platform, port=asked.port, listen=asked.listen) as served:
                story.tell(f"Visitors send {show.rate:g} requests a second.")
                if served.room is not None:
                    _invite(served.room, story)
                story.tell(f"The presenter's page: {served.present}")
                story.tell("It waits for you: Page Down plays the next act, ? lists the keys. Ctrl-C ends it.")
                if asked.browser:
                    webbrowser.open(served.present)
                async for _ in platform.watch_all():
                    pass  # until somebody takes it down
    except RunEnded as error:
        story.tell(str(error), Tone.BAD)
    return 1


@contextlib.asynccontextmanager
async def _play(record: "Record", speed: float) -> "AsyncIterator[str]":
    from faces.cli.replay import replaying

    async with replaying(record, speed, 0) as (page, _):
        yield page


def _invite(room: str, story: "Story") -> None:
    from presenter import qr

    story.tell(f"The room sees the page, and no more than that: {room}")
    story.show(qr.text(room))
