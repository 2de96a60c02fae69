from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from faces.faults import Failure, parse_model

Drill = Callable[..., Awaitable[tuple[list[Failure | None], Counter[str], list[float]]]]
REQUESTS = 5000


@pytest.mark.parametrize("fraction", [0, 1, 5, 40, 99.5, 100])
async def test_the_share_of_late_requests_is_the_one_asked_for_and_none_of_them_fails(
    fraction: float, drill: Drill, bounds: Callable[[int, float], range]
) -> None:
    model = parse_model(f'{{"tail_latency": {{"fraction": {fraction}, "ms": 800}}}}')
    failures, counted, slept = await drill(model, REQUESTS)
    assert failures == [None] * REQUESTS
    assert slept == [0.8] * len(slept)
    assert len(slept) in bounds(REQUESTS, fraction)
    assert +counted == +Counter({"tail_latency": len(slept)})


async def test_it_comes_on_top_of_a_delay(drill: Drill) -> None:
    model = parse_model('{"delay": {"buckets_ms": [10]}, "tail_latency": {"fraction": 100, "ms": 90}}')
    _, counted, slept = await drill(model, 1)
    assert slept == [0.01, 0.09]
    assert counted == Counter({"delay": 1, "tail_latency": 1})
