"""The bounds that e2e and bench judge shares by, beside figures that one can look up."""

import pytest

from e2e.binomial import at_most_rate, bounds


@pytest.mark.parametrize(
    ("found", "trials", "rate"),
    [(0, 200, 0.01487), (0, 100, 0.02951), (1, 100, 0.04656), (5, 20, 0.45558), (20, 20, 1.0)],
)
def test_the_largest_rate_is_clopper_and_pearsons(found: int, trials: int, rate: float) -> None:
    assert at_most_rate(found, trials) == pytest.approx(rate, abs=2e-5)


@pytest.mark.parametrize(("trials", "low", "high"), [(10, 0, 8), (100, 16, 46), (1000, 253, 348)])
def test_bounds_hold_all_but_one_in_a_thousand(trials: int, low: int, high: int) -> None:
    assert bounds(trials, 0.3) == (low, high)
