import random
from collections import Counter
from collections.abc import Awaitable, Callable

from faces.faults import Call, Failure, Faults, parse_model

Drill = Callable[..., Awaitable[tuple[list[Failure | None], Counter[str], list[float]]]]
CENTER, EDGE = Call("center", "alice"), Call("edge", "alice")


def limited(model: str, moments: list[float], calls: list[Call] | None = None) -> list[bool]:
    clock = iter(moments)
    faults = Faults(parse_model(model), clock=lambda: next(clock), rng=random.Random(1))
    return [faults.plan(call).failure is not None for call in calls or [CENTER] * len(moments)]


def test_exactly_the_rate_is_let_through_and_the_next_one_is_not() -> None:
    burst = limited('{"rate_limit": {"max_rate": 2}}', [1000.0] * 25)
    assert burst == [False] * 20 + [True] * 5


def test_a_steady_load_at_the_rate_is_never_limited() -> None:
    assert not any(limited('{"rate_limit": {"max_rate": 5}}', [tick / 5 for tick in range(500)]))


def test_a_steady_load_above_the_rate_is_limited_altogether_because_refused_requests_count() -> None:
    seen = limited('{"rate_limit": {"max_rate": 5}}', [tick / 6 for tick in range(600)])
    assert all(seen[60:])
    assert not any(seen[:50])


def test_after_ten_quiet_seconds_all_is_forgotten() -> None:
    model = '{"rate_limit": {"max_rate": 1}}'
    assert limited(model, [0.0] * 11 + [9.9, 10.0, 100.0])[-4:] == [True, True, False, False]


def test_the_oldest_second_leaves_the_window_first() -> None:
    model = '{"rate_limit": {"max_rate": 1}}'
    moments = [0.0] * 5 + [5.0] * 5 + [9.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0]
    assert limited(model, moments) == [False] * 10 + [True] + [False] * 4 + [True] * 2


def test_only_covered_requests_are_measured() -> None:
    model = '{"rate_limit": {"max_rate": 0.1, "cells": "edge"}}'
    assert limited(model, [0, 0, 0, 0], [CENTER, CENTER, EDGE, EDGE]) == [False, False, False, True]


async def test_the_answer_is_429_and_counted(drill: Drill) -> None:
    failures, counted, _ = await drill(parse_model('{"rate_limit": {"max_rate": 1}}'), 25, step=0)
    assert [failure.status for failure in failures if failure] == [429] * 15
    assert counted == Counter({"rate_limit": 15})


async def test_a_limited_request_gets_no_further_so_it_has_no_error(drill: Drill) -> None:
    model = parse_model('{"rate_limit": {"max_rate": 0.01}, "error": {"fraction": 100}}')
    failures, counted, _ = await drill(model, 4, step=0)
    assert [failure.status for failure in failures if failure] == [429] * 4
    assert counted == Counter({"rate_limit": 4})
