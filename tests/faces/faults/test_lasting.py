import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest

from faces.faults import HEALTHY, Condition, LastingFault, Phase
from faces.faults.lasting import Lasting

NOT_READY, REFUSES = Condition(ready=False), Condition(refuses=True)


class Flapping(LastingFault):
    kind: ClassVar[str] = "flapping"
    times: int = 2

    def course(self, asked: Callable[[], int], rng: random.Random) -> Iterator[Phase]:
        del asked, rng
        for _ in range(self.times):
            yield Phase(NOT_READY, 2)
            yield Phase.rest(3)


class Refusing(LastingFault):
    kind: ClassVar[str] = "refusing"

    def course(self, asked: Callable[[], int], rng: random.Random) -> Iterator[Phase]:
        del rng
        yield Phase(REFUSES if asked() > 5 else HEALTHY)


class Bench:
    """Courses under observation: time passes only as they sleep, and each condition is heard."""

    def __init__(self, asked: int = 0) -> None:
        self.now = 0.0
        self.counted: Counter[str] = Counter()
        self.heard: list[tuple[float, Condition]] = []
        self.lasting = Lasting(
            rng=random.Random(1),
            sleep=self.sleep,
            count=lambda kind: self.counted.update((kind,)),
            asked=lambda: asked,
        )
        self.lasting.follow(self.hear)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.now += seconds

    async def hear(self, condition: Condition) -> None:
        self.heard.append((self.now, condition))

    async def settle(self) -> None:
        for _ in range(100):
            await asyncio.sleep(0)


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_a_course_goes_through_its_phases_and_ends_healthily(bench: Bench) -> None:
    await bench.lasting.switch({"flapping": Flapping()})
    assert bench.lasting.condition == NOT_READY
    await bench.settle()
    phases = [(0, NOT_READY), (2, HEALTHY), (5, NOT_READY), (7, HEALTHY), (10, HEALTHY)]
    assert bench.heard == phases
    assert bench.lasting.condition == HEALTHY
    assert bench.counted == Counter({"flapping": 2})


async def test_it_begins_later_if_it_is_told_to(bench: Bench) -> None:
    await bench.lasting.switch({"flapping": Flapping(after_s=7, times=1)})
    assert bench.lasting.condition == HEALTHY
    await bench.settle()
    assert bench.heard == [(0, HEALTHY), (7, NOT_READY), (9, HEALTHY), (12, HEALTHY)]


async def test_two_at_once_add_up_and_one_that_stays_as_it_was_goes_on() -> None:
    bench = Bench(asked=6)
    await bench.lasting.switch({"refusing": Refusing()})
    await bench.lasting.switch({"refusing": Refusing(), "flapping": Flapping()})
    assert bench.lasting.condition == NOT_READY | REFUSES
    await bench.lasting.switch({"refusing": Refusing()})
    assert bench.lasting.condition == REFUSES
    assert bench.counted == Counter({"refusing": 1, "flapping": 1})


async def test_when_it_is_switched_off_the_replica_is_healthy_at_once_and_stays_so(bench: Bench) -> None:
    await bench.lasting.switch({"flapping": Flapping()})
    await bench.lasting.switch({})
    heard = list(bench.heard)
    await bench.settle()
    assert bench.heard == heard == [(0, NOT_READY), (0, HEALTHY)]


async def test_a_replica_that_closes_stays_as_it_is(bench: Bench) -> None:
    await bench.lasting.switch({"flapping": Flapping()})
    await bench.lasting.end()
    await bench.settle()
    assert bench.heard == [(0, NOT_READY)]
    assert bench.lasting.condition == NOT_READY


async def test_what_it_does_may_depend_on_how_much_was_asked() -> None:
    idle, loaded = Bench(asked=5), Bench(asked=6)
    for bench in (idle, loaded):
        await bench.lasting.switch({"refusing": Refusing()})
    assert (idle.lasting.condition, loaded.lasting.condition) == (HEALTHY, REFUSES)
