"""Somebody who watches from the beginning to the end, so that no scenario can look away at the wrong moment."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from seam.errors import PlatformFailed, RunEnded
from seam.platform import Platform
from seam.views import RolloutView


@dataclass(frozen=True, slots=True)
class Seen:
    """A rollout as it was seen at `t`, in seconds since the epoch. `number` counts what was seen, from 0."""

    number: int
    t: float
    view: RolloutView


class Witness:
    """Remembers each change of each rollout, and when it came to be known."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._latest: dict[str, Seen] = {}
        self._news = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def watching(self, platform: Platform) -> AsyncIterator[None]:
        self._watching = asyncio.create_task(self._watch(platform))
        self._watching.add_done_callback(lambda _: self._tell())
        try:
            yield
        finally:
            self._watching.cancel()
            await asyncio.wait([self._watching])
            # Whoever begins with a platform that cannot be reached is told so by the platform. The watch fails for the
            # same reason at the same moment, and asyncio prints a traceback of what nobody asks for.
            if not self._watching.cancelled():
                self._watching.exception()

    def latest(self, rollout: str) -> Seen | None:
        return self._latest.get(rollout)

    async def following(self, rollout: str | None, number: int) -> AsyncIterator[Seen]:
        """What was and will be seen of a rollout (None: of any), from that number on."""
        while True:
            news = self._news
            for seen in self.seen[number:]:
                number = seen.number + 1
                if rollout in (None, seen.view.name):
                    yield seen
            if news is self._news:
                if self._watching is None or self._watching.done():
                    raise self._ending()
                await news.wait()

    async def _watch(self, platform: Platform) -> None:
        async for everything in platform.watch_all():
            now = time.time()
            for view in everything.rollouts:
                self._note(view, now)
            self._tell()

    def _note(self, view: RolloutView, now: float) -> None:
        known = self._latest.get(view.name)
        if known is None or known.view != view:
            self._latest[view.name] = seen = Seen(len(self.seen), now, view)
            self.seen.append(seen)

    def _tell(self) -> None:
        told, self._news = self._news, asyncio.Event()
        told.set()

    def _ending(self) -> PlatformFailed:
        if self._watching is None or self._watching.cancelled():
            return PlatformFailed("Nothing more is seen of the platform: nobody watches any more.")
        error = self._watching.exception()
        if isinstance(error, RunEnded):  # no defect, and its sentence is enough
            return RunEnded(str(error))
        return PlatformFailed(f"Nothing more is seen of the platform: {error or 'the watch ended.'}")
