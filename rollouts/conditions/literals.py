"""Numbers and strings as expr writes them."""

from __future__ import annotations

import math
import re

from rollouts.conditions.errors import ConditionError
from rollouts.conditions.gotext import quote

_MAX_INT = 2**63 - 1
_FLOAT = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SIMPLE = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"',
}  # fmt: skip
_ESCAPE = re.compile(
    r"\\(?:(?P<simple>[abfnrtv\\'\"])"
    r"|x(?P<x>[0-9a-fA-F]{2})|u\{(?P<braced>[0-9a-fA-F]{1,6})\}|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})"
    r"|(?P<octal>[0-3][0-7]{2})|(?P<bad>.?))",
    re.DOTALL,
)


def number(token: str) -> int | float:
    digits = token.replace("_", "")
    lowered = digits.lower()
    if lowered.startswith(("0x", "0o", "0b")):
        return _integer(digits, {"x": 16, "o": 8, "b": 2}[lowered[1]])
    if not any(mark in lowered for mark in ".e"):
        return _integer(digits, 10)
    if _FLOAT.fullmatch(digits) is None:
        raise ConditionError(f"invalid float literal: strconv.ParseFloat: parsing {quote(digits)}: invalid syntax")
    value = float(digits)
    if math.isinf(value):
        raise ConditionError(f"invalid float literal: strconv.ParseFloat: parsing {quote(digits)}: value out of range")
    return value


def _integer(digits: str, base: int) -> int:
    kind = {2: "binary", 8: "octal", 10: "integer", 16: "hex"}[base]
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


def text(token: str) -> str:
    """The value of a string in its quotes. Backticks hold raw text, where two of them are one."""
    body = token[1:-1]
    if token[0] == "`":
        return body.replace("``", "`")
    return _ESCAPE.sub(_unescape, body.replace("\r\n", "\n").replace("\r", "\n"))


def _unescape(match: re.Match[str]) -> str:
    kind = match.lastgroup or "bad"
    value = match[kind]
    if kind == "simple":
        return _SIMPLE[value]
    code = int(value, 8 if kind == "octal" else 16) if kind != "bad" else -1
    if not 0 <= code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise ConditionError("invalid char escape")
    return chr(code)
