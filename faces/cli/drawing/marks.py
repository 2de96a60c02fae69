"""Shapes and colours of states, the same everywhere in a terminal: what a shape says, a colour only repeats."""

from rich.text import Text

# Phases of Rollouts, AnalysisRuns and measurements, in Argo's words.
_MARKS = {
    "Healthy": ("✓", "green"),
    "Successful": ("✓", "green"),
    "Degraded": ("✗", "bold red"),
    "Failed": ("✗", "bold red"),
    "Error": ("!", "bold yellow"),
    "Inconclusive": ("?", "yellow"),
    "Paused": ("‖", "cyan"),
    "Progressing": ("▸", "cyan"),
    "Running": ("▸", "cyan"),
}
_PENDING = ("·", "dim")
# Words of a measurement's phase, as the page has them.
WORDS = {
    "Successful": "good",
    "Failed": "bad",
    "Inconclusive": "cannot tell yet",
    "Error": "could not be measured",
}
ELLIPSIS = "…"


def mark(phase: str) -> str:
    return _MARKS.get(phase, _PENDING)[0]


def style(phase: str) -> str:
    return _MARKS.get(phase, _PENDING)[1]


def marked(phase: str, words: str | None = None) -> Text:
    """`✗ Failed`: the shape in its colour, and words (default: the phase itself)."""
    said = phase if words is None else words
    return Text(f"{mark(phase)} {said}".rstrip(), style(phase))


def cropped(line: Text, width: int) -> Text:
    """The line, or as much of it as fits, with an ellipsis at its end."""
    if line.cell_len <= width:
        return line
    short = line.copy()
    short.truncate(width, overflow="ellipsis")
    return short
