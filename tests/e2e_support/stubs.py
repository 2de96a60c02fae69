"""A platform that is told what to show, and views to show."""

import asyncio
from collections.abc import AsyncIterator

from seam.errors import PlatformFailed
from seam.views import EventView, PlatformView, RolloutView

SMILEY = RolloutView(
    name="smiley",
    namespace="faces",
    phase="Healthy",
    message="",
    revision=1,
    stable_hash="aaa",
    current_hash="aaa",
    stable_version="v1",
    current_version="v1",
    current_step_index=2,
    steps=({"setWeight": 30}, {"pause": {"duration": "3s"}}),
    canary_weight=0,
    stable_weight=100,
    aborted=False,
)


class StubPlatform:
    """`show` is what happens on it. What it has no method for, an AttributeError says."""

    def __init__(self, *rollouts: RolloutView, prometheus: str = "http://127.0.0.1:9") -> None:
        self.prometheus = prometheus
        self.now = self._view(*(rollouts or (SMILEY,)))
        self._told: asyncio.Queue[PlatformView | None] = asyncio.Queue()
        self._told.put_nowait(self.now)

    def show(self, *rollouts: RolloutView) -> None:
        self.now = self._view(*rollouts)
        self._told.put_nowait(self.now)

    def go_away(self) -> None:
        self._told.put_nowait(None)

    async def view(self) -> PlatformView:
        return self.now

    async def watch_all(self) -> AsyncIterator[PlatformView]:
        while (view := await self._told.get()) is not None:
            yield view
        raise PlatformFailed("The run went away.")

    async def events(self, name: str) -> tuple[EventView, ...]:
        return (EventView(1_000.0, "RolloutUpdated", f"{name} updated"),)

    async def pod_metrics(self, name: str) -> dict[str, str]:
        return {f"{name}-aaa-1": "faces_requests_total 3\n"}

    def _view(self, *rollouts: RolloutView) -> PlatformView:
        return PlatformView("stub", "no engine", "http://127.0.0.1:9/faces/", self.prometheus, rollouts)
