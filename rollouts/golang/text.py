"""How Go prints values: in a condition's messages, in `string()`, and as a measurement's value."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rollouts.golang.times import Duration, Named, Time
from rollouts.golang.values import AnyMap, Groups, NilList, type_name

_SHORT_ESCAPES = {
    "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v",
    "\\": "\\\\", '"': '\\"',
}  # fmt: skip
# Go's JSON encoder escapes what could end a <script>; Python's does not.
_HTML_UNSAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
# Bytes that are no UTF-8: a surrogate escape each.
_NO_CHARACTERS = re.compile("[\udc80-\udcff]")


def readable(text: str) -> str:
    """The string as Go writes it out: bytes that are not UTF-8 become U+FFFD."""
    return _NO_CHARACTERS.sub("\ufffd", text)


# All but printable ASCII; a good deal of it is printable after all.
_UNPLAIN = re.compile(r"[^ !#-\[\]-~]")


def quote(text: str) -> str:
    """strconv.Quote: a Go string literal."""
    return f'"{_UNPLAIN.sub(_escaped, text)}"'


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x80 or 0xDC80 <= code <= 0xDCFF:  # or a byte that is no character
        return f"\\x{code & 0xFF:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def plain_float(value: float) -> str:
    """strconv.FormatFloat(value, 'f', -1, 64): shortest digits, never an exponent. `0.95`, `1`, `NaN`, `+Inf`."""
    special = _special(value)
    if special:
        return special
    text = repr(value)
    return (format(Decimal(text), "f") if "e" in text else text).removesuffix(".0")


def _special(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return ""


def _scientific(value: float, smallest: float, limit: float, digits: int) -> str:
    """Shortest digits, with an exponent outside [smallest, limit); `digits` is the least width of the exponent."""
    if value == 0 or smallest <= abs(value) < limit:
        return plain_float(value)
    sign, digit_list, power = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(power, int)
    first, rest = str(digit_list[0]), "".join(map(str, digit_list[1:]))
    magnitude = power + len(rest)
    shown = f"{first}.{rest}" if rest else first
    return f"{'-' if sign else ''}{shown}e{'-' if magnitude < 0 else '+'}{abs(magnitude):0{digits}d}"


def display(value: object) -> str:
    """What fmt prints for %v: lists as `[1 2]`, maps as `map[a:1]`, nil as `<nil>`."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return _special(value) or _scientific(value, 1e-4, 1e6, 2)
    if isinstance(value, list):
        return f"[{' '.join(map(display, value))}]"
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{display(key)}:{display(item)}' for key, item in _sorted(value))}]"
    return str(value)


def _sorted(mapping: Mapping[Any, object]) -> list[tuple[Any, object]]:
    """By the value of the keys; those of different types stand together by type."""
    pairs = [(key[1] if isinstance(key, tuple) else key, item) for key, item in mapping.items()]
    return sorted(pairs, key=_rank)


def _rank(pair: tuple[Any, object]) -> tuple[str, Any]:
    key = pair[0]
    if key is None or isinstance(key, str | int | float):
        return type(key).__name__, key if key is not None else 0
    return "", display(key)


def json_text(value: object, indent: str = "") -> str:
    """encoding/json: keys sorted, floats short, `<>&` escaped. ValueError for NaN and the infinities."""
    return _json(value, indent, "")


def _json(value: object, indent: str, margin: str) -> str:
    inner = margin + indent
    if isinstance(value, list) and not isinstance(value, NilList):
        items = [_json(item, indent, inner) for item in value]
        return _block("[", items, "]", indent, margin)
    if isinstance(value, Mapping) and not isinstance(value, AnyMap | Groups):
        colon = ": " if indent else ":"
        items = [f"{_single(key)}{colon}{_json(value[key], indent, inner)}" for key in sorted(value, key=str)]
        return _block("{", items, "}", indent, margin)
    return _single(value)


def _single(value: object) -> str:
    """JSON of a value that is neither a list nor a map."""
    match value:
        case None | bool():
            return json.dumps(value)
        case NilList():
            return "null"
        case float():
            if not math.isfinite(value):
                raise ValueError(f"json: unsupported value: {_special(value)}")
            return _scientific(value, 1e-6, 1e21, 1)
        case (int() as number) | Duration(nanoseconds=number) | Named(number=number):
            return str(int(number))
        case str():
            return _NO_CHARACTERS.sub(r"\\ufffd", json.dumps(value, ensure_ascii=False)).translate(_HTML_UNSAFE)
        case Time():
            return f'"{value.as_json()}"'
        case _:
            raise ValueError(f"json: unsupported type: {type_name(value)}")


def _block(start: str, items: list[str], end: str, indent: str, margin: str) -> str:
    if not items:
        return start + end
    if not indent:
        return f"{start}{','.join(items)}{end}"
    lines = f",\n{margin}{indent}".join(items)
    return f"{start}\n{margin}{indent}{lines}\n{margin}{end}"
