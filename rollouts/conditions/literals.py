"""Numbers and strings as expr writes them."""

from __future__ import annotations

import math
import re

from rollouts.conditions.errors import ConditionError
from rollouts.golang.text import quote

_MAX_INT = 2**63 - 1
_FLOAT = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BASES = {"0x": (16, "hex"), "0o": (8, "octal"), "0b": (2, "binary")}
_SIMPLE = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"',
}  # fmt: skip
_ESCAPE = re.compile(r"\\(?:[xU]([0-9a-fA-F]+)|u\{?([0-9a-fA-F]+)\}?|([0-7]{3})|(.))")


def number(token: str) -> int | float:
    digits = token.replace("_", "")
    prefix = digits[:2].lower()
    if prefix != "0x" and re.search("[.eE]", digits):
        return _float(digits)
    base, kind = _BASES.get(prefix, (10, "integer"))
    problem = "invalid syntax"
    try:
        value = int(digits[2:] if base != 10 else digits, base)
    except ValueError:
        pass
    else:
        if value <= _MAX_INT:
            return value
        problem = "value out of range"
    raise ConditionError(f"invalid {kind} literal: strconv.ParseInt: parsing {quote(digits)}: {problem}")


def _float(digits: str) -> float:
    problem = "invalid syntax"
    if _FLOAT.fullmatch(digits):
        value = float(digits)
        if math.isfinite(value):
            return value
        problem = "value out of range"
    raise ConditionError(f"invalid float literal: strconv.ParseFloat: parsing {quote(digits)}: {problem}")


def unescaped(body: str) -> str:
    """The string between quotes with its escapes resolved; the lexer has already checked their form."""
    return _ESCAPE.sub(_meant, body.replace("\r\n", "\n").replace("\r", "\n"))


def _meant(match: re.Match[str]) -> str:
    by_size, by_mark, octal, simple = match.groups()
    if simple is not None:
        return _SIMPLE[simple]
    code = int(octal, 8) if octal is not None else int(by_size or by_mark, 16)
    if code > 0x10FFFF or (octal is not None and code > 0o377):
        raise ConditionError("unable to unescape string")
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)
