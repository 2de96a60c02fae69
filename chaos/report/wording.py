"""Figures as people read them, the same in the sentence, the page and the summary."""

from seam.releases import Outcome
from seam.values import MILLISECONDS, RATIO, in_words

# What follows the name of a release.
ENDED = {
    Outcome.PROMOTED: "was promoted",
    Outcome.ROLLED_BACK: "was rolled back",
    Outcome.PAUSED: "was left waiting for a person",
    Outcome.UNDECIDED: "did not end",
}
SHOULD = {
    Outcome.PROMOTED: "should have been promoted",
    Outcome.ROLLED_BACK: "should have been rolled back",
    Outcome.PAUSED: "should have waited for a person",
    Outcome.UNDECIDED: "should not have ended",
}


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def seconds(value: float | None) -> str:
    """Always with a decimal, so that times in a column stand below one another."""
    return "–" if value is None else f"{value:,.1f} s"


def ms(value: float | None) -> str:
    return "–" if value is None else in_words(value, MILLISECONDS)


def percent(share: float) -> str:
    """A share (0 to 1) in percent, with a decimal only where it says something."""
    return in_words(share, RATIO)


def since_release(t: float) -> str:
    """A time relative to the release, with its sign: -4.0 s is before it."""
    return f"{t:+,.1f} s".replace("-", "−")


def how_often(times: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(times, f"{times:,} times")
