"""Figures as people read them, the same in the sentence, the page and the summary."""


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f} s"


def ms(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f} ms"


def percent(share: float) -> str:
    """A share (0 to 1) in percent, with a decimal only where it says something."""
    return f"{share * 100:.1f}".removesuffix(".0") + " %"


def since_release(t: float) -> str:
    """A time relative to the release, with its sign: -4.0 s is before it."""
    return f"{t:+,.1f} s".replace("-", "−")
