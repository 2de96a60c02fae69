import random
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from faces.faults import Call, Failure, Faults, parse_model

Drill = Callable[..., Awaitable[tuple[list[Failure | None], Counter[str], list[float]]]]
REQUESTS = 5000
CENTER, EDGE = Call("center", "alice"), Call("edge", "alice")


def statuses(model: str, moments: list[float], calls: list[Call] | None = None) -> list[int]:
    """The answers to requests at these seconds."""
    clock = iter(moments)
    faults = Faults(parse_model(model), clock=lambda: next(clock), rng=random.Random(1))
    plans = [faults.plan(call) for call in calls or [CENTER] * len(moments)]
    return [plan.failure.status if plan.failure else 200 for plan in plans]


@pytest.mark.parametrize("fraction", [0, 1, 5, 40, 99.5, 100])
async def test_the_share_of_errors_that_latch_is_the_one_asked_for_and_counted_exactly(
    fraction: float, drill: Drill, bounds: Callable[[int, float], range]
) -> None:
    # Without any rest to wait for, a latch is over at the next request, which may latch anew.
    model = parse_model(f'{{"error": {{"fraction": 100}}, "latch": {{"fraction": {fraction}, "idle_s": 0}}}}')
    failures, counted, _ = await drill(model, REQUESTS)
    latched = sum(failure is not None and failure.status == 599 for failure in failures)
    assert latched in bounds(REQUESTS, fraction)
    assert +counted == +Counter({"latch": latched, "error": REQUESTS - latched})


def test_the_error_that_latches_is_answered_with_599_and_so_is_everything_after_it() -> None:
    model = '{"error": {"fraction": 10}, "latch": {"fraction": 100}}'
    seen = statuses(model, [float(second) for second in range(50)])
    first = seen.index(599)
    assert seen == [200] * first + [599] * (50 - first)
    assert first > 0


def test_it_unlatches_only_after_more_than_the_rest_without_any_request() -> None:
    model = '{"error": {"fraction": 2}, "latch": {"fraction": 100}}'
    storm = [second / 10 for second in range(1000)]
    after = storm[-1]
    seen = statuses(model, [*storm, after + 30, after + 60, after + 90.1])
    assert seen[-4:] == [599, 599, 599, 200]


def test_status_and_rest_can_be_chosen() -> None:
    model = '{"error": {"fraction": 100}, "latch": {"fraction": 100, "status": 503, "idle_s": 2}}'
    assert statuses(model, [0, 1]) == [503, 503]


def test_without_errors_nothing_ever_latches() -> None:
    assert statuses('{"latch": {"fraction": 100}}', [0, 1, 2]) == [200] * 3


def test_a_latch_for_one_cell_leaves_the_other_alone() -> None:
    model = '{"error": {"fraction": 100}, "latch": {"fraction": 100, "cells": "edge"}}'
    assert statuses(model, [0, 1, 2, 3], [CENTER, EDGE, CENTER, EDGE]) == [500, 599, 500, 599]


def test_a_rate_limited_request_stays_one_while_latched() -> None:
    model = '{"rate_limit": {"max_rate": 0.1}, "error": {"fraction": 100}, "latch": {"fraction": 100}}'
    assert statuses(model, [0, 0.1, 0.2]) == [599, 429, 429]
