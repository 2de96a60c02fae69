from collections.abc import Callable

import pytest

from faces.faults import Call, Cut, Plan, parse_model

Planned = Callable[..., list[Plan]]
REQUESTS = 5000


@pytest.mark.parametrize("fraction", [0, 1, 5, 40, 99.5, 100])
def test_the_share_of_resets_is_the_one_asked_for(
    fraction: float, planned: Planned, bounds: Callable[[int, float], range]
) -> None:
    plans = planned(parse_model(f'{{"reset": {{"fraction": {fraction}}}}}'), REQUESTS)
    struck = [plan for plan in plans if plan != Plan()]
    assert len(struck) in bounds(REQUESTS, fraction)
    assert set(struck) <= {Plan(cut=Cut("reset", "reset"))}


def test_it_can_be_narrowed_down_to_cells_and_user(planned: Planned) -> None:
    model = parse_model('{"reset": {"fraction": 100, "cells": "edge", "user": "alice"}}')
    calls = [Call("edge", "alice"), Call("center", "alice"), Call("edge", "bob")]
    assert [plan.cut is not None for plan in planned(model, calls)] == [True, False, False]


def test_it_leaves_less_of_an_answer_than_what_cuts_a_body_so_it_wins(planned: Planned) -> None:
    (plan,) = planned(parse_model('{"truncated_body": {"fraction": 100}, "reset": {"fraction": 100}}'), 1)
    assert plan.cut == Cut("reset", "reset")
