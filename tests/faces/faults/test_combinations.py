"""Several faults at once: what each request meets is defined, whatever is combined."""

from collections import Counter
from collections.abc import Callable
from itertools import combinations

import pytest

from faces.faults import KINDS, FaultModel, Plan, parse_model
from faces.faults.describing import describe

Planned = Callable[..., list[Plan]]
REQUESTS = 5000


def waits(plan: Plan) -> list[str]:
    return [wait.kind for wait in plan.waits]


def test_two_shares_are_independent_of_each_other(planned: Planned, bounds: Callable[[int, float], range]) -> None:
    model = parse_model('{"error": {"fraction": 40}, "tail_latency": {"fraction": 10, "ms": 800}}')
    plans = planned(model, REQUESTS)
    both = Counter((plan.failure is not None, bool(plan.waits)) for plan in plans)
    expected = {(True, True): 4, (True, False): 36, (False, True): 6, (False, False): 54}
    assert all(both[seen] in bounds(REQUESTS, share) for seen, share in expected.items())


def test_a_p99_of_50_ms_becomes_one_of_2_s_while_the_median_stays_and_nothing_fails(planned: Planned) -> None:
    model = parse_model('{"delay": {"buckets_ms": [50]}, "tail_latency": {"fraction": 3, "ms": 1950}}')
    plans = planned(model, REQUESTS)
    late = sorted(sum(wait.seconds or 0 for wait in plan.waits) for plan in plans)
    assert (late[REQUESTS // 2], late[REQUESTS * 99 // 100]) == (0.05, 2.0)
    assert all(plan.failure is None for plan in plans)


def test_a_slow_start_with_errors_is_both_and_then_the_errors_alone(planned: Planned) -> None:
    model = parse_model('{"error": {"fraction": 100}, "slow_start": {"ms": 500, "for_s": 2}}')
    plans = planned(model, 4)
    assert [waits(plan) for plan in plans] == [["slow_start"]] * 2 + [[]] * 2
    assert all(plan.failure is not None and plan.failure.kind == "error" for plan in plans)


def test_waits_add_up_in_the_order_of_the_kinds(planned: Planned) -> None:
    model = parse_model(
        '{"tail_latency": {"fraction": 100, "ms": 1}, "delay": {"buckets_ms": [1]}, "hang": {"fraction": 100},'
        ' "slow_start": {"ms": 1}, "slow_under_load": {"above": 0.1, "ms": 1}}'
    )
    assert waits(planned(model, 1)[0]) == ["hang", "delay", "tail_latency", "slow_under_load", "slow_start"]


@pytest.mark.parametrize(
    ("kinds", "kind"),
    [
        (["error", "rate_limit"], "rate_limit"),
        (["first_try", "error"], "error"),
        (["first_try", "error", "latch"], "latch"),
        (["first_try", "rate_limit"], "rate_limit"),
    ],
)
def test_a_request_fails_once_and_the_first_fault_in_the_order_of_kinds_decides_how(
    kinds: list[str], kind: str, planned: Planned
) -> None:
    settings = {name: {"max_rate": 0.01} if name == "rate_limit" else {"fraction": 100} for name in kinds}
    (plan,) = planned(FaultModel.model_validate(settings), 1)
    assert plan.failure is not None
    assert plan.failure.kind == kind


CUTS = ("reset", "fin", "reset_body", "truncated_body")


@pytest.mark.parametrize(("first", "second"), list(combinations(CUTS, 2)))
def test_a_connection_ends_once_by_what_leaves_the_least_of_the_answer(
    first: str, second: str, planned: Planned
) -> None:
    model = FaultModel.model_validate({kind: {"fraction": 100} for kind in (second, first)})
    (plan,) = planned(model, 1)
    assert plan.cut is not None
    assert plan.cut.kind == first


def test_a_later_fault_takes_over_where_an_earlier_one_has_not_struck(
    planned: Planned, bounds: Callable[[int, float], range]
) -> None:
    model = parse_model('{"reset": {"fraction": 20}, "truncated_body": {"fraction": 50}}')
    seen = Counter(plan.cut.kind if plan.cut else "" for plan in planned(model, REQUESTS))
    for kind, share in (("reset", 20), ("truncated_body", 40), ("", 40)):
        assert seen[kind] in bounds(REQUESTS, share)


def kinds_of(plan: Plan) -> set[str]:
    single = [effect.kind for effect in (plan.failure, plan.drip, plan.cut) if effect is not None]
    return {*single, *(effect.kind for effects in (plan.waits, plan.changes, plan.garblings) for effect in effects)}


def test_any_two_kinds_can_be_on_at_once_and_nothing_else_is_met_then(planned: Planned) -> None:
    models = {kind.name: parse_model(kind.example) for kind in describe()}
    for first, second in combinations(KINDS, 2):
        both = models[first].model_copy(update={second: models[second].get(second)})
        assert parse_model(both.model_dump_json(exclude_none=True)) == both
        on = set(both.as_json())
        assert {first, second} <= on
        assert all(kinds_of(plan) <= on for plan in planned(both, 20))
