r"""Go's regular expressions, by RE2 itself: its time is linear in the text, whatever the pattern.

Go's are a translation of RE2 and say the same of nearly all patterns; this file is about the rest. Where RE2 knows more
than Go, the pattern is refused as Go refuses it, and what RE2 refuses is said in Go's words. Three differences
remain: RE2 may know newer characters, it refuses very large patterns earlier, and it knows one spelling of a
class's name only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import re2

if TYPE_CHECKING:
    from collections.abc import Callable

_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPE = re.compile(r"\\Q.*?(?:\\E|\Z)|\\[pP]\{[^}]*\}|\\.", re.DOTALL)
_COUNT = re.compile(r"\{(\d+)(?:,(\d*))?\}\Z")
_CLASS = re.compile(r"\\[pP](?:\{[^}]+\}|[CLMNPSZclmnpsz])")
_MOST_REPETITIONS = 1_000
# RE2's words for a problem, and Go's.
_IN_GO = {
    "bad repetition operator": "invalid nested repetition operator",
    "invalid named capture group": "invalid named capture",
    "invalid perl operator": "invalid or unsupported Perl syntax",
    "invalid repetition size": "invalid repeat count",
    "missing )": "missing closing )",
    "missing ]": "missing closing ]",
    "no argument for repetition operator": "missing argument to repetition operator",
    "trailing \\": "trailing backslash at end of expression",
}


@dataclass(frozen=True, slots=True)
class Pattern:
    _search: Callable[[str], object]

    def found_in(self, text: str) -> bool:
        """Whether it matches anywhere. Go reads each byte that is not UTF-8 as the character U+FFFD."""
        return self._search(_SURROGATE.sub("\ufffd", text)) is not None


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Pattern:
    """Raises ValueError, with Go's text, for a pattern that Go would refuse."""
    strange = _SURROGATE.search(pattern)
    if strange is not None:
        raise _unreadable("invalid UTF-8", pattern[strange.start() :])
    compiled = _compiled(pattern)
    _check_known_to_go(pattern, compiled.groupindex)
    if r"\B" not in pattern:
        return Pattern(compiled.search)
    # RE2 looks at bytes: between the two of an é it finds a \B as well. A match has to begin with a character.
    try:
        return Pattern(_compiled(f"(?s:.*?)(?:{pattern})").match)
    except ValueError:  # a \Q without an end has taken the bracket
        return Pattern(_compiled(rf"(?s:.*?)(?:{pattern}\E)").match)


def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise _in_gos_words(error.args[0].decode(errors="replace"), pattern) from None


def _unreadable(problem: str, part: str) -> ValueError:
    return ValueError(f"error parsing regexp: {problem}: `{part}`")


def _check_known_to_go(pattern: str, names: dict[str, int]) -> None:
    for escape in _ESCAPE.findall(pattern):
        if escape == r"\C":
            raise _unreadable("invalid escape sequence", escape)
        if escape.startswith((r"\p{", r"\P{")) and "_" in escape:
            raise _unreadable("invalid character class range", escape)
    for name in names:
        written = re.search(rf"\(\?P?<{re.escape(name)}>", pattern)
        if written is not None and not name.isascii():
            raise _unreadable("invalid named capture", written[0])


def _in_gos_words(problem: str, pattern: str) -> ValueError:
    kind, _, part = problem.partition(": ")
    match kind:
        case "invalid UTF-8":  # so RE2 calls an escape that never ends; the pattern itself is UTF-8
            return _unreadable("invalid escape sequence", r"\x{")
        case "invalid character class range" if _CLASS.fullmatch(part):
            return _unreadable("this engine does not know the character class", part)
        case "invalid perl operator" if part.startswith(("(?<=", "(?<!")):
            named = pattern[pattern.find(part) :]
            return _unreadable("invalid named capture", "".join(named.partition(">")[:2]))
        case "bad repetition operator" | "invalid repetition size":
            count = _COUNT.search(part.removesuffix("?"))
            if count is not None and _is_no_count(count):
                return _unreadable("invalid repeat count", count[0])
    if kind.startswith("pattern too large"):
        return _unreadable("expression too large", pattern)
    return _unreadable(_IN_GO.get(kind, kind), part)


def _is_no_count(written: re.Match[str]) -> bool:
    least = int(written[1])
    most = int(written[2]) if written[2] else least
    return most < least or most > _MOST_REPETITIONS
