"""`faces demo` and `faces release --watch`: visitors, a release, and its story until the visitors are well again."""

import asyncio
import contextlib
import math
import tempfile
import time
import webbrowser
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chaos.experiment import Experiment, Session, follow_everything, open_session, run
from chaos.experiment.running import RECOVERY_S
from chaos.experiment.session import Typed
from chaos.record import End, Line, Record, Tone, write_record
from faces.cli.drawing.going import next_words, pause_words
from faces.cli.options import on_grid
from faces.cli.story import Story
from seam.errors import RunEnded
from seam.platform import Platform
from seam.provider import StartingRun

if TYPE_CHECKING:
    from chaos.report import Report

RECORD = "record.ndjson.gz"
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Plan:
    """What the demo is asked to do. `out` None: no report is kept. `link` and `compare` are for the report."""

    experiment: Experiment
    typed: Typed
    out: Path | None = None
    link: str | None = None
    compare: "Report | None" = None
    grid: tuple[int, int] | None = None
    browser: bool = False


async def demo(starting: StartingRun, plan: Plan, story: Story) -> int:
    """Begin, visit, release, and take everything down at the end; returns the exit code.

    Unattended: 0 if the release ended as expected and visitors are well again, 1 if not, 130 if interrupted. Attended,
    Ctrl-C is how it ends: 0.
    """
    attended = not plan.experiment.unattended
    return await shown(starting, lambda platform: _visited(platform, plan, story), story, attended=attended)


async def shown(
    starting: StartingRun, show: Callable[[Platform], Awaitable[int]], story: Story, *, attended: bool
) -> int:
    """Begin, show, and take everything down at the end; returns the exit code of `show`, or 0 at an attended one's
    Ctrl-C.
    """
    try:
        async with await starting.wait_until_ready(story.tell) as platform:
            try:
                code = await show(platform)
            except RunEnded as error:  # there is nothing left to take down
                story.tell(str(error), Tone.BAD)
                return 1
            except BaseException:
                await _take_down(platform, story)
                raise
            await _take_down(platform, story)
            return code
    except asyncio.CancelledError:
        if attended:
            return 0
        raise


async def _take_down(platform: Platform, story: Story) -> None:
    story.tell("Taking everything down.")
    await platform.down()


async def _visited(platform: Platform, plan: Plan, story: Story) -> int:
    gui = on_grid((await platform.view()).gui, plan.grid)
    story.tell(f"The app is served: {gui}")
    if plan.browser:
        webbrowser.open(gui)
    experiment = plan.experiment
    async with visiting(platform, experiment.rate, experiment.shape, plan.typed, story) as session:
        record = await run(experiment, session)
        report = await keep(record, plan, story)
        if experiment.unattended:
            return exit_code(record, report)
        if record.ended is End.INTERRUPTED:
            return 0
        release = plan.typed(f"release {experiment.workload} --as good")
        story.tell(f"The page stays up. Next, in another terminal: `{release}`. Ctrl-C ends the demo.")
        await follow_everything(session, keeping(plan.out, plan.typed, story))
    return 0


async def release_and_watch(platform: Platform, plan: Plan, story: Story) -> int:
    """The same release, visitors and report on a run that is up, and stays up; returns the exit code."""
    experiment = plan.experiment
    try:
        async with visiting(platform, experiment.rate, experiment.shape, plan.typed, story) as session:
            record = await run(experiment, session)
            return exit_code(record, await keep(record, plan, story))
    except RunEnded as error:
        story.tell(str(error), Tone.BAD)
        return 1


def exit_code(record: Record, report: "Report") -> int:
    """0 if the release ended as expected and visitors are well again, 130 if it was interrupted, else 1."""
    if record.ended is End.INTERRUPTED:
        return INTERRUPTED
    return 0 if report["ok"] else 1


async def keep(record: Record, plan: Plan, story: Story) -> "Report":
    """The report of a record, told in a sentence, and kept together with the record if the plan says where."""
    from chaos.report import build_report, write_report  # not before: nobody who waits for the first face needs it

    out = plan.out
    report = build_report(record, link=plan.link, record_file=RECORD if out is not None else None)
    story.tell(report["verdict"], Tone.GOOD if report["ok"] else Tone.BAD)
    if out is not None:
        await asyncio.to_thread(write_record, record, out / RECORD)
        _, page = await asyncio.to_thread(write_report, report, out, compare=plan.compare)
        story.tell(f"The report is in {page}.")
    return report


def keeping(out: Path | None, typed: Typed, story: Story) -> Callable[[Record], Awaitable[None]]:
    """Each release is closed with its sentence, and with a report in a folder of its own below `out`, if any."""

    async def keep_each(record: Record) -> None:
        folder = f"{record.workload}-{record.version}-{record.release.name}"
        plan = Plan(Experiment(record.release, record.workload), typed, out / folder if out is not None else None)
        await keep(record, plan, story)

    return keep_each


@contextlib.asynccontextmanager
async def visiting(platform: Platform, rate: float, shape: str, typed: Typed, story: Story) -> AsyncIterator[Session]:
    """Visitors on the platform, counted live below the story."""

    def say(line: Line) -> None:
        story.tell(line.sentence, line.tone)

    with tempfile.TemporaryDirectory(prefix="faces-") as folder:
        log = Path(folder) / "visitors.ndjson"
        async with open_session(platform, rate, shape, log, say, typed) as session:
            counting = asyncio.create_task(_count(session, story))
            try:
                yield session
            finally:
                counting.cancel()


async def _count(session: Session, story: Story) -> None:
    while True:
        now = time.time()
        story.visitors(session.fresh(), now, awaited(session, now))
        await asyncio.sleep(0.5)


def awaited(session: Session, now: float) -> list[str]:
    """What the last release waits for, counted down: a measurement, the end of a pause, visitors who recover."""
    run = session.runs[-1] if session.runs else None
    if run is None or run.last is None:
        return []
    if run.ended_at is None:
        return [words for words in (next_words(run.last, now), pause_words(run.last, now)) if words]
    left = math.ceil(run.ended_at + RECOVERY_S - now)
    what = f"visitors have {left} s to recover" if run.last.aborted else f"visitors are watched for {left} s more"
    return [what] if left > 0 else []
