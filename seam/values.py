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
_MORE_DECIMALS = 6


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
    decimals = _first_decimals(value, unit)
    most = decimals + _MORE_DECIMALS
    shown = round(_scaled(value, unit), decimals)
    while bound is not None and decimals < most and _as_shown(bound, unit).holds(shown) != bound.holds(value):
        decimals += 1
        shown = round(_scaled(value, unit), decimals)
    return _with_unit(_digits(shown, decimals), unit)


def text_in_words(text: str, unit: str, bound: Bound | None = None) -> str:
    """The same of a measurement's value; `no data` of an empty one, and what is no number as it is."""
    value = number(text)
    if value is not None:
        return in_words(value, unit, bound)
    bare = text.strip().strip("[]").strip()
    return "no data" if bare in ("", "NaN") else text


def demand_in_words(bound: Bound, unit: str) -> str:
    """`at least 95 %`, `at most 500 ms`."""
    # As many digits as it was written with, without the noise of binary fractions.
    return f"{_WORDS[bound.op]} {_with_unit(_digits(_scaled(bound.value, unit), 9), unit)}"


def _scaled(value: float, unit: str) -> float:
    return value * 100 if unit == RATIO else value


def _as_shown(bound: Bound, unit: str) -> Bound:
    """The bound in the unit of the words, without the noise of the multiplication."""
    return Bound(bound.op, round(_scaled(bound.value, unit), 9))


def _first_decimals(value: float, unit: str) -> int:
    """Whole milliseconds, tenths of a percent and of a second, and four digits of what has no unit."""
    if unit == MILLISECONDS:
        return 0
    if unit != PLAIN:
        return 1
    return max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0


def _digits(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {'%' if unit == RATIO else unit}".rstrip()
