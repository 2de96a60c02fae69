r"""Sets of characters as Go's regular expressions name them: `\d`, `[:alpha:]`, `\pL`."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Ranges: TypeAlias = tuple[tuple[int, int], ...]

LAST = 0x10FFFF
ANY: Ranges = ((0, LAST),)
NOT_A_LINE_END: Ranges = ((0, 9), (11, LAST))


def _ranges(text: str) -> Ranges:
    """`a-z_` as it would stand in a class."""
    pairs = zip(text[::2], text[1::2], strict=True)
    return tuple((ord(low), ord(high)) for low, high in pairs)


_DIGIT, _UPPER, _LOWER = "09", "AZ", "az"
PERL = {
    "d": _ranges(_DIGIT),
    "s": _ranges("\t\n\f\r  "),
    "w": _ranges(_DIGIT + _UPPER + "__" + _LOWER),
}
POSIX = {
    "alnum": _ranges(_DIGIT + _UPPER + _LOWER),
    "alpha": _ranges(_UPPER + _LOWER),
    "ascii": _ranges("\0\x7f"),
    "blank": _ranges("\t\t  "),
    "cntrl": _ranges("\0\x1f\x7f\x7f"),
    "digit": _ranges(_DIGIT),
    "graph": _ranges("!~"),
    "lower": _ranges(_LOWER),
    "print": _ranges(" ~"),
    "punct": _ranges("!/:@[`{~"),
    "space": _ranges("\t\r  "),
    "upper": _ranges(_UPPER),
    "word": _ranges(_DIGIT + _UPPER + _LOWER + "__"),
    "xdigit": _ranges(_DIGIT + "AFaf"),
}
_CATEGORIES = frozenset(
    """C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs""".split()  # noqa: SIM905
)


@lru_cache(maxsize=16)
def unicode_class(name: str) -> Ranges | None:
    """A general category, by its one or two letters; None for what is none (a script, say)."""
    if name == "Any":
        return ANY
    if name not in _CATEGORIES:
        return None
    members = ((code, unicodedata.category(chr(code)).startswith(name)) for code in range(LAST + 1))
    found = []
    for inside, run in groupby(members, key=lambda member: member[1]):
        if inside:
            codes = [code for code, _ in run]
            found.append((codes[0], codes[-1]))
    return tuple(found)


def complement(ranges: Iterable[tuple[int, int]]) -> Ranges:
    found, free = [], 0
    for low, high in sorted(ranges):
        if low > free:
            found.append((free, low - 1))
        free = max(free, high + 1)
    return (*found, (free, LAST)) if free <= LAST else tuple(found)


def as_class(ranges: Iterable[tuple[int, int]]) -> str:
    """For Python's `re`."""
    shown = "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)
    return f"[{shown}]" if shown else "(?!)"
