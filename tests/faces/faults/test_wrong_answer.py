from collections.abc import Callable

import pytest

from faces.faults import FaultModel, Plan, parse_model
from faces.faults.wrong_answer import wrong

Planned = Callable[..., list[Plan]]
REQUESTS = 5000


@pytest.mark.parametrize("fraction", [0, 1, 5, 40, 99.5, 100])
def test_the_share_of_wrong_answers_is_the_one_asked_for_and_none_of_them_fails_or_waits(
    fraction: float, planned: Planned, bounds: Callable[[int, float], range]
) -> None:
    plans = planned(parse_model(f'{{"wrong_answer": {{"fraction": {fraction}}}}}'), REQUESTS)
    struck = [plan for plan in plans if plan != Plan()]
    assert len(struck) in bounds(REQUESTS, fraction)
    assert all([change.kind for change in plan.changes] == ["wrong_answer"] for plan in struck)
    assert all((plan.waits, plan.failure, plan.cut) == ((), None, None) for plan in struck)


def test_values_are_replaced_by_others_of_their_kind_and_what_it_does_not_know_stays() -> None:
    good = {"smiley": "&#x1F603;", "color": "#66CCEE", "version": "v2", "errors": []}
    bad = wrong(good)
    assert list(bad) == list(good)
    assert (bad["version"], bad["errors"]) == ("v2", [])
    for name in ("smiley", "color"):
        assert bad[name] != good[name]
        assert len(bad[name]) == len(good[name])


def test_a_failure_beside_it_stays_a_failure(planned: Planned) -> None:
    model = '{"error": {"fraction": 100}, "wrong_answer": {"fraction": 100}}'
    (plan,) = planned(parse_model(model), 1)
    assert plan.failure is not None
    assert planned(FaultModel(), 1) == [Plan()]
