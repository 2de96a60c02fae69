"""Check a document against the schema of its kind, with the API server's messages.

As the API server does it with what somebody applies: a field that is not known is an error, a null is a field that was
not set, and 1.0 is a whole number. What only Argo's memory is too small for is refused here as well: no controller
could read such an object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import NoneType
from typing import TYPE_CHECKING, Any

from rollouts.durations import rfc3339_seconds
from rollouts.errors import Malformed
from rollouts.golang.text import quote
from rollouts.schema.fitting import QUANTITY_TEXT, fits
from rollouts.schema.metadata import check_metadata
from rollouts.schema.shapes import QUANTITY, Anything, Fields, Listed, Mapped, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rollouts.schema.shapes import Shape

_TYPES = {
    NoneType: "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_GO = {"integer": "int64", "number": "float64"}


def stored(document: Mapping[str, Any], shape: Fields) -> dict[str, Any]:
    """The document as the API server would store it. Raises Malformed for the first field that does not fit."""
    if fits(document, shape):
        content: dict[str, Any] = _kept(document, shape)
        check_metadata(content)
        return content
    return _checked(document, shape)


def _checked(document: Mapping[str, Any], shape: Fields) -> dict[str, Any]:
    metadata = document.get("metadata")
    ordered = dict(sorted(metadata.items(), key=str)) if isinstance(metadata, Mapping) else metadata
    content: dict[str, Any] = _kept({**document, "metadata": ordered}, shape)
    if "metadata" in content:
        _refuse(_problems(content["metadata"], shape.known["metadata"], "metadata"))  # it is read before all else
    unknown = sorted(_unknown(document, shape, ""))
    _refuse(Malformed(one, f"unknown field {quote(one)}; remove it, or correct its spelling") for one in unknown)
    _refuse(_problems(content, shape, ""))
    check_metadata(content)
    _refuse(_unreadable(content, shape, ""))
    return content


def _refuse(problems: Iterator[Malformed]) -> None:
    for problem in problems:
        raise problem


def _unknown(value: Any, shape: Shape | None, at: str) -> Iterator[str]:
    """Every field that is not known; where something else is wanted than an object, that is each of its fields."""
    if isinstance(shape, Anything):
        return
    if _type(value) == "array":
        for i, item in enumerate(value):
            yield from _unknown(item, shape.item if isinstance(shape, Listed) else None, f"{at}[{i}]")
    elif isinstance(value, Mapping):
        for name, item in value.items():
            path = _child(at, name)
            if isinstance(shape, Mapped):
                yield from _unknown(item, shape.value, path)
            elif isinstance(shape, Fields) and name in shape.known:
                yield from _unknown(item, shape.known[name], path)
            else:
                yield path


def _kept(value: Any, shape: Shape) -> Any:
    if isinstance(shape, Fields) and isinstance(value, Mapping):
        known = shape.known
        return {name: _kept(item, known[name]) for name, item in value.items() if name in known and item is not None}
    if isinstance(shape, Mapped) and isinstance(value, Mapping):
        return {_text(name): _kept(item, shape.value) for name, item in value.items() if item is not None}
    if isinstance(shape, Listed) and _type(value) == "array":
        return [_kept(item, shape.item) for item in value]
    if isinstance(shape, Scalar) and isinstance(value, float) and value.is_integer() and "integer" in shape.types:
        return int(value)
    return value


def _problems(value: Any, shape: Shape, at: str) -> Iterator[Malformed]:
    if isinstance(shape, Scalar):
        yield from _of_scalar(value, shape, at)
    elif isinstance(shape, Listed):
        yield from _of_list(value, shape, at)
    elif isinstance(shape, Fields | Mapped):
        yield from _of_object(value, shape, at)
    else:
        yield from _of_anything(value, shape, at)


def _of_object(value: Any, shape: Fields | Mapped, at: str) -> Iterator[Malformed]:
    if not isinstance(value, Mapping):
        yield _mismatch(at, "object", _type(value))
        return
    for name, item in value.items():
        yield from _problems(item, shape.known[name] if isinstance(shape, Fields) else shape.value, _child(at, name))
    if isinstance(shape, Fields):
        yield from (Malformed(_child(at, name), "Required value") for name in shape.required if name not in value)


def _of_list(value: Any, shape: Listed, at: str) -> Iterator[Malformed]:
    if _type(value) != "array":
        yield _mismatch(at, "array", _type(value))
        return
    for i, item in enumerate(value):
        yield from _problems(item, shape.item, f"{at}[{i}]")
    if shape.keys or shape.is_set:
        seen: set[str] = set()
        for i, item in enumerate(value):
            key = json.dumps(_key(item, shape), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            if key in seen:
                yield Malformed(f"{at}[{i}]", f"Duplicate value: {key}")
            seen.add(key)


def _key(item: Any, shape: Listed) -> Any:
    if shape.is_set:
        return item
    assert isinstance(shape.item, Fields), "only objects have keys"
    defaults = {name: part.default for name, part in shape.item.known.items() if isinstance(part, Scalar)}
    found = {name: item.get(name, defaults.get(name)) for name in shape.keys}
    return {name: value for name, value in found.items() if value is not None}


def _of_anything(value: Any, shape: Anything, at: str) -> Iterator[Malformed]:
    if shape.types and _type(value) not in shape.types:
        yield _mismatch(at, ",".join(shape.types), _type(value))


def _of_scalar(value: Any, shape: Scalar, at: str) -> Iterator[Malformed]:
    found = _type(value)
    if found not in shape.types:
        if shape.format == "date-time" and found not in {"string", "array", "null"}:
            yield _mismatch(at, shape.format, _GO.get(found, ""))
        else:
            yield _mismatch(at, ",".join(shape.types), found)
    elif found == "string":
        yield from _of_text(value, shape, at)


def _of_text(value: str, shape: Scalar, at: str) -> Iterator[Malformed]:
    if shape.format == "date-time" and not _is_time(value):
        yield _mismatch(at, shape.format, value)
    if shape.pattern and not re.search(shape.pattern, value):
        yield Malformed(at, f"Invalid value: {quote(value)}: {at} in body should match '{shape.pattern}'")
    if shape.enum and value not in shape.enum:
        supported = ", ".join(quote(one) for one in shape.enum)
        yield Malformed(at, f"Unsupported value: {quote(value)}: supported values: {supported}")


def _unreadable(value: Any, shape: Shape, at: str) -> Iterator[Malformed]:
    """What would be stored, and no controller could read: Go's types want more than the definition does."""
    if isinstance(shape, Anything):
        yield from _of_anything(value, shape, at)
        if shape.read is not None:
            yield from _unreadable(value, shape.read, at)
    elif shape is QUANTITY:
        if _type(value) not in {"integer", "number", "string"} or not QUANTITY_TEXT.fullmatch(str(value)):
            yield Malformed(at, f"quantities must match the regular expression '{QUANTITY_TEXT.pattern}'")
    elif isinstance(shape, Scalar):
        if _type(value) not in shape.types:
            yield _mismatch(at, ",".join(shape.types), _type(value))
        elif _type(value) == "integer" and not -(1 << shape.bits - 1) <= value < 1 << shape.bits - 1:
            yield Malformed(at, f"Invalid value: {value}: does not fit into {shape.bits} bits")
    else:
        yield from _unreadable_within(value, shape, at)


