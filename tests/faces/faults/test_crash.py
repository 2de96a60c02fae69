import itertools
import math
import random
from collections.abc import Callable

import pytest

from faces.faults import HEALTHY, Condition, FaultsRefusedError, LastingFault, parse_model
from faces.faults.crash import LOOK_S


def crash(settings: str) -> LastingFault:
    (fault,) = parse_model(f'{{"crash": {settings}}}').lasting().values()
    return fault


def ends_after(fault: LastingFault, rate: Callable[[float], float], limit_s: float = 60) -> float | None:
    """The seconds until it ends, where so many requests a second have come in each moment; None: it does not."""
    now, asked = 0.0, [100.0]  # it is switched on in a replica that has served before
    course = fault.course(lambda: math.floor(asked[0] + 1e-6), random.Random(1))
    for phase in itertools.islice(course, round(limit_s / LOOK_S)):
        if phase.condition != HEALTHY:
            assert phase.condition == Condition(exits=1)
            assert phase.seconds is None
            return now
        assert phase.seconds is not None
        asked[0] += rate(now) * phase.seconds
        now += phase.seconds
    return None


def test_without_a_condition_it_ends_at_once_but_after_the_answer_to_whoever_switched_it_on() -> None:
    assert ends_after(crash("{}"), lambda _: 0) == LOOK_S


@pytest.mark.parametrize(("rate", "seconds"), [(10, 5.0), (50, 1.0), (1, 50.0), (0, None)])
def test_it_ends_after_so_many_requests_since_it_was_switched_on(rate: float, seconds: float | None) -> None:
    ended = ends_after(crash('{"after_requests": 50}'), lambda _: rate)
    assert ended == (None if seconds is None else pytest.approx(seconds, abs=1.01 * LOOK_S))


@pytest.mark.parametrize("rate", [0, 1, 10, 19, 20])
def test_it_bears_the_load_that_it_bears(rate: float) -> None:
    assert ends_after(crash('{"above": 20}'), lambda _: rate) is None


@pytest.mark.parametrize(("rate", "seconds"), [(21, 2.0), (40, 1.0), (400, 0.1)])
def test_it_ends_under_more_once_two_seconds_have_had_more_than_that(rate: float, seconds: float) -> None:
    assert ends_after(crash('{"above": 20}'), lambda _: rate) == pytest.approx(seconds, abs=1.01 * LOOK_S)


def test_a_burst_that_is_over_is_forgotten() -> None:
    assert ends_after(crash('{"above": 20}'), lambda now: 30 if now % 4 < 1 else 5) is None


def test_whichever_comes_first() -> None:
    fault = crash('{"above": 20, "after_requests": 100}')
    assert ends_after(fault, lambda _: 10) == pytest.approx(10, abs=1.01 * LOOK_S)
    assert ends_after(fault, lambda _: 50) == pytest.approx(1, abs=0.3)


def test_with_the_exit_code_that_it_is_given() -> None:
    for code in (0, 255):
        *_, last = itertools.islice(crash(f'{{"exit_code": {code}}}').course(lambda: 0, random.Random(1)), 2)
        assert last.condition == Condition(exits=code)
    with pytest.raises(FaultsRefusedError, match=r"^crash.exit_code should be less than or equal to 255, not 256\.$"):
        crash('{"exit_code": 256}')
    with pytest.raises(FaultsRefusedError, match=r"^crash.after_requests should be greater than 0, not 0\.$"):
        crash('{"after_requests": 0}')
