"""A table of questions that take no time, asked of Argo's own code and of the engine, and compared answer by answer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from conformance.trace import Difference


class Answer(NamedTuple):
    """`decision` must be the same on both sides; `words` (an error's text, say) are counted apart."""

    decision: str
    words: str = ""

    def __str__(self) -> str:
        return f"{self.decision}: {self.words}" if self.words else self.decision


@dataclass(frozen=True, slots=True)
class Row:
    """One question, told in one line by `asked`, and what both made of it."""

    asked: str
    real: Answer
    embedded: Answer
    drawn: bool = False  # at random
    apart: str = ""  # what the engine does not know, and refuses by name

    @property
    def judged_alike(self) -> bool:
        return not self.apart and self.real.decision == self.embedded.decision

    @property
    def difference(self) -> Difference | None:
        if self.apart or self.real == self.embedded:
            return None
        return Difference(self.asked, self.real, self.embedded, decisive=not self.judged_alike)


@dataclass(frozen=True, slots=True)
class Table:
    """`name` says in the plural what was asked about, `about` in a paragraph of Markdown how it was compared."""

    name: str
    about: str
    rows: tuple[Row, ...]

    @property
    def judged_alike(self) -> bool:
        return all(row.judged_alike for row in self.rows if not row.apart)

    @property
    def apart(self) -> Mapping[str, int]:
        """What the engine refuses by name, the most frequent first, and how often."""
        return dict(Counter(row.apart for row in self.rows if row.apart).most_common())

    @property
    def differences(self) -> list[Difference]:
        """Those that decide come first."""
        found = [difference for row in self.rows if (difference := row.difference) is not None]
        return sorted(found, key=lambda one: not one.decisive)

    @property
    def figures(self) -> str:
        alike, worded = counted(self.rows)
        apart = f" {sum(self.apart.values())} are refused by name." if self.apart else ""
        return f"{alike} of {len(self.rows)} {self.name} judged alike, {worded} of them in the same words.{apart}"


def counted(rows: Sequence[Row]) -> tuple[int, int]:
    """How many are judged alike, and how many of those in the same words."""
    return sum(row.judged_alike for row in rows), sum(row.judged_alike and row.difference is None for row in rows)
