"""A metric's numbers in words: the same on the page, in the terminal, in a report and in JSON.

What a number means is its `unit`, which an AnalysisTemplate names in an annotation
(`faces.dev/unit.success-rate: ratio`); nothing is guessed from a metric's name or from the size of a number.
"""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

RATIO, MILLISECONDS, SECONDS, PLAIN = "ratio", "ms", "s", ""
UNITS = (RATIO, MILLISECONDS, SECONDS, PLAIN)
# An AnalysisTemplate says with this prefix, followed by a metric's name, what the metric's unit is.
UNIT_ANNOTATION = "faces.dev/unit."

_HOLDS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}
_WORDS = {">=": "at least", ">": "more than", "<=": "at most", "<": "less than", "==": "exactly"}
_MOST_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Bound:
    """What one number has to be: `op` is one of >=, >, <=, < and ==."""

    op: str
    value: float

    def holds(self, value: float) -> bool:
        return _HOLDS[self.op](value, self.value)


def number(text: str) -> float | None:
    """The first number of a measurement's value, which Argo keeps as text: `[0.98]`, `[0.98,1]` and `0.98` are 0.98.

    None for `[]`, `NaN` and whatever else is no number.
    """
    try:
        parsed = float(text.strip().strip("[]").split(",")[0])
    except ValueError:
        return None
    return parsed if math.isfinite(parsed) else None


def in_words(value: float, unit: str, bound: Bound | None = None) -> str:
    """`63.6 %` (ratio), `812 ms`, `1.2 s`, `17`.

    Never rounded across `bound`: 94.97 % of a demanded 95 % is not shown as 95 %.
    """
    decimals = 0 if unit == MILLISECONDS else 1
    while True:
        shown = round(_scaled(value, unit), decimals)
        if bound is None or decimals >= _MOST_DECIMALS or bound.holds(_unscaled(shown, unit)) == bound.holds(value):
            return _with_unit(_plain(value) if unit == PLAIN and bound is None else _digits(shown, decimals), unit)
        decimals += 1


def text_in_words(text: str, unit: str, bound: Bound | None = None) -> str:
    """The same of a measurement's value; `no data` of an empty one, and what is no number as it is."""
    value = number(text)
    if value is not None:
        return in_words(value, unit, bound)
    bare = text.strip().strip("[]").strip()
    return "no data" if bare in ("", "NaN") else text


def demand_in_words(bound: Bound, unit: str) -> str:
    """`at least 95 %`, `at most 500 ms`."""
    return f"{_WORDS[bound.op]} {_with_unit(_plain(_scaled(bound.value, unit)), unit)}"


def _scaled(value: float, unit: str) -> float:
    return value * 100 if unit == RATIO else value


def _unscaled(value: float, unit: str) -> float:
    return value / 100 if unit == RATIO else value


def _digits(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _plain(value: float) -> str:
    """As many digits as the number has, without the noise of binary fractions."""
    text = f"{value:.6g}"
    return f"{float(text):,.0f}" if "e" in text and value.is_integer() else text


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {'%' if unit == RATIO else unit}".rstrip()
