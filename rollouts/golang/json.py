"""JSON as Go decodes it into an interface: every number is a float64, and only standard JSON is accepted."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from rollouts.golang.text import quote

_PLACES = {
    "Expecting value": "looking for beginning of value",
    "Extra data": "after top-level value",
    "Expecting property name": "looking for beginning of object key string",
    "Expecting ':'": "after object key",
    "Expecting ','": "after array element",
    "Invalid control character": "in string literal",
    "Invalid \\escape": "in string escape code",
}


def read_json(text: str) -> Any:
    """None, bool, float, str, list or dict; ValueError for what encoding/json refuses."""
    try:
        return _sound(json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_refused), text)
    except RecursionError:
        raise ValueError("exceeded max depth") from None
    except json.JSONDecodeError as error:
        raise ValueError(_problem(text, error)) from None


def _problem(text: str, error: json.JSONDecodeError) -> str:
    """The error of encoding/json for what Python could not parse."""
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return "unexpected end of JSON input"
    place = next((place for told, place in _PLACES.items() if error.msg.startswith(told)), _PLACES["Expecting value"])
    character = text[error.pos]
    shown = {"'": r"'\''", '"': "'\"'"}.get(character, f"'{quote(character)[1:-1]}'")
    return f"invalid character {shown} {place}"


def _number(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"json: cannot unmarshal number {digits} into Go value of type float64")
    return number


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"invalid character {constant[0]!r} looking for beginning of value")


def _sound(value: Any, text: str) -> Any:
    """Go replaces half a surrogate pair by U+FFFD."""
    if r"\u" not in text:
        return value
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, list):
        return [_sound(item, text) for item in value]
    if isinstance(value, dict):
        return {_sound(key, text): _sound(item, text) for key, item in value.items()}
    return value
