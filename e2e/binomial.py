"""What chance alone would give: exact binomial bounds."""

from math import comb, exp, lgamma, log


def bounds(trials: int, probability: float, confidence: float = 0.999) -> tuple[int, int]:
    """The smallest range around the middle that holds `confidence` of the outcomes, half of the rest on each side."""
    tail = (1 - confidence) / 2
    masses = [_mass(trials, successes, probability) for successes in range(trials + 1)]
    return _first_past(masses, tail), trials - _first_past(masses[::-1], tail)


def at_most_rate(found: int, trials: int, confidence: float = 0.95) -> float:
    """The largest rate that is not refuted by `found` of `trials` (one-sided, after Clopper and Pearson)."""
    low, high = found / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if sum(_mass(trials, successes, middle) for successes in range(found + 1)) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _first_past(masses: list[float], tail: float) -> int:
    total = 0.0
    for index, mass in enumerate(masses):
        total += mass
        if total > tail:
            return index
    raise AssertionError("the masses of a distribution sum to one")


def _mass(trials: int, successes: int, probability: float) -> float:
    if trials < 100:
        return comb(trials, successes) * probability**successes * (1 - probability) ** (trials - successes)
    ways = lgamma(trials + 1) - lgamma(successes + 1) - lgamma(trials - successes + 1)
    return exp(ways + successes * log(probability) + (trials - successes) * log(1 - probability))
