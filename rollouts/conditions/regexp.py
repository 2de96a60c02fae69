r"""Go's regular expressions (RE2; Go: regexp/syntax/parse.go), written anew for Python's `re`.

Only whether they match is asked, so groups need no numbers and `?` after a repetition nothing. What Python would
read as something else (`$`, `\d`, `(?i)` in the middle), or Go does not know (`(?=`, `\1`), never gets there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from rollouts.conditions.character_classes import (
    ANY,
    NOT_A_LINE_END,
    PERL,
    POSIX,
    Ranges,
    as_class,
    complement,
    unicode_class,
)  # fmt: skip
from rollouts.conditions.errors import ConditionError

_MOST_REPETITIONS = 1_000
_DEEPEST = 1_000
_NESTING = "expression nests too deeply"
_ANCHORS = {"A": r"\A", "z": r"\Z", "b": r"(?a:\b)", "B": r"(?a:\B)|\A\Z"}
_SIMPLE_ESCAPES = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_REPEAT = re.compile(r"\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}")
_OCTAL = re.compile(r"\\([1-7][0-7]{1,2}|0[0-7]{0,2})")
_HEX = re.compile(r"\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\})")


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Use `.search`, as Go matches anywhere. ConditionError with Go's preamble for what cannot be read."""
    strange = re.search("[\udc80-\udcff]", pattern)
    if strange is not None:
        raise _unreadable("invalid UTF-8", pattern[strange.start() :])
    written = _Reader(pattern).read()
    try:
        return re.compile(written)
    except (re.error, OverflowError, RecursionError):
        raise _unreadable("expression too large", pattern) from None


def _unreadable(problem: str, part: str) -> ConditionError:
    return ConditionError(f"error parsing regexp: {problem}: `{part}`")


