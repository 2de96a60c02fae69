"""Switches the faults of a release on and off in running pods, at their moments."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

from chaos.experiment.faulting import Pods, begins, faults_at, need_switching, next_change
from chaos.experiment.witness import Witness
from chaos.record import Progress
from seam.errors import PlatformError, UserError
from seam.platform import Platform
from seam.releases import Release

_LOOK_S = 0.5


@contextlib.asynccontextmanager
async def switching(
    platform: Platform, witness: Witness, release: Release, workload: str, progress: Progress
) -> AsyncIterator[None]:
    """Have the faults of the release that its pod template cannot say, as long as this lasts."""
    if not need_switching(release.faults):
        yield
        return
    switch = _Switch(platform, witness, release, workload, progress)
    task = asyncio.create_task(switch.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await switch.clear_others()


class _Switch:
    def __init__(
        self, platform: Platform, witness: Witness, release: Release, workload: str, progress: Progress
    ) -> None:
        self._platform, self._witness, self._release = platform, witness, release
        self._workload, self._progress = workload, progress
        # The pod template's own faults are on in pods that nobody has switched yet.
        self._done: dict[Pods, tuple[dict[str, Any], frozenset[str]]] = {}

    async def run(self) -> None:
        plans = self._release.faults
        while True:
            now = time.time()
            begin = begins(self._progress.released_at, [(p.t, p.weight) for p in self._progress.timeline])
            for pods, faults in faults_at(plans, begin, now, self._workload).items():
                await self._have(pods, faults)
            due = next_change(plans, begin, now)
            pause = _LOOK_S if due is None else min(_LOOK_S, max(0.0, due - time.time()))
            await asyncio.sleep(pause)

    async def clear_others(self) -> None:
        """A rollback takes the released version's faults away; those of others would stay for ever."""
        for pods in self._done:
            if pods.every_version:
                with contextlib.suppress(PlatformError):
                    await self._platform.clear(pods.workload)

    async def _have(self, pods: Pods, faults: dict[str, Any]) -> None:
        version = None if pods.every_version else self._progress.version
        wanted = (faults, self._ready_pods(pods.workload, version))
        # A pod that came up since (the canary grows with its weight) needs them as well.
        if self._done.get(pods, ({}, wanted[1])) == wanted or not wanted[1]:
            return
        with contextlib.suppress(UserError):  # a pod went away just now: the next look sees the others
            if faults:
                await self._platform.inject(pods.workload, faults, version)
            else:
                await self._platform.clear(pods.workload, version)
            self._done[pods] = wanted

    def _ready_pods(self, workload: str, version: str | None) -> frozenset[str]:
        seen = self._witness.latest(workload)
        if seen is None:
            return frozenset()
        return frozenset(
            pod.name
            for replica_set in seen.view.replica_sets
            if version in (None, replica_set.version)
            for pod in replica_set.pods
            if pod.ready
        )
