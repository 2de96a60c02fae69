"""A platform that does what a test says, and visitors who have seen what a test says."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from chaos.experiment import Session, Witness
from chaos.record import Line
from loadgen.samples import Sample
from seam.errors import UserError
from seam.releases import PodChange
from seam.views import PodView, ReplicaSetView, RolloutView
from tests.e2e_support.stubs import SMILEY, StubPlatform

PODS = ReplicaSetView("smiley-bbb", "bbb", 2, "v2", 1, 1, (PodView("smiley-bbb-1", ready=True),))
CANARY = replace(
    SMILEY,
    phase="Progressing",
    current_version="v2",
    current_hash="bbb",
    current_step_index=0,
    replica_sets=(PODS,),
    release="good",
)
ABORTED: dict[str, Any] = {"phase": "Degraded", "aborted": True, "message": "RolloutAborted: why"}
PROMOTED: dict[str, Any] = {"phase": "Healthy", "stable_version": "v2", "stable_hash": "bbb", "measured": True}


class Platform(StubPlatform):
    """Notes each verb. `after(verb, views)` shows these once that verb was given."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[Any, ...]] = []
        self._after: dict[str, list[RolloutView]] = {}

    def after(self, verb: str, *views: RolloutView) -> None:
        self._after[verb] = list(views)

    async def measured(self) -> None: ...

    async def release(self, workload: str, name: str, _: PodChange, version: str | None = None) -> str:
        self._note("release", workload, name)
        return version or "v2"

    async def promote(self, name: str, *, full: bool = False) -> None:
        self._note("promote", name, full)

    async def inject(self, name: str, faults: Mapping[str, Any], version: str | None = None) -> list[str]:
        if not any(one.replica_sets for one in self.now.rollouts):
            raise UserError("no pods")
        self._note("inject", name, dict(faults), version)
        return ["one"]

    async def clear(self, name: str, version: str | None = None, kinds: Sequence[str] = ()) -> list[str]:
        assert not kinds, "an experiment ends every fault it has begun"
        self._note("clear", name, version)
        return ["one"]

    async def pod_metrics(self, name: str) -> dict[str, str]:
        labels = f'workload="{name}",version="v2",kind="error"'
        return {
            f"{name}-bbb-1": f"# TYPE faces_faults_injected_total counter\nfaces_faults_injected_total{{{labels}}} 12\n"
        }

    def _note(self, verb: str, *words: object) -> None:
        self.asked.append((verb, *words))
        for view in self._after.pop(verb, ()):
            self.show(view)


class Seen:
    """Visitors who are served well every 50 ms."""

    def __init__(self, began_at: float) -> None:
        self._began_at = began_at

    def all(self) -> list[Sample]:
        count = int((time.time() - self._began_at) / 0.05)
        times = [self._began_at + number * 0.05 for number in range(count)]
        return [Sample(t=t, ms=5, kind="tile", ok=True, status=200, user="u") for t in times]


@asynccontextmanager
async def opened(platform: Platform, lines: list[Line]) -> AsyncIterator[Session]:
    witness, began_at = Witness(), time.time()
    async with witness.watching(platform):  # type: ignore[arg-type]
        while witness.latest("smiley") is None:
            await asyncio.sleep(0)
        yield Session(platform, Seen(began_at), witness, began_at, lines.append)  # type: ignore[arg-type]
