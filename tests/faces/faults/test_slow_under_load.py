import random
from collections.abc import Callable

import pytest

from faces.faults import Call, Faults, Plan, parse_model

Planned = Callable[..., list[Plan]]
MODEL = parse_model('{"slow_under_load": {"above": 10, "ms": 100, "max_ms": 5000}}')


def delays_ms(plans: list[Plan]) -> list[float]:
    return [sum(1000 * (wait.seconds or 0) for wait in plan.waits) for plan in plans]


@pytest.mark.parametrize("rate", [0.1, 1, 5, 9, 10])
def test_what_is_asked_up_to_the_bound_is_not_delayed(rate: float, planned: Planned) -> None:
    seen = delays_ms(planned(MODEL, 500, step=1 / rate))
    assert max(seen) <= 5  # ms, at the bound itself


@pytest.mark.parametrize("rate", [11, 15, 20, 50, 60])
def test_a_steady_load_above_it_is_delayed_by_so_much_for_each_request_a_second(rate: float, planned: Planned) -> None:
    steady = delays_ms(planned(MODEL, 30 * int(rate), step=1 / rate))[-int(rate) :]
    assert all(seen == pytest.approx(100 * (rate - 10), rel=0.01) for seen in steady)


def test_it_is_never_delayed_by_more_than_the_longest_delay(planned: Planned) -> None:
    seen = delays_ms(planned(MODEL, 3000, step=1 / 200))
    assert seen[-1] == max(seen) == 5000


def test_it_grows_with_the_load_and_recovers_with_it(planned: Planned) -> None:
    seen = delays_ms(planned(MODEL, 400, step=1 / 40))
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert delays_ms(planned(MODEL, [Call("center", "alice")] * 2, step=60)) == [0, 0]


def test_a_burst_that_is_over_does_no_harm_any_more() -> None:
    moments = [number / 100 for number in range(500)] + [30.0]
    clock = iter(moments)
    faults = Faults(MODEL, clock=lambda: next(clock), rng=random.Random(1))
    seen = delays_ms([faults.plan(Call("center", "alice")) for _ in moments])
    assert seen[-2] > 4000
    assert seen[-1] == 0
