from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from faces.faults import Failure, parse_model

Drill = Callable[..., Awaitable[tuple[list[Failure | None], Counter[str], list[float]]]]
REQUESTS = 4000


async def test_each_bucket_is_as_likely_as_any_other(drill: Drill, bounds: Callable[[int, float], range]) -> None:
    _, counted, slept = await drill(parse_model('{"delay": {"buckets_ms": [5, 50, 500, 1500]}}'), REQUESTS)
    seen = Counter(slept)
    assert set(seen) == {0.005, 0.05, 0.5, 1.5}
    assert all(times in bounds(REQUESTS, 25) for times in seen.values())
    assert counted == Counter({"delay": REQUESTS})


async def test_a_bucket_of_zero_is_no_delay_and_is_not_counted(
    drill: Drill, bounds: Callable[[int, float], range]
) -> None:
    _, counted, slept = await drill(parse_model('{"delay": {"buckets_ms": [0, 10]}}'), REQUESTS)
    assert set(slept) == {0.01}
    assert counted["delay"] == len(slept)
    assert len(slept) in bounds(REQUESTS, 50)


@pytest.mark.parametrize("other", ['"error": {"fraction": 100}', '"rate_limit": {"max_rate": 0.01}'])
async def test_bad_answers_are_late_too(other: str, drill: Drill) -> None:
    failures, counted, slept = await drill(parse_model(f'{{{other}, "delay": {{"buckets_ms": [20]}}}}'), 5)
    assert all(failures)
    assert slept == [0.02] * 5
    assert counted["delay"] == 5
