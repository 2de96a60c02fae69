"""Conversions of a value to the type that is needed; ConditionError if it has another type."""

from __future__ import annotations

from typing import NoReturn

from rollouts.conditions.errors import ConditionError
from rollouts.golang.values import is_number, truncate, type_name


def wants(value: object, wanted: str) -> NoReturn:
    """Raise what a failed type assertion raises in Go."""
    given = "nil" if value is None else type_name(value)
    raise ConditionError(f"interface conversion: interface {{}} is {given}, not {wanted}")


def as_bool(value: object) -> bool:
    return value if isinstance(value, bool) else wants(value, "bool")


def as_string(value: object) -> str:
    return value if isinstance(value, str) else wants(value, "string")


def as_int(value: object) -> int:
    """runtime.ToInt: any number, cut to an integer."""
    if type(value) is int:
        return value
    if not is_number(value):
        raise ConditionError(f"invalid operation: int({type_name(value)})")
    return truncate(value) if isinstance(value, float) else int(value)


def as_float(value: object) -> float:
    if not is_number(value):
        raise ConditionError(f"invalid operation: float({type_name(value)})")
    return float(value)
