"""One thing to tell, and whether it is good or bad news: the words say it, the mark and the colour only repeat it."""

from dataclasses import dataclass
from enum import Enum


class Tone(Enum):
    """(mark, style in the terminal)."""

    PLAIN = ("·", "")
    GOOD = ("✓", "bold green")
    BAD = ("✗", "bold red")


@dataclass(frozen=True, slots=True)
class Telling:
    sentence: str
    tone: Tone = Tone.PLAIN
