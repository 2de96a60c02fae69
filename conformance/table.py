"""A table of questions in which time plays no part, answered by Argo's own code and by the engine, and compared."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from conformance.trace import Difference


class Answer(NamedTuple):
    """`decision` must be the same on both sides; differences in `words` (such as an error's text) are counted apart."""

    decision: str
    words: str = ""

    def __str__(self) -> str:
        return f"{self.decision}: {self.words}" if self.words else self.decision


@dataclass(frozen=True, slots=True)
class Row:
    """One question, in one line of text (`asked`), and the answers of both sides."""

    asked: str
    real: Answer
    embedded: Answer
    drawn: bool = False  # at random
    apart: str = ""  # the feature that the engine does not support; it refuses the question, naming it

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
    """`name` is a plural: what the questions are about. `about` says in Markdown how answers are compared."""

    name: str
    about: str
    rows: tuple[Row, ...]

    @property
    def judged_alike(self) -> bool:
        return all(row.judged_alike for row in self.rows if not row.apart)

    @property
    def apart(self) -> Mapping[str, int]:
        """{feature that the engine does not support: number of questions}, the most frequent one first."""
        return dict(Counter(row.apart for row in self.rows if row.apart).most_common())

    @property
    def differences(self) -> list[Difference]:
        """Different decisions first, then different words."""
        found = [difference for row in self.rows if (difference := row.difference) is not None]
        return sorted(found, key=lambda one: not one.decisive)

    @property
    def figures(self) -> str:
        alike, worded = counted(self.rows)
        apart = f"; {sum(self.apart.values())} refused as unsupported" if self.apart else ""
        same = f"{alike} of {len(self.rows)} {self.name}: same verdict as Argo Rollouts"
        return f"{same}, {worded} with the same text, too{apart}."


def counted(rows: Sequence[Row]) -> tuple[int, int]:
    """How many have the same decision, and how many of those the same words, too."""
    return sum(row.judged_alike for row in rows), sum(row.judged_alike and row.difference is None for row in rows)
