from collections.abc import Callable

import pytest

from faces.faults import Drip, Plan, parse_model

Planned = Callable[..., list[Plan]]
REQUESTS = 5000


@pytest.mark.parametrize("fraction", [0, 1, 5, 40, 99.5, 100])
def test_the_share_of_answers_that_drip_is_the_one_asked_for(
    fraction: float, planned: Planned, bounds: Callable[[int, float], range]
) -> None:
    plans = planned(parse_model(f'{{"slow_body": {{"fraction": {fraction}, "ms": 250}}}}'), REQUESTS)
    struck = [plan for plan in plans if plan != Plan()]
    assert len(struck) in bounds(REQUESTS, fraction)
    assert set(struck) <= {Plan(drip=Drip("slow_body", 0.25))}
