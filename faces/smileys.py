"""Smileys by name, as HTML character references: those a page can show without thinking about encodings."""

import re
from collections.abc import Mapping

SMILEYS: Mapping[str, str] = {
    "Grinning": "&#x1F603;",
    "Sleeping": "&#x1F634;",
    "Cursing": "&#x1F92C;",
    "Kaboom": "&#x1F92F;",
    "HeartEyes": "&#x1F60D;",
    "Neutral": "&#x1F610;",
    "RollingEyes": "&#x1F644;",
    "Screaming": "&#x1F631;",
    "Vomiting": "&#x1F92E;",
}
UNKNOWN = SMILEYS["Vomiting"]

_REFERENCES = re.compile(r"(?:&#x[0-9A-Fa-f]{1,6};)+")
_CODE_POINT = re.compile(r"U\+([0-9A-Fa-f]{1,6})")


def is_smiley(name: str) -> bool:
    return name == "Vomiting" or smiley_of(name) != UNKNOWN


def smiley_of(name: str) -> str:
    """The smiley for a name, "&#x1F603;", "U+1F603" or an emoji itself; whatever is none of them vomits.

    A literal emoji is spelled out, too, so that no text from the environment reaches a page as markup.
    """
    if name in SMILEYS or _REFERENCES.fullmatch(name):
        return SMILEYS.get(name, name)
    if match := _CODE_POINT.fullmatch(name):
        return f"&#x{match[1].upper()};"
    if any(ord(character) > 127 for character in name):
        return "".join(f"&#x{ord(character):X};" for character in name)
    return UNKNOWN
