import asyncio
import random
from collections import Counter

import pytest

from faces.faults import Call, Failure, FaultModel, Faults, parse_model

CALL = Call("center", "alice")
MINUTES = '"delay": {"buckets_ms": [600000]}'


class Bench:
    """Faults under observation: what they count, and requests that are waiting."""

    def __init__(self, model: str) -> None:
        self.counted: Counter[str] = Counter()
        self.now = 0.0
        self.faults = Faults(
            parse_model(model),
            clock=lambda: self.now,
            rng=random.Random(1),
            count=lambda kind: self.counted.update((kind,)),
        )

    async def ask(self) -> "asyncio.Task[Failure | None]":
        task = asyncio.ensure_future(self._asked())
        for _ in range(5):
            await asyncio.sleep(0)
        return task

    async def _asked(self) -> Failure | None:
        admitted = await self.faults.admit(CALL)
        return admitted.meets(admitted.plan.failure)

    async def answer(self) -> int:
        failure = await self._asked()
        return failure.status if failure else 200


async def test_a_delay_that_is_switched_off_lets_its_requests_go_to_a_healthy_answer() -> None:
    bench = Bench(f'{{{MINUTES}, "error": {{"fraction": 100}}}}')
    task = await bench.ask()
    bench.faults.replace(FaultModel())
    assert await task is None
    assert bench.counted == Counter({"delay": 1})


async def test_an_error_that_is_still_on_is_injected_when_only_the_delay_ends() -> None:
    bench = Bench(f'{{{MINUTES}, "error": {{"fraction": 100}}}}')
    task = await bench.ask()
    bench.faults.replace(bench.faults.model.without("delay"))
    failure = await task
    assert failure is not None
    assert failure.status == 500
    assert bench.counted == Counter({"delay": 1, "error": 1})


async def test_an_error_that_is_switched_off_during_a_delay_is_neither_given_nor_counted() -> None:
    bench = Bench(f'{{{MINUTES}, "error": {{"fraction": 100}}}}')
    task = await bench.ask()
    bench.faults.replace(bench.faults.model.without("error"))
    bench.faults.stop_waiting()
    assert await task is None
    assert bench.counted == Counter({"delay": 1})


async def test_a_change_elsewhere_leaves_waiting_requests_waiting() -> None:
    bench = Bench('{"hang": {"fraction": 100}}')
    task = await bench.ask()
    bench.faults.replace(parse_model('{"hang": {"fraction": 100}, "error": {"fraction": 5}}'))
    await asyncio.sleep(0)
    assert not task.done()
    bench.faults.stop_waiting()
    assert await task is None


async def test_another_fraction_of_the_same_fault_lets_waiting_requests_go() -> None:
    bench = Bench('{"hang": {"fraction": 100}}')
    task = await bench.ask()
    bench.faults.replace(parse_model('{"hang": {"fraction": 1}}'))
    assert await task is None


async def test_a_second_wait_is_not_begun_when_its_fault_ended_during_the_first() -> None:
    bench = Bench('{"hang": {"fraction": 100}, "tail_latency": {"fraction": 100, "ms": 600000}}')
    task = await bench.ask()
    bench.faults.replace(FaultModel())
    assert await task is None
    assert bench.counted == Counter({"hang": 1})


async def test_a_drain_goes_on_with_delays_and_the_end_of_it_does_not() -> None:
    bench = Bench(f"{{{MINUTES}}}")
    task = await bench.ask()
    bench.faults.stop_hanging()
    await asyncio.sleep(0)
    assert not task.done()
    bench.faults.stop_waiting()
    assert await task is None
    assert await bench.answer() == 200


async def test_a_wait_takes_the_time_it_was_told_to() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    model = parse_model('{"delay": {"buckets_ms": [250]}}')
    faults = Faults(model, clock=lambda: 0.0, rng=random.Random(1), sleep=sleep)
    await faults.admit(CALL)
    assert slept == [0.25]


async def test_what_no_fault_can_meet_is_let_through_and_counted_all_the_same() -> None:
    """A replica that crashes after so many requests has no fault that any of them meets."""
    faults = Faults(
        parse_model('{"crash": {"after_requests": 2}}'),
        clock=lambda: 0.0,
        rng=random.Random(1),
        sleep=lambda _: asyncio.sleep(0),
    )
    await faults.begin()
    for number in range(2):
        assert faults.condition.exits is None, number
        assert faults.let_through()
    for _ in range(10):
        await asyncio.sleep(0)
    assert faults.condition.exits == 1
    await faults.end()


async def test_where_a_fault_may_meet_it_a_request_has_to_be_admitted() -> None:
    faults = Faults(parse_model('{"error": {"fraction": 0}}'), clock=lambda: 0.0, rng=random.Random(1))
    assert not faults.let_through()


async def test_a_fault_that_changes_forgets_its_state_and_the_others_keep_theirs() -> None:
    latched = '"error": {"fraction": 100}, "latch": {"fraction": 100}'
    bench = Bench(f"{{{latched}}}")
    assert await bench.answer() == 599
    bench.faults.replace(parse_model('{"error": {"fraction": 0}, "latch": {"fraction": 100}}'))
    assert await bench.answer() == 599
    bench.faults.replace(parse_model('{"error": {"fraction": 0}, "latch": {"fraction": 99}}'))
    assert await bench.answer() == 200


@pytest.mark.parametrize("fraction", [0.0, 100.0])
async def test_planning_twice_from_the_same_seed_gives_the_same_plan(fraction: float) -> None:
    model = f'{{"error": {{"fraction": {fraction}}}, "delay": {{"buckets_ms": [1, 2, 3]}}}}'
    assert Bench(model).faults.plan(CALL) == Bench(model).faults.plan(CALL)
