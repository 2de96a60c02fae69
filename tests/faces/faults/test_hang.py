import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from faces.faults import Call, Failure, FaultModel, Faults, parse_model

Drill = Callable[..., Awaitable[tuple[list[Failure | None], Counter[str], list[float]]]]
REQUESTS = 5000
CALL = Call("center", "alice")


@pytest.fixture
def faults() -> Faults:
    return Faults(parse_model('{"hang": {"fraction": 100}}'), clock=lambda: 0.0, rng=random.Random(1))


async def ask(faults: Faults) -> Failure | None:
    admitted = await faults.admit(CALL)
    return admitted.meets(admitted.plan.failure)


async def hanging(faults: Faults) -> "asyncio.Task[Failure | None]":
    task = asyncio.ensure_future(ask(faults))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not task.done()
    return task


@pytest.mark.parametrize("fraction", [0, 1, 5, 40, 99.5, 100])
async def test_the_share_of_hanging_requests_is_the_one_asked_for_and_counted_exactly(
    fraction: float, bounds: Callable[[int, float], range]
) -> None:
    counted: Counter[str] = Counter()
    model = parse_model(f'{{"hang": {{"fraction": {fraction}}}}}')
    faults = Faults(model, clock=lambda: 0.0, rng=random.Random(7), count=lambda kind: counted.update((kind,)))
    asked = [asyncio.ensure_future(ask(faults)) for _ in range(REQUESTS)]
    for _ in range(5):
        await asyncio.sleep(0)
    still_waiting = sum(not task.done() for task in asked)
    assert still_waiting in bounds(REQUESTS, fraction)
    assert counted["hang"] == still_waiting
    faults.replace(FaultModel())
    assert await asyncio.gather(*asked) == [None] * REQUESTS


async def test_switching_it_off_lets_the_request_go_and_it_is_served(faults: Faults) -> None:
    task = await hanging(faults)
    faults.replace(FaultModel())
    assert await task is None


async def test_a_drain_lets_the_request_go_and_no_other_one_hangs(faults: Faults) -> None:
    task = await hanging(faults)
    faults.stop_hanging()
    assert await task is None
    assert await ask(faults) is None


async def test_a_client_that_goes_ends_it(faults: Faults) -> None:
    task = await hanging(faults)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not faults._waiting
