import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from chaos.experiment import Session, Witness
from chaos.record import Line, Record
from loadgen.samples import Sample
from presenter.script import Script, find_script
from presenter.showing import Shown
from presenter.stage import Stage
from seam.errors import PlatformFailed, UserError
from seam.releases import PodChange
from seam.views import PlatformView, PodView, ReplicaSetView, RolloutView
from tests.e2e_support.stubs import SMILEY, StubPlatform

FIRST = ReplicaSetView("smiley-aaa", "aaa", 1, "v1", 1, 1, (PodView("smiley-aaa-1", ready=True),))
V1 = replace(SMILEY, replica_sets=(FIRST,))
GUI = replace(SMILEY, name="gui", stable_hash="ggg", current_hash="ggg", steps=())


class Played(StubPlatform):
    """One Rollout that obeys: released, it has 30 % until it is promoted or aborted. Notes every verb."""

    name = "played"

    def __init__(self) -> None:
        super().__init__(V1, GUI)
        self.asked: list[tuple[Any, ...]] = []
        self.refuses = ""
        self.away = ""
        self.viewed = 0

    async def view(self) -> PlatformView:
        self.viewed += 1
        if self.away:
            raise PlatformFailed(self.away)
        return self.now

    @property
    def smiley(self) -> RolloutView:
        return self.now.rollouts[0]

    def become(self, **changes: Any) -> None:
        self.show(replace(self.smiley, **changes), GUI)

    async def measured(self) -> None: ...

    async def rollout(self, name: str) -> RolloutView:
        for view in self.now.rollouts:
            if view.name == name:
                return view
        raise UserError(f"There is no Rollout {name!r}.")

    async def release(self, workload: str, name: str, _: PodChange, version: str | None = None) -> str:
        self._note("release", workload, name, version)
        second = ReplicaSetView("smiley-bbb", "bbb", self.smiley.revision + 1, str(version), 1, 1)
        self.become(
            current_hash="bbb",
            current_version=version,
            phase="Paused",
            canary_weight=30,
            release=name,
            current_step_index=1,
            aborted=False,
            revision=self.smiley.revision + 1,
            replica_sets=(FIRST, second),
        )
        return str(version)

    async def promote(self, name: str, *, full: bool = False) -> None:
        self._note("promote", name, full)
        current = self.smiley
        if current.stable_hash == current.current_hash:
            raise UserError("There is nothing to promote.")
        self.become(
            phase="Healthy", canary_weight=0, stable_hash=current.current_hash, stable_version=current.current_version
        )

    async def abort(self, name: str) -> None:
        self._note("abort", name)
        self.become(phase="Degraded", aborted=True, canary_weight=0, message="RolloutAborted: by hand")

    async def retry(self, name: str) -> None:
        self._note("retry", name)
        self.become(phase="Progressing", aborted=False)

    async def undo(self, name: str, revision: int | None = None) -> None:
        self._note("undo", name, revision)
        back = {"current_hash": "aaa", "current_version": "v1", "aborted": False, "release": None}
        if self.smiley.stable_hash == "aaa":
            self.become(**back, phase="Healthy", canary_weight=0)
        else:
            self.become(**back, phase="Progressing", canary_weight=0)

    async def inject(self, name: str, faults: Mapping[str, Any], version: str | None = None) -> list[str]:
        self._note("inject", name, dict(faults), version)
        return ["smiley-aaa-1"]

    async def clear(self, name: str, version: str | None = None, kinds: Sequence[str] = ()) -> list[str]:
        assert version is None
        assert not kinds
        self._note("clear", name)
        if name == "gui":
            raise UserError("gui has no control port.")
        return ["smiley-aaa-1"]

    def _note(self, verb: str, *words: object) -> None:
        if self.refuses:
            raise UserError(self.refuses)
        self.asked.append((verb, *words))

    def verbs(self) -> list[str]:
        return [verb for verb, *_ in self.asked]


class Crowd:
    """Visitors who have seen nothing but what they are given, and remember with whom they were replaced."""

    def __init__(self) -> None:
        self.wanted: list[tuple[float, str]] = []
        self.saw: list[Sample] = []

    async def change(self, rate: float, shape: str) -> "Crowd":
        self.wanted.append((rate, shape))
        return self

    def fresh(self) -> list[Sample]:
        fresh, self.saw = self.saw, []
        return fresh

    def all(self) -> list[Sample]:
        return []


@pytest.fixture
def platform() -> Played:
    return Played()


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


@pytest.fixture
def lines() -> list[Line]:
    return []


@pytest.fixture
def records() -> list[Record]:
    return []


@asynccontextmanager
async def play(record: Record, speed: float) -> AsyncIterator[str]:
    """The address says what is played, and how fast."""
    yield f"http://replay/{record.version}/{speed:g}/faces/"


@asynccontextmanager
async def staged(
    platform: Played, crowd: Crowd, lines: list[Line], records: list[Record], script: Script
) -> AsyncIterator[Stage]:
    async def ended(record: Record) -> None:
        records.append(record)

    witness = Witness()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(witness.watching(platform))  # type: ignore[arg-type]
        while witness.latest("smiley") is None:
            await asyncio.sleep(0)
        session = Session(platform, crowd, witness, time.time(), lines.append)  # type: ignore[arg-type]
        stage = Stage(session, Shown(script, 0.0), ended=ended, play=play)
        await stack.enter_async_context(stage.open())
        yield stage


@pytest.fixture
async def stage(platform: Played, crowd: Crowd, lines: list[Line], records: list[Record]) -> AsyncIterator[Stage]:
    async with staged(platform, crowd, lines, records, find_script("bad-v2")) as opened:
        yield opened
