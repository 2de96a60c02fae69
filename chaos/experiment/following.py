"""The story of every release that somebody else pushes, for as long as one listens."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator

from chaos.catalogue import RELEASES
from chaos.experiment.experiment import AFTER_S, end_of
from chaos.experiment.running import recovered
from chaos.experiment.session import ReleaseRun, Session
from chaos.experiment.witness import Seen
from chaos.record import Line, Record
from seam.errors import PlatformError
from seam.releases import Outcome, Release
from seam.views import RolloutView

Ended = Callable[[Record], Awaitable[None]]
"""Hears the record of each release that has come to its end."""


async def follow_everything(session: Session, ended: Ended, after_s: float = AFTER_S) -> None:
    """Tell of each release as it comes, until cancelled. One of the catalogue is closed with its record."""
    seen_before = {seen.view.name: seen.view.current_version for seen in session.witness.seen}
    following = _Following(session, ended, after_s, seen_before)
    try:
        async for seen in session.witness.following(None, len(session.witness.seen)):
            for line in following.observe(seen):
                session.say(line)
    finally:
        await following.stop()


class _Following:
    """`versions` are those that were out before, by Rollout: they are nobody's release."""

    def __init__(self, session: Session, ended: Ended, after_s: float, versions: dict[str, str]) -> None:
        self._session, self._ended, self._after_s, self._versions = session, ended, after_s, versions
        self._runs: dict[str, ReleaseRun] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def observe(self, seen: Seen) -> Iterator[Line]:
        view = seen.view
        if view.current_version == self._versions.setdefault(view.name, view.current_version):
            return
        run = self._runs.get(view.name)
        if run is None or run.version != view.current_version:
            known = _known(view)
            unknown = Release(view.release or "from a manifest", "", Outcome.UNDECIDED)
            run = self._runs[view.name] = self._session.adopt(known or unknown, view.name, view.current_version)
            yield Line(f"Release: {view.name} {view.current_version}, {run.release.name}.")
        yield from run.take_in(seen)
        over = end_of(run.progress)
        if over is not None and run.ended is None:
            run.end(*over)
            if run.release in RELEASES:
                self._close(run)

    def _close(self, run: ReleaseRun) -> None:
        task = asyncio.create_task(self._closed(run))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _closed(self, run: ReleaseRun) -> None:
        with contextlib.suppress(PlatformError):  # whoever follows is told so as well
            await self._ended(await recovered(self._session, run, self._after_s))

    async def stop(self) -> None:
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)


def _known(view: RolloutView) -> Release | None:
    return next((release for release in RELEASES if release.name == view.release), None)
