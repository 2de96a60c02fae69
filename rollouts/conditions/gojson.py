"""JSON as Go reads it into an interface: every number is a float64, and nothing beyond the standard passes."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn


def read_json(text: str) -> Any:
    """None, bool, float, str, list or dict; ValueError for what encoding/json refuses."""
    try:
        return json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_refused)
    except RecursionError:
        raise ValueError("exceeded max depth") from None


def _number(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"cannot unmarshal number {digits} into Go value of type float64")
    return number


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"invalid character {constant[0]!r} looking for beginning of value")
