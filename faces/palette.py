"""Colors by name: Paul Tol's "bright" scheme, which color-blind people can tell apart, and greys.

Source: https://sronpersonalpages.nl/~pault/. As in the reference demo, "darkblue" is his blue, "blue" his
cyan.
"""

import re
from collections.abc import Mapping

COLORS: Mapping[str, str] = {
    "grey": "#BBBBBB",
    "black": "#000000",
    "white": "#FFFFFF",
    "darkblue": "#4477AA",
    "blue": "#66CCEE",
    "green": "#228833",
    "yellow": "#CCBB44",
    "red": "#EE6677",
    "purple": "#AA3377",
}
UNKNOWN = COLORS["yellow"]

_HEX = re.compile(r"#(?:[0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})")


def is_color(name: str) -> bool:
    return name in COLORS or _HEX.fullmatch(name) is not None


def color_of(name: str) -> str:
    """The CSS color for a name or "#hex"; whatever is neither looks yellow."""
    return COLORS.get(name) or (name if is_color(name) else UNKNOWN)
