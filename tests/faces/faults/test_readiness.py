import itertools
import random

import pytest

from faces.faults import HEALTHY, Condition, FaultsRefusedError, Phase, parse_model

NOT_READY = Condition(ready=False)


def course(settings: str, phases: int) -> list[Phase]:
    (fault,) = parse_model(f'{{"readiness": {settings}}}').lasting().values()
    return list(itertools.islice(fault.course(lambda: 0, random.Random(1)), phases))


def test_it_is_never_ready_unless_it_is_told_otherwise() -> None:
    assert course("{}", 1) == [Phase(NOT_READY, None)]


def test_it_is_ready_first_and_then_not_ready_again_and_again() -> None:
    phases = course('{"fraction": 30, "period_s": 10}', 6)
    assert phases == [Phase(HEALTHY, 7), Phase(NOT_READY, 3)] * 3


@pytest.mark.parametrize("fraction", [1, 5, 40, 99.5])
def test_the_share_of_the_time_is_what_was_asked_for(fraction: float) -> None:
    phases = course(f'{{"fraction": {fraction}, "period_s": 4}}', 200)
    lasted = [(phase.condition, phase.seconds or 0) for phase in phases]
    not_ready = sum(seconds for condition, seconds in lasted if condition == NOT_READY)
    assert sum(seconds for _, seconds in lasted) == pytest.approx(400)
    assert not_ready == pytest.approx(400 * fraction / 100)


def test_at_0_percent_it_is_always_ready() -> None:
    assert course('{"fraction": 0}', 9) == []


def test_a_period_that_no_probe_could_see_is_refused() -> None:
    with pytest.raises(
        FaultsRefusedError, match=r"^readiness.period_s should be greater than or equal to 0\.1, not 0\.$"
    ):
        course('{"period_s": 0}', 1)