@dataclass(slots=True)
class _Group:
    """An open bracket: the flags outside of it, what has been written of it, and how often its dearest part repeats."""

    flags: frozenset[str]
    written: list[str] = field(default_factory=list)
    weight: int = 1


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._flags: frozenset[str] = frozenset()
        self._groups = [_Group(self._flags)]
        self._weights: list[int] = []  # of what may be repeated now: the last atom, if there is one
        self._repeated: int | None = None  # where the repetition began that has just been read

    def read(self) -> str:
        while self._at < len(self._pattern):
            start, repeated = self._at, self._repeated
            self._repeated = None
            self._one(self._pattern[start], start, repeated)
        if len(self._groups) > 1:
            raise _unreadable("missing closing )", self._pattern)
        return "".join(self._groups[0].written)

    def _one(self, character: str, start: int, repeated: int | None) -> None:
        self._at += 1
        if character == "(":
            self._open(start)
        elif character == ")":
            self._close()
        elif character == "|":
            self._groups[-1].written.append("|")
            self._weights.clear()
        elif character in "*+?":
            self._repeat(character, start, repeated, 1)
        elif character == "{" and (counted := _REPEAT.match(self._pattern, start)) is not None:
            self._at = counted.end()
            self._repeat(counted[0], start, repeated, _count(counted))
        else:
            self._atom(self._single(character, start))

    def _atom(self, written: str, weight: int = 1) -> None:
        self._groups[-1].written.append(written)
        self._weights[:] = [weight]

    def _single(self, character: str, start: int) -> str:
        if character == "[":
            return self._folded(self._class(start))
        if character == "\\":
            return self._escape(start)
        if character == ".":
            return as_class(ANY if "s" in self._flags else NOT_A_LINE_END)
        if character in "^$":
            lines = {"^": r"(?m:^)", "$": r"(?=\n|\Z)"} if "m" in self._flags else {"^": r"\A", "$": r"\Z"}
            return f"(?:{lines[character]})"
        return self._folded(re.escape(character))

    def _folded(self, written: str) -> str:
        return f"(?i:{written})" if "i" in self._flags else written

    def _open(self, start: int) -> None:
        outside = self._flags
        if self._pattern.startswith("?", self._at) and not self._perl(start):
            return  # flags for the rest of this group
        self._groups.append(_Group(outside))
        self._weights.clear()
        if len(self._groups) > _DEEPEST:
            raise _unreadable(_NESTING, self._pattern)

    def _perl(self, start: int) -> bool:
        """Whether `(?` opens a group."""
        rest = self._pattern[start:]
        if rest.startswith(("(?P<", "(?<")):
            name = re.match(r"\(\?P?<([^>]*)>", rest)
            if name is None or not re.fullmatch(r"[A-Za-z0-9_]+", name[1]):
                raise _unreadable("invalid named capture", rest if name is None else name[0])
            self._at = start + name.end()
            return True
        given = re.match(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])", rest)
        if given is None:
            read = re.match(r"\(\?[imsU]*(?:-[imsU]*)?.?", rest, re.DOTALL)
            raise _unreadable("invalid or unsupported Perl syntax", read[0] if read else rest)
        self._at = start + given.end()
        self._flags = (self._flags | set(given[1])) - set(given[2] or "")
        return given[3] == ":"

    def _close(self) -> None:
        if len(self._groups) == 1:
            raise _unreadable("unexpected )", self._pattern)
        group = self._groups.pop()
        self._flags = group.flags
        self._atom(f"(?:{''.join(group.written)})", group.weight)
        self._groups[-1].weight = max(self._groups[-1].weight, group.weight)

    def _repeat(self, operator: str, start: int, repeated: int | None, count: int) -> None:
        if count < 0 or count > _MOST_REPETITIONS:
            raise _unreadable("invalid repeat count", operator)
        if self._pattern.startswith("?", self._at):
            self._at += 1
        if repeated is not None:
            raise _unreadable("invalid nested repetition operator", self._pattern[repeated : self._at])
        written = self._pattern[start : self._at]
        if not self._weights:
            raise _unreadable("missing argument to repetition operator", written)
        weight = self._weights[0] * count
        if count >= 2 and weight > _MOST_REPETITIONS:
            raise _unreadable("invalid repeat count", written)
        group = self._groups[-1]
        group.written[-1] = f"(?:{group.written[-1]}){operator}"
        group.weight = max(group.weight, weight)
        self._weights[:] = [weight]
        self._repeated = start

    def _escape(self, start: int) -> str:
        following = self._pattern[self._at : self._at + 1]
        if following in _ANCHORS and following:
            self._at += 1
            return f"(?:{_ANCHORS[following]})"
        if following == "Q":
            quoted, _, _ = self._pattern[self._at + 1 :].partition(r"\E")
            self._at = min(self._at + 1 + len(quoted) + 2, len(self._pattern))
            for character in quoted[:-1]:
                self._atom(self._folded(re.escape(character)))
            return self._folded(re.escape(quoted[-1:]))
        ranges = self._named(start)
        return self._folded(as_class(ranges if ranges is not None else [(self._character(start),) * 2]))

    def _named(self, start: int) -> Ranges | None:
        r"""`\d`, `\PL`, `\p{Lu}`; None for what names no class."""
        kind = self._pattern[start + 1 : start + 2]
        if kind.lower() in PERL and kind:
            self._at = start + 2
            ranges = PERL[kind.lower()]
            return ranges if kind.islower() else complement(ranges)
        if kind not in ("p", "P"):
            return None
        named = re.compile(r"\\[pP](?:\{(\^?)([^}]*)\}|(.))", re.DOTALL).match(self._pattern, start)
        if named is None:
            raise _unreadable("invalid character class range", self._pattern[start:])
        self._at = named.end()
        found = unicode_class(named[2] if named[3] is None else named[3])
        if found is None:
            raise _unreadable("this engine knows no class of characters such as", named[0])
        return complement(found) if (kind == "P") != bool(named[1]) else found

    def _character(self, start: int) -> int:
        """The code point that an escape at `start` stands for."""
        for notation, base in ((_OCTAL, 8), (_HEX, 16)):
            found = notation.match(self._pattern, start)
            if found is not None and (code := int(found[1] or found[2], base)) <= 0x10FFFF:
                self._at = found.end()
                return code
        self._at = start + 2
        escaped = self._pattern[start + 1 : self._at]
        if not escaped:
            raise _unreadable("trailing backslash at end of expression", "")
        if escaped in _SIMPLE_ESCAPES:
            return _SIMPLE_ESCAPES[escaped]
        if not escaped.isascii() or escaped.isalnum():
            hexadecimal = re.compile(r"\\x\{[0-9a-fA-F]*[^0-9a-fA-F}]?|\\x.?.?", re.DOTALL).match(self._pattern, start)
            raise _unreadable("invalid escape sequence", hexadecimal[0] if hexadecimal else f"\\{escaped}")
        return ord(escaped)

    def _class(self, start: int) -> str:
        negated = self._pattern.startswith("^", self._at)
        self._at += negated
        first = self._at
        ranges: list[tuple[int, int]] = []
        while self._at == first or not self._pattern.startswith("]", self._at):
            ranges += self._class_part(start)
        self._at += 1
        return as_class(complement(ranges) if negated else ranges)

    def _class_part(self, start: int) -> Ranges:
        at = self._at
        posix = re.compile(r"\[:(\^?)(.*?):\]", re.DOTALL).match(self._pattern, at)
        if posix is not None:
            if posix[2] not in POSIX:
                raise _unreadable("invalid character class range", posix[0])
            self._at = posix.end()
            return complement(POSIX[posix[2]]) if posix[1] else POSIX[posix[2]]
        named = self._named(at) if self._pattern.startswith("\\", at) else None
        if named is not None:
            return named
        low = high = self._class_character(start)
        if re.compile(r"-[^\]]", re.DOTALL).match(self._pattern, self._at):
            self._at += 1
            high = self._class_character(start)
            if high < low:
                raise _unreadable("invalid character class range", self._pattern[at : self._at])
        return ((low, high),)

    def _class_character(self, start: int) -> int:
        if self._at >= len(self._pattern):
            raise _unreadable("missing closing ]", self._pattern[start:])
        if self._pattern[self._at] == "\\":
            return self._character(self._at)
        self._at += 1
        return ord(self._pattern[self._at - 1])


def _count(counted: re.Match[str]) -> int:
    """How often at most, or at least where there is no most; -1 for what is no count."""
    least, most = int(counted[1]), int(counted[3] or 0)
    if counted[3] is None:
        return least
    return most if least <= most else -1
