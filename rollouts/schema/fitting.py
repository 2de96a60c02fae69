"""Whether a document fits its shape at first sight.

Most do, and need none of the paths and sentences of `checking.py`. What does not fit here (a null, 1.0, a time) may be
sound all the same: there it is looked at again.
"""

from __future__ import annotations

import re
from typing import Any

from rollouts.schema.shapes import QUANTITY, Anything, Fields, Listed, Mapped, Scalar, Shape

# k8s.io/apimachinery: pkg/api/resource/quantity.go
QUANTITY_TEXT = re.compile(r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$")
_TYPES = {str: "string", bool: "boolean", int: "integer"}
_SMALL = 1 << 31  # fits into any number of Argo's


def fits(value: Any, shape: Shape) -> bool:
    """True only if the document fits; false means that it has to be checked closely."""
    match shape:
        case Scalar():
            return _fits_scalar(value, shape)
        case Fields():
            known = shape.known
            return (
                type(value) is dict
                and all(name in known and fits(item, known[name]) for name, item in value.items())
                and all(name in value for name in shape.required)
            )
        case Mapped():
            inner = shape.value
            return type(value) is dict and all(type(name) is str and fits(item, inner) for name, item in value.items())
        case Listed():
            inner = shape.item
            return type(value) is list and all(fits(item, inner) for item in value) and _are_distinct(value, shape)
    return _fits_anything(value, shape)


def _fits_scalar(value: Any, shape: Scalar) -> bool:
    if shape is QUANTITY:
        return type(value) is str and QUANTITY_TEXT.match(value) is not None
    plain = not shape.pattern and not shape.enum and shape.format != "date-time"
    return plain and _TYPES.get(type(value)) in shape.types and (type(value) is not int or -_SMALL <= value < _SMALL)


def _fits_anything(value: Any, shape: Anything) -> bool:
    if shape.types and type(value) is not dict:
        return False
    return value is not None and (shape.read is None or fits(value, shape.read))


def _are_distinct(value: list[Any], shape: Listed) -> bool:
    if len(value) < 2 or not (shape.keys or shape.is_set):
        return True
    if shape.is_set:
        return len(set(value)) == len(value)
    assert isinstance(shape.item, Fields), "only objects have keys"
    defaults = [getattr(shape.item.known[name], "default", None) for name in shape.keys]
    keys = {tuple(item.get(*part) for part in zip(shape.keys, defaults, strict=True)) for item in value}
    return len(keys) == len(value)
