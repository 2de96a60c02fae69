"""The success rate of stable and canary over time, and what is demanded, in a few rows of letters.

What is demanded is a row of its own: above it is good, and the rows below it are spread over what was bad.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.text import Text

from faces.cli.drawing.marks import mark, style
from faces.cli.drawing.tiles import CANARY_STYLE, STABLE_STYLE

STABLE, CANARY, DEMANDED = "─", "■", "┈"
_LABEL = 6
_LEAST_ROWS = 4


@dataclass(frozen=True, slots=True)
class Dot:
    """A measurement in a column."""

    column: int
    value: float
    phase: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Which row a share is in. `bound` None: nothing is demanded, and the rows are spread evenly."""

    rows: int
    low: float
    bound: float | None

    @classmethod
    def of(cls, rows: int, bound: float | None, values: Iterable[float]) -> "Scale":
        low = math.floor(min([0.9, *values]) * 10) / 10
        if bound is not None and low >= bound:
            low = max(0.0, math.floor((bound - 0.05) * 10) / 10)
        return cls(max(rows, _LEAST_ROWS), low, bound)

    def row(self, share: float) -> int:
        if self.bound is None:
            return round((1 - max(share, self.low)) / (1 - self.low) * (self.rows - 1))
        if share >= self.bound:
            return 0
        below = self.rows - 2
        return 2 + min(below - 1, int((self.bound - share) / (self.bound - self.low) * below))

    def label(self, row: int) -> str:
        named = {0: 1.0, self.rows - 1: self.low} | ({} if self.bound is None else {1: self.bound})
        return f"{named[row] * 100:g} %" if row in named else ""


def chart(
    stable: Sequence[float | None],
    canary: Sequence[float | None],
    dots: Sequence[Dot],
    rows: int,
    bound: float | None,
    demands: str,
) -> list[Text]:
    """A line for each row; each series has a value for each column, None where nobody answered."""
    known = [value for value in (*stable, *canary, *(dot.value for dot in dots)) if value is not None]
    scale = Scale.of(rows, bound, known)
    width = len(stable)
    cells: list[list[tuple[str, str]]] = [[(" ", "")] * width for _ in range(scale.rows)]
    if bound is not None:
        cells[1] = [(letter, "yellow") for letter in _rule(demands, width)]
    for series, shape, colour in ((stable, STABLE, STABLE_STYLE), (canary, CANARY, CANARY_STYLE)):
        for column, value in enumerate(series):
            if value is not None:
                cells[scale.row(value)][column] = (shape, colour)
    for dot in dots:
        if 0 <= dot.column < width:
            cells[scale.row(dot.value)][dot.column] = (mark(dot.phase), style(dot.phase))
    return [Text.assemble((f"{scale.label(row):>{_LABEL}} ", "dim"), *cells[row]) for row in range(scale.rows)]


def _rule(demands: str, width: int) -> str:
    words = f" {demands} demanded " if demands else ""
    return words.rjust(width, DEMANDED) if len(words) < width else DEMANDED * width


def axis(span: range, released_at: float | None) -> Text:
    """`-8 s` at the left and `+24 s` at the right, since the release; without one, how long ago the left end is."""
    width = len(span)
    if released_at is None:
        left, right = f"{span.start - span.stop + span.step} s", "now"
    else:
        left, right = (f"{t - int(released_at):+d} s" for t in (span[0], span[-1]))
    return Text(" " * (_LABEL + 1) + left + right.rjust(width - len(left)), "dim")


def width_of(room: int) -> int:
    """How many columns the lines have where the whole chart has `room`."""
    return max(8, room - _LABEL - 1)
