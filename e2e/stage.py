"""A platform with visitors on it, and the verbs that the scenarios are written in."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from chaos.catalogue import Release, find, pod_change
from e2e.evidence import Evidence, OwnEvidence
from e2e.manifests import Change, Hurry
from e2e.watched import Watched, in_words
from e2e.witness import Witness
from faces.cli.recorder import SETTLING_S
from faces.cli.visitors import Visitors
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

    platform: Platform
    visitors: Visitors
    witness: Witness
    pace: Pace
    rate: float
    releases: list[Watched] = field(default_factory=list)

    async def release(self, release: str | Release, workload: str = "smiley", limit_s: float = 60) -> Watched:
        """Push a release and watch it to its end."""
        watched = await self.push(release, workload)
        await self.watch(watched, limit_s)
        return watched

    async def push(
        self, release: str | Release, workload: str = "smiley", env: Mapping[str, str] | None = None
    ) -> Watched:
        """Push one of the catalogue's releases, or one made up here; `env` is set in its pods beside its faults."""
        chosen = find(release) if isinstance(release, str) else release
        change = pod_change(chosen)
        change = replace(change, env={**change.env, **(env or {})})
        read, released_at = len(self.witness.seen), time.time()
        version = await self.platform.release(workload, chosen.name, change)
        return self._noted(Watched(version, released_at, release=chosen, workload=workload, read=read))

    def again(self, watched: Watched) -> Watched:
        """The same release from now on, as after a retry."""
        number = len(self.witness.seen)
        return self._noted(
            Watched(watched.version, time.time(), release=watched.release, workload=watched.workload, read=number)
        )

    async def watch(self, watched: Watched, limit_s: float = 60) -> None:
        """Return when the release has come to its end."""
        try:
            async with asyncio.timeout(limit_s * self.pace.patience):
                async for seen in self.witness.following(watched.workload, watched.read):
                    watched.take_in(seen)
                    if watched.settled_at is not None:
                        return
        except TimeoutError:
            limit = limit_s * self.pace.patience
            raise AssertionError(f"{watched.version} came to no end in {limit:g} s: {watched.now}") from None

    async def until(
        self, wanted: Callable[[RolloutView], bool], workload: str = "smiley", limit_s: float = 40
    ) -> RolloutView:
        """The first view, from the present one on, that is as wanted."""
        latest = self.witness.latest(workload)
        try:
            async with asyncio.timeout(limit_s * self.pace.patience):
                async for seen in self.witness.following(workload, latest.number if latest else 0):
                    if wanted(seen.view):
                        return seen.view
        except TimeoutError:
            limit, shown = limit_s * self.pace.patience, self.witness.latest(workload)
            raise AssertionError(f"not as wanted within {limit:g} s: {shown and in_words(shown.view)}") from None
        raise AssertionError("a witness follows for ever")

    def weights(self, workload: str = "smiley") -> list[int]:
        """The canary's weights from the beginning on, of all releases, each as often as it was newly set."""
        seen = [one.view.canary_weight for one in self.witness.seen if one.view.name == workload]
        return [weight for weight, before in zip(seen, [None, *seen], strict=False) if weight != before]

    async def samples(self, since: float, until: float) -> list[Sample]:
        """What visitors saw of the requests they sent in a stretch of time."""
        await self._answered(until)
        return [sample for sample in self.visitors.all() if since <= sample.t < until]

    async def samples_from(self, since: float, for_s: float = 1) -> list[Sample]:
        """What visitors see from a moment on: of `for_s` seconds, and more while nobody comes."""
        await asyncio.sleep(max(0.0, since + for_s - time.time()))
        await self._answered(since + for_s)
        return [sample for sample in self.visitors.all() if sample.t >= since]

    async def well_again(self, watched: Watched) -> None:
        """Fail unless, once what was under way is over, every visitor is served well."""
        assert watched.settled_at is not None
        # Visitors who hang have not seen the change yet.
        since = watched.settled_at + SETTLING_S + (self.pace.hurry.backend_timeout or 0)
        assert not [sample for sample in await self.samples_from(since) if not sample.ok]

    async def _answered(self, after: float) -> None:
        """Return when a request sent `after` a moment has been answered, and those before it had their time too."""
        limit_s = _ANSWERED_LIMIT_S * self.pace.patience
        try:
            async with asyncio.timeout(limit_s):
                while not any(sample.t >= after for sample in self.visitors.all()):
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise AssertionError(f"no visitor had an answer, good or bad, within {limit_s:g} s") from None
        await asyncio.sleep(0.5)

    def _noted(self, watched: Watched) -> Watched:
        self.releases.append(watched)
        return watched


class StartStage(Protocol):
    """`async with stage(rate=40) as on:` is a fresh platform with visitors on it, fewer where it bears less."""

    def __call__(self, rate: float = 40, change: Change = ...) -> AbstractAsyncContextManager[Stage]: ...


@asynccontextmanager
async def visited(
    platform: Platform, rate: float, pace: Pace, evidence: Evidence, own: OwnEvidence
) -> AsyncIterator[Stage]:
    """A platform that is up, with visitors and a witness on it. What goes wrong leaves a bundle before all ends."""
    witness, releases, log = Witness(), list[Watched](), evidence.scratch / "visitors.ndjson"
    rate *= pace.crowd
    visitors: Visitors | None = None
    evidence.begin()
    async with witness.watching(platform):
        try:
            visitors = await Visitors.start((await platform.view()).gui, rate, "steady", log)
            async with asyncio.timeout(_MEASURED_LIMIT_S * pace.patience):
                await platform.measured()
            await asyncio.sleep(1)
            yield Stage(platform, visitors, witness, pace, rate, releases)
            await evidence.report(platform, releases, visitors.all())
        except BaseException as error:
            await evidence.bundle(error, platform, witness, releases, log, own)
            raise
        finally:
            if visitors is not None:
                await visitors.stop()
