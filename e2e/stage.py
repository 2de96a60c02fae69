"""A platform with visitors on it, and the verbs that the scenarios are written in."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from chaos.catalogue import find, release_env
from e2e.manifests import Change, write
from faces.cli.recorder import Recorder
from faces.cli.visitors import Visitors
from loadgen.samples import Sample
from platforms.embedded.platform import EmbeddedPlatform
from platforms.embedded.settings import Settings
from platforms.view import RolloutView


@dataclass
class Stage:
    """A platform with visitors on it."""

    platform: EmbeddedPlatform
    visitors: Visitors

    async def release(self, name: str, workload: str = "smiley", limit_s: float = 60) -> Recorder:
        """Push a release and watch it to its end."""
        recorder = await self.push(name, workload)
        await asyncio.wait_for(self.watch(recorder, workload), limit_s)
        return recorder

    async def push(self, name: str, workload: str = "smiley") -> Recorder:
        env = release_env(find(name), "")
        del env["VERSION"]
        released_at = time.time()
        return Recorder(await self.platform.release(workload, name, env), released_at)

    async def watch(self, recorder: Recorder, workload: str = "smiley") -> None:
        async for view in self.platform.watch(workload):
            if view.current_version == recorder.version:
                recorder.observe(view, time.time())
            if recorder.settled_at is not None:
                return

    async def until(
        self, wanted: Callable[[RolloutView], bool], workload: str = "smiley", limit_s: float = 40
    ) -> RolloutView:
        """The first view that is as wanted."""

        async def look() -> RolloutView:
            async for view in self.platform.watch(workload):
                if wanted(view):
                    return view
            raise AssertionError("the platform went away")

        return await asyncio.wait_for(look(), limit_s)

    async def samples(self, since: float, until: float) -> list[Sample]:
        """What visitors saw of the requests they sent in a stretch of time."""
        await asyncio.sleep(0.5)  # the last of them are still on their way
        return [sample for sample in self.visitors.all() if since <= sample.t < until]


class StartStage(Protocol):
    def __call__(self, rate: float = 40, change: Change = ...) -> AbstractAsyncContextManager[Stage]: ...


@asynccontextmanager
async def embedded(folder: Path, rate: float, change: Change) -> AsyncIterator[Stage]:
    """A fresh embedded platform on the hurried manifests; gone afterwards, whatever happened."""
    settings = Settings(str(write(folder / "manifests", change)), attached=True, seed=1)
    async with await EmbeddedPlatform.start(settings) as platform:
        try:
            view = await platform.view()
            visitors = await Visitors.start(view.gui, rate, "steady", folder / "visitors.ndjson")
            try:
                await platform.measured()
                await asyncio.sleep(1)
                yield Stage(platform, visitors)
            finally:
                await visitors.stop()
        finally:
            await platform.down()
