"""How wide the plot is, and what fits into it: one drawing for a desk or paper, one for a phone.

Lengths are in inches; text is 12 points high, and as it is drawn in the page's own font, its width is an estimate.
"""

from dataclasses import dataclass

_POINTS = 72
_LETTER = 6.6  # points


@dataclass(frozen=True, slots=True)
class Canvas:
    name: str
    width: float
    left: float = 0.95  # for ticks as long as `1,000,000`
    right: float = 0.2
    keys_in_a_row: int = 6

    @property
    def panel(self) -> float:
        """The width of a panel."""
        return self.width - self.left - self.right

    def share(self, text: str) -> float:
        """How much of a panel's width a text takes."""
        return len(text) * _LETTER / (self.panel * _POINTS)


WIDE = Canvas("wide", 11)
NARROW = Canvas("narrow", 5, right=0.12, keys_in_a_row=3)
