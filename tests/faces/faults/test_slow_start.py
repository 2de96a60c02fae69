import random
from collections.abc import Callable

from faces.faults import Call, Condition, Phase, Plan, Wait, parse_model

Planned = Callable[..., list[Plan]]


def test_the_first_requests_are_late_for_so_long_and_all_others_are_not(planned: Planned) -> None:
    plans = planned(parse_model('{"slow_start": {"ms": 500, "for_s": 5}}'), 10)
    assert plans == [Plan(waits=(Wait("slow_start", 0.5),))] * 5 + [Plan()] * 5


def test_the_time_is_counted_from_the_first_request_that_it_meets(planned: Planned) -> None:
    calls = [Call("center", "alice")] * 3 + [Call("edge", "alice")] * 3
    plans = planned(parse_model('{"slow_start": {"ms": 500, "for_s": 2, "cells": "edge"}}'), calls)
    assert [len(plan.waits) for plan in plans] == [0, 0, 0, 1, 1, 0]


def test_it_is_ready_after_the_time_it_was_given() -> None:
    (fault,) = parse_model('{"slow_start": {"ready_after_s": 3}}').lasting().values()
    assert list(fault.course(lambda: 0, random.Random(1))) == [Phase(Condition(ready=False), 3)]


def test_it_begins_neither_slow_nor_late_unless_it_is_told_to(planned: Planned) -> None:
    assert planned(parse_model('{"slow_start": {}}'), 3) == [Plan()] * 3