def _unreadable_within(value: Any, shape: Fields | Mapped | Listed, at: str) -> Iterator[Malformed]:
    found, wanted = _type(value), "array" if isinstance(shape, Listed) else "object"
    if found != wanted:
        yield _mismatch(at, wanted, found)
    elif isinstance(shape, Listed):
        for i, item in enumerate(value):
            if item is not None:
                yield from _unreadable(item, shape.item, f"{at}[{i}]")
    else:
        known = shape.known if isinstance(shape, Fields) else dict.fromkeys(value, shape.value)
        for name, item in value.items():
            if name in known and item is not None:
                yield from _unreadable(item, known[name], _child(at, name))


def _is_time(text: str) -> bool:
    try:
        rfc3339_seconds(text)
    except ValueError:
        return False
    return True


def _mismatch(at: str, wanted: str, found: str) -> Malformed:
    return Malformed(at, f"Invalid value: {quote(found)}: {at} in body must be of type {wanted}: {quote(found)}")


def _type(value: Any) -> str:
    """The JSON name of a value's type."""
    return _TYPES.get(type(value)) or ("array" if isinstance(value, list | tuple) else "object")


def _text(key: Any) -> str:
    """A YAML key as JSON writes it: as a string."""
    return key if isinstance(key, str) else json.dumps(key)


def _child(at: str, name: Any) -> str:
    return f"{at}.{_text(name)}" if at else _text(name)
