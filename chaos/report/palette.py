"""Colours that stay apart for every eye (Paul Tol, "bright", https://sronpersonalpages.nl/~pault/), and
shapes.

Colour never speaks alone: each verdict has its own shape and each kind of harm its own hatching, so the plot
can be read in grey, too.
"""

from typing import NamedTuple

BLUE, CYAN, GREEN, YELLOW, RED, PURPLE, GREY = (
    "#4477AA",
    "#66CCEE",
    "#228833",
    "#CCBB44",
    "#EE6677",
    "#AA3377",
    "#BBBBBB",
)
LIGHT_BLUE = "#C9D8EA"  # blue as an area
INK = "#1B1F27"  # text and edges: dark on every colour above


class Mark(NamedTuple):
    """How a verdict is drawn: the plot's marker, the same sign as text, and the colour."""

    marker: str
    sign: str
    colour: str


VERDICTS = {
    "Successful": Mark("o", "●", GREEN),
    "Failed": Mark("X", "✖", RED),
    "Inconclusive": Mark("D", "◆", YELLOW),
    "Error": Mark("^", "▲", PURPLE),
}
UNDECIDED = Mark("s", "■", GREY)  # Pending, Running: no verdict yet

# Shades of phases by name: apart in grey, too, and white where nothing has happened yet.
PHASES = {"before": "#FFFFFF", "after": "#EAF8FD"}
DURING = "#F3EFD3"


def verdict_mark(phase: str) -> Mark:
    return VERDICTS.get(phase, UNDECIDED)
