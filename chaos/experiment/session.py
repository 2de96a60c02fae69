"""A platform that is watched and visited, and the releases that are run on it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from chaos.catalogue import pod_change
from chaos.catalogue.possible import check_faults
from chaos.experiment.counting import fault_counts, latest
from chaos.experiment.experiment import end_of, must_be_promoted
from chaos.experiment.switching import switching
from chaos.experiment.visitors import Visitors
from chaos.experiment.witness import Seen, Witness
from chaos.record import End, FaultCount, Line, Progress, Record, Seconds
from chaos.record import Seen as Recorded
from chaos.record.progress import as_installed
from loadgen.samples import Sample
from seam.errors import PlatformError
from seam.platform import Platform
from seam.releases import Release
from seam.views import EventView, PlatformView, RolloutView

Say = Callable[[Line], None]
Typed = Callable[[str], str]
"""From the words of a command (`promote smiley`) to what a person can paste."""

_EVENTS_LIMIT_S = 5.0
# Without a release, the line that is drawn is of the last minute; with one, it begins a little before it.
_DRAWN_S = 75.0
_BEFORE_S = 15.0


@dataclass(slots=True)
class ReleaseRun:
    """A release that was pushed, and what was seen of it. `read` counts what was seen of the platform already."""

    release: Release
    workload: str
    progress: Progress
    began_at: float
    read: int
    seen: list[Seen] = field(default_factory=list)
    injected: list[FaultCount] = field(default_factory=list)
    ended: End | None = None
    ended_at: float | None = None
    reason: str = ""

    @property
    def version(self) -> str:
        return self.progress.version

    @property
    def released_at(self) -> float:
        return self.progress.released_at

    @property
    def last(self) -> RolloutView | None:
        return self.progress.last

    @property
    def workloads(self) -> set[str]:
        """Every workload in which this release has faults, and its own."""
        return {self.workload, *(plan.workload for plan in self.release.faults if plan.workload)}

    def take_in(self, seen: Seen) -> list[Line]:
        """Note what was seen of its Rollout; returns the lines of the story."""
        self.read = seen.number + 1
        if seen.view.current_version == self.version:
            self.seen.append(seen)
        return self.progress.observe(seen.view, seen.t)

    def end(self, ended: End, reason: str = "") -> None:
        self.ended, self.reason, self.ended_at = ended, reason, time.time()


@dataclass(slots=True)
class Session:
    """Visitors and a witness on a platform. `say` hears each line of the story."""

    platform: Platform
    visitors: Visitors
    witness: Witness
    began_at: float
    say: Say = lambda _: None
    typed: Typed = as_installed
    runs: list[ReleaseRun] = field(default_factory=list)
    seconds: Seconds = field(default_factory=Seconds)

    def fresh(self) -> list[Sample]:
        """What visitors saw since the last call, noted second by second for whoever draws it."""
        samples = self.visitors.fresh()
        self.seconds.add(samples)
        self.seconds.forget(min(self._drawn_from(), time.time() - _DRAWN_S))
        return samples

    def drawn(self) -> list[dict[str, Any]]:
        """What visitors saw, second by second: of the last release, or of the last minute."""
        if self.runs:
            self.seconds.released(self.runs[-1].workload, self.runs[-1].version)
        return self.seconds.between(self._drawn_from(), time.time())

    def _drawn_from(self) -> float:
        since = max(self.began_at, time.time() - _DRAWN_S)
        return max(self.began_at, self.runs[-1].released_at - _BEFORE_S) if self.runs else since

    async def push(self, release: Release, workload: str, version: str | None = None) -> ReleaseRun:
        """Release it; returns at once. UserError for faults that its workload cannot have."""
        check_faults(release, workload)
        read, released_at = len(self.witness.seen), time.time()
        chosen = await self.platform.release(workload, release.name, pod_change(release), version)
        return self._noted(release, workload, Progress(chosen, released_at, typed=self.typed), read)

    def again(self, run: ReleaseRun) -> ReleaseRun:
        """The same release from now on, as after a retry."""
        return self.adopt(run.release, run.workload, run.version)

    def adopt(self, release: Release, workload: str, version: str) -> ReleaseRun:
        """A release that somebody else has pushed just now."""
        progress = Progress(version, time.time(), typed=self.typed)
        return self._noted(release, workload, progress, len(self.witness.seen))

    async def watch(
        self, run: ReleaseRun, limit_s: float, *, unattended: bool = False, promote_pauses: bool = False
    ) -> End:
        """Watch a release until it has ended, or waits for somebody who is not there, or for `limit_s` seconds."""
        try:
            async with (
                asyncio.timeout(limit_s),
                switching(self.platform, self.witness, run.release, run.workload, run.progress),
            ):
                await self._until_over(run, unattended=unattended, promote_pauses=promote_pauses)
        except TimeoutError:
            run.end(End.TIMED_OUT, f"{run.version} has not come to an end in {limit_s:g} s.")
        except asyncio.CancelledError:
            run.end(End.INTERRUPTED, f"Interrupted before {run.version} had come to an end.")
            raise
        assert run.ended is not None
        if run.reason:
            self.say(Line(run.reason))
        await self.count_faults(run)
        return run.ended

    async def count_faults(self, run: ReleaseRun) -> None:
        """Take down what the pods have counted; those of a canary that was rolled back are there a while longer."""
        run.injected = list(latest([*run.injected, *await fault_counts(self.platform, run.workloads)]))

    async def record(self, run: ReleaseRun, until: float | None = None) -> Record:
        """All that was watched of it, up to now, or until the next release began."""
        now = until or time.time()
        everything = await self.platform.view()
        return Record(
            platform=everything.platform,
            engine=everything.engine,
            faces_version=installed_version("faces"),
            workload=run.workload,
            version=run.version,
            release=run.release,
            began_at=run.began_at,
            released_at=run.released_at,
            ended_at=now,
            ended=run.ended or End.INTERRUPTED,
            reason=run.reason,
            views=(*(Recorded(seen.t, seen.view) for seen in run.seen), *_since(run, everything, now)),
            events=await self._events(run, now),
            samples=self.samples(run.began_at, now),
            injected=tuple(run.injected),
        )

    def samples(self, since: float, until: float) -> tuple[Sample, ...]:
        """What visitors saw of the requests that they sent in a stretch of time."""
        return tuple(sample for sample in self.visitors.all() if since <= sample.t < until)

    async def _until_over(self, run: ReleaseRun, *, unattended: bool, promote_pauses: bool) -> None:
        promoted_at: int | None = None
        async for seen in self.witness.following(run.workload, run.read):
            for line in run.take_in(seen):
                self.say(line)
            step = seen.view.current_step_index
            if promote_pauses and must_be_promoted(run.progress) and promoted_at != step:
                promoted_at = step
                await self.platform.promote(run.workload)
                self.say(Line(f"Promoted past the pause at {seen.view.canary_weight} %: nobody is here to do it."))
                continue
            over = end_of(run.progress, unattended=unattended and promoted_at != step)
            if over is not None:
                run.end(*over)
                return

    async def _events(self, run: ReleaseRun, until: float) -> tuple[EventView, ...]:
        """From the API, which keeps more than a view does; from the last view, should it not answer any more."""
        try:
            async with asyncio.timeout(_EVENTS_LIMIT_S):
                events = await self.platform.events(run.workload)
        except (PlatformError, TimeoutError):
            events = run.last.events if run.last is not None else ()
        return tuple(event for event in events if run.released_at <= event.t < until)

    def _noted(self, release: Release, workload: str, progress: Progress, read: int) -> ReleaseRun:
        """What visitors saw since the last release had ended belongs to the next one."""
        before = self.runs[-1] if self.runs else None
        began_at = self.began_at if before is None else before.ended_at or before.released_at
        run = ReleaseRun(release, workload, progress, began_at, read)
        self.runs.append(run)
        return run


def _since(run: ReleaseRun, everything: PlatformView, now: float) -> Iterator[Recorded]:
    """What has changed since its end, though the Rollout has not: Argo CD judges a moment later than Argo Rollouts."""
    for view in everything.rollouts:
        same = (view.name, view.current_version) == (run.workload, run.version)
        if same and run.last is not None and view.delivery != run.last.delivery:
            yield Recorded(now, view)


@contextlib.asynccontextmanager
async def open_session(
    platform: Platform,
    rate: float,
    shape: str,
    log: Path,
    say: Say = lambda _: None,
    typed: Typed = as_installed,
) -> AsyncIterator[Session]:
    """Visitors on a platform that is up, `rate` requests a second; returns when the first of them has an answer."""
    witness = Witness()
    async with witness.watching(platform):
        began_at = time.time()
        visitors = await Visitors.start((await platform.view()).gui, rate, shape, log)
        session = Session(platform, visitors, witness, began_at, say, typed)
        try:
            yield session
        finally:
            await session.visitors.stop()  # perhaps others have come in their place
