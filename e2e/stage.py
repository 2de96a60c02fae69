"""A platform with visitors on it, and the verbs that the scenarios are written in."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from chaos.catalogue import Release, find
from chaos.experiment import Session, Witness, open_session
from chaos.record import End
from chaos.record.progress import SETTLING_S
from e2e.evidence import Evidence, OwnEvidence
from e2e.manifests import Change, Hurry
from e2e.reports import keep, records_of
from e2e.runs import Pushed, in_words
from loadgen.samples import Sample
from seam.platform import Platform
from seam.views import RolloutView

_MEASURED_LIMIT_S = 60.0
_ANSWERED_LIMIT_S = 15.0
"""Longer than the visitors' own limit: each request has an answer by then, or is written down as having none."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a platform can stand: how its manifests are hurried, how much longer than elsewhere things may take, how
    many of the visitors come, and how often what has to hold every time is tried.
    """

    hurry: Hurry = field(default_factory=Hurry)
    patience: float = 1
    crowd: float = 1
    repeats: int = 10


@dataclass
class Stage:
    """A platform with visitors, `rate` requests a second. Times are limits, in seconds on the fastest platform."""

    session: Session
    pace: Pace
    rate: float

    @property
    def platform(self) -> Platform:
        return self.session.platform

    @property
    def witness(self) -> Witness:
        return self.session.witness

    async def release(self, release: str | Release, workload: str = "smiley", limit_s: float = 60) -> Pushed:
        """Push a release and watch it to its end."""
        pushed = await self.push(release, workload)
        await self.watch(pushed, limit_s)
        return pushed

    async def push(self, release: str | Release, workload: str = "smiley") -> Pushed:
        """Push a release: one of the catalogue's by its name, a file's by its path, or one made up here."""
        chosen = find(release) if isinstance(release, str) else release
        return Pushed(await self.session.push(chosen, workload))

    def again(self, pushed: Pushed) -> Pushed:
        """The same release from now on, as after a retry."""
        return Pushed(self.session.again(pushed.run))

    async def watch(self, pushed: Pushed, limit_s: float = 60) -> None:
        """Wait until the release has settled: promoted, or back on stable."""
        limit_s *= self.pace.patience
        ended = await self.session.watch(pushed.run, limit_s)
        assert ended is End.SETTLED, f"expected {pushed.version} to settle within {limit_s:g} s; {pushed.now}"

    async def until(
        self,
        wanted: Callable[[RolloutView], bool],
        workload: str = "smiley",
        limit_s: float = 40,
        expected: str = "",
    ) -> RolloutView:
        """The first view, from the present one on, that is as wanted; `expected` says in words what that is."""
        latest = self.witness.latest(workload)
        try:
            async with asyncio.timeout(limit_s * self.pace.patience):
                async for seen in self.witness.following(workload, latest.number if latest else 0):
                    if wanted(seen.view):
                        return seen.view
        except TimeoutError:
            limit, shown = limit_s * self.pace.patience, self.witness.latest(workload)
            now = in_words(shown.view) if shown else f"{workload} was never seen"
            raise AssertionError(f"expected {expected or 'another state'} within {limit:g} s; {now}") from None
        raise AssertionError("a witness follows for ever")

    def weights(self, workload: str = "smiley") -> list[int]:
        """The canary's weights from the beginning on, of all releases, each as often as it was newly set."""
        seen = [one.view.canary_weight for one in self.witness.seen if one.view.name == workload]
        return [weight for weight, before in zip(seen, [None, *seen], strict=False) if weight != before]

    async def samples(self, since: float, until: float) -> list[Sample]:
        """What visitors saw of the requests they sent in a stretch of time."""
        await self._answered(until)
        return list(self.session.samples(since, until))

    async def samples_from(self, since: float, for_s: float = 1) -> list[Sample]:
        """What visitors see from a moment on: of `for_s` seconds, and more while nobody comes."""
        await asyncio.sleep(max(0.0, since + for_s - time.time()))
        await self._answered(since + for_s)
        return list(self.session.samples(since, float("inf")))

    async def well_again(self, pushed: Pushed) -> None:
        """Fail unless, once what was under way is over, every visitor is served well."""
        # Visitors who hang have not seen the change yet.
        since = pushed.settled_at + SETTLING_S + (self.pace.hurry.backend_timeout or 0)
        seen = await self.samples_from(since)
        failed = [sample for sample in seen if not sample.ok]
        assert not failed, f"{pushed.version} has ended, and {len(failed)} of {len(seen)} requests fail: {failed[:3]}"

    async def keep_reports(self, folder: Path) -> None:
        """The reports of the releases that settled so far, in FOLDER/VERSION; at the end they are kept anyway."""
        for record in await records_of(self.session):
            keep(record, folder)

    async def _answered(self, after: float) -> None:
        """Wait until a request sent `after` a moment has been answered, and those before it had their time too."""
        limit_s = _ANSWERED_LIMIT_S * self.pace.patience
        try:
            async with asyncio.timeout(limit_s):
                while not any(sample.t >= after for sample in self.session.visitors.all()):
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise AssertionError(f"no visitor had an answer, good or bad, within {limit_s:g} s") from None
        await asyncio.sleep(0.5)


@dataclass(frozen=True, slots=True)
class Crowd:
    """How visitors come: `rate` requests a second, in this shape."""

    rate: float = 40
    shape: str = "steady"


class StartStage(Protocol):
    """`async with stage(rate=40) as on:` is a fresh platform with visitors on it, fewer where it bears less."""

    def __call__(
        self, rate: float = 40, change: Change = ..., shape: str = "steady"
    ) -> AbstractAsyncContextManager[Stage]: ...


@asynccontextmanager
async def visited(
    platform: Platform, crowd: Crowd, pace: Pace, evidence: Evidence, own: OwnEvidence
) -> AsyncIterator[Stage]:
    """A platform that is up, with visitors and a witness on it. What goes wrong leaves a bundle before all ends."""
    log = evidence.scratch / "visitors.ndjson"
    rate = crowd.rate * pace.crowd
    evidence.begin()
    opened: Session | None = None
    try:
        async with open_session(platform, rate, crowd.shape, log) as session:
            opened = session
            async with asyncio.timeout(_MEASURED_LIMIT_S * pace.patience):
                await platform.measured()
            await asyncio.sleep(1)
            yield Stage(session, pace, rate)
            await evidence.report(session)
    except BaseException as error:
        await evidence.bundle(error, platform, opened, log, own)
        raise
