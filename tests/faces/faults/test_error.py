from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from faces.faults import Call, Failure, FaultModel, parse_model

Drill = Callable[..., Awaitable[tuple[list[Failure | None], Counter[str], list[float]]]]
REQUESTS = 5000


@pytest.mark.parametrize("fraction", [0, 1, 5, 40, 99.5, 100])
async def test_the_share_of_errors_is_the_one_asked_for_and_counted_exactly(
    fraction: float, drill: Drill, bounds: Callable[[int, float], range]
) -> None:
    failures, counted, _ = await drill(parse_model(f'{{"error": {{"fraction": {fraction}}}}}'), REQUESTS)
    failed = sum(failure is not None for failure in failures)
    assert failed in bounds(REQUESTS, fraction)
    assert counted == Counter({"error": failed})


async def test_the_status_is_500_unless_another_one_is_asked_for(drill: Drill) -> None:
    for text, status in (('{"fraction": 100}', 500), ('{"fraction": 100, "status": 503}', 503)):
        failures, _, _ = await drill(parse_model(f'{{"error": {text}}}'), 3)
        assert [failure.status for failure in failures if failure] == [status] * 3


@pytest.mark.parametrize(
    ("call", "hit"),
    [
        (Call("edge", "alice"), True),
        (Call("center", "alice"), False),
        (Call("edge", "bob"), False),
    ],
)
async def test_cells_and_user_narrow_it_down(call: Call, hit: bool, drill: Drill) -> None:  # noqa: FBT001
    model = parse_model('{"error": {"fraction": 100, "cells": "edge", "user": "alice"}}')
    failures, counted, _ = await drill(model, 2, call=call)
    assert [failure is not None for failure in failures] == [hit] * 2
    assert counted.total() == 2 * hit


async def test_the_same_seed_gives_the_same_errors(drill: Drill) -> None:
    model = parse_model('{"error": {"fraction": 50}}')
    first, _, _ = await drill(model, 100, seed=3)
    assert (await drill(model, 100, seed=3))[0] == first
    assert (await drill(model, 100, seed=4))[0] != first


async def test_no_model_injects_nothing(drill: Drill) -> None:
    assert await drill(FaultModel(), 3) == ([None] * 3, Counter(), [])
