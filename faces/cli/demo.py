"""`faces demo`: up, visitors, a release, and the story until the visitors are well again."""

import asyncio
import contextlib
import tempfile
import time
import webbrowser
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chaos.catalogue import Release, pod_change
from chaos.report import Event, ReleaseStory, Report, build_report, write_report
from faces.cli.recorder import SETTLING_S, Recorder
from faces.cli.story import Story
from faces.cli.telling import Tone
from faces.cli.visitors import Visitors
from loadgen import report as visitor_report
from seam.errors import PlatformFailed
from seam.platform import Platform
from seam.provider import StartingRun

if TYPE_CHECKING:
    from seam.views import RolloutView

# What the shipped success-rate template demands; the report draws it.
THRESHOLD = 0.95


@dataclass(frozen=True, slots=True)
class Plan:
    """What the demo is asked to do. Times in seconds."""

    release: Release
    workload: str
    rate: float
    shape: str
    out: Path | None = None
    auto: bool = False
    browser: bool = False
    before_s: float = 6.0
    after_s: float = 8.0
    limit_s: float = 600.0


async def tell(starting: StartingRun, plan: Plan, story: Story) -> int:
    """The exit code: 0 if the release ended as it should and the visitors are well again, 1 if not."""
    try:
        return await _tell(starting, plan, story)
    except asyncio.CancelledError:
        if plan.auto:
            raise
        return 0  # Ctrl-C is how a demo ends


async def _tell(starting: StartingRun, plan: Plan, story: Story) -> int:
    async with await starting.wait_until_ready(story.tell) as platform:
        try:
            gui = (await platform.view()).gui
            story.tell(f"Everybody is served: {gui}")
            if plan.browser:
                webbrowser.open(gui)
            async with _visiting(gui, plan, story) as visitors:
                told = await _one_release(platform, plan, visitors, story)
                if plan.auto:
                    return 0 if told["ok"] else 1
                await _until_interrupted(platform, plan, story)
        finally:
            story.tell("Going down.")
            await platform.down()
    return 0


@contextlib.asynccontextmanager
async def _visiting(gui: str, plan: Plan, story: Story) -> AsyncIterator[Visitors]:
    with tempfile.TemporaryDirectory(prefix="faces-") as folder:
        visitors = await Visitors.start(gui, plan.rate, plan.shape, Path(folder) / "visitors.ndjson")
        counting = asyncio.create_task(_count(visitors, story))
        try:
            yield visitors
        finally:
            counting.cancel()
            await visitors.stop()


async def _count(visitors: Visitors, story: Story) -> None:
    while True:
        story.visitors(visitors.fresh(), time.time())
        await asyncio.sleep(0.5)


async def _one_release(platform: Platform, plan: Plan, visitors: Visitors, story: Story) -> Report:
    began = time.time()
    story.tell(f"Visitors send {plan.rate:g} requests a second.")
    await asyncio.gather(asyncio.sleep(plan.before_s), platform.measured())
    released_at = time.time()
    version = await platform.release(plan.workload, plan.release.name, pod_change(plan.release))
    story.tell(f"Release: {plan.workload} {version}, {plan.release.name}. {plan.release.summary}")
    recorder = Recorder(version, released_at)
    try:
        await asyncio.wait_for(_follow(platform, plan, recorder, story), plan.limit_s)
    except TimeoutError:
        story.tell(f"{version} has not come to an end in {plan.limit_s:.0f} s.")
    await asyncio.sleep(SETTLING_S + plan.after_s)
    report = build_report(await _told(platform, plan, recorder, visitors, began))
    story.tell(report["verdict"], Tone.GOOD if report["ok"] else Tone.BAD)
    if plan.out is not None:
        _, page = await asyncio.to_thread(write_report, report, plan.out)
        story.tell(f"The report is in {page}.")
    return report


async def _follow(platform: Platform, plan: Plan, recorder: Recorder, story: Story) -> None:
    """Tell what happens until it is over, or until it waits for a person and nobody is there."""
    async for view in platform.watch(plan.workload):
        if view.current_version != recorder.version:
            continue
        for telling in recorder.observe(view, time.time()):
            story.tell(telling.sentence, telling.tone)
        if recorder.settled_at is not None or (plan.auto and recorder.waits_for_a_person):
            return
    raise PlatformFailed("The platform went away in the middle of the release.")


async def _told(platform: Platform, plan: Plan, recorder: Recorder, visitors: Visitors, began: float) -> ReleaseStory:
    view = await platform.view()
    now = time.time()
    await asyncio.sleep(0.3)  # what was sent before now has been answered and written
    samples = [sample for sample in visitors.all() if began <= sample.t < now]
    seen = visitor_report.build(samples, recorder.phases(began, now))
    events = await platform.events(plan.workload)
    return ReleaseStory(
        platform=view.platform,
        engine=view.engine,
        workload=plan.workload,
        version=recorder.version,
        release=plan.release,
        released_at=recorder.released_at,
        timeline=tuple(recorder.timeline),
        new_is_stable=recorder.promoted,
        faces_version=_faces_version(),
        measurements=tuple(recorder.measurements),
        events=tuple(
            Event(event.t, event.reason, event.message, event.type)
            for event in events
            if event.t >= recorder.released_at
        ),
        visitors=visitor_report.to_json(seen),
        threshold=THRESHOLD,
    )


async def _until_interrupted(platform: Platform, plan: Plan, story: Story) -> None:
    """Tell of every further release that somebody pushes, until Ctrl-C."""
    story.tell(f"The page stays up. Next: `faces release {plan.workload} --as good`, in another terminal. Ctrl-C ends.")
    recorders: dict[str, Recorder] = {}
    first: dict[str, RolloutView] = {}
    async for platform_view in platform.watch_all():
        now = time.time()
        for view in platform_view.rollouts:
            known = first.setdefault(view.name, view)
            if view.current_version == known.current_version:
                continue
            recorder = recorders.get(view.name)
            if recorder is None or recorder.version != view.current_version:
                recorder = recorders[view.name] = Recorder(view.current_version, now)
                story.tell(f"Release: {view.name} {view.current_version}, {view.release or 'from a manifest'}.")
            for telling in recorder.observe(view, now):
                story.tell(telling.sentence, telling.tone)


def _faces_version() -> str:
    from importlib.metadata import version

    return version("faces")
