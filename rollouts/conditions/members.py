"""`a.b`, `a[i]`, `a?.b` and `a[i:j]`."""

from __future__ import annotations

from rollouts.conditions import containers
from rollouts.conditions.code import Code, Frame
from rollouts.conditions.errors import ConditionError
from rollouts.conditions.functions import call, method_of
from rollouts.conditions.inference import key_of
from rollouts.golang import values
from rollouts.golang.types import UNKNOWN, Kind, Type, assignable


class _ChainBroken(Exception):  # noqa: N818 - no error: the way out of a chain
    pass


def member(base: Code, key: Code, *, optional: bool, method: bool = False) -> Code:
    type_ = _element(base.type, key, method=method)

    def run(frame: Frame) -> object:
        owner = base.run(frame)
        if optional and values.is_nil(owner):
            raise _ChainBroken
        return containers.fetch(owner, key.run(frame))

    return Code(type_, run)


def _element(base: Type, key: Code, *, method: bool) -> Type:
    name = key.constant if isinstance(key.constant, str) else None
    if base.unknown:
        return UNKNOWN
    found = method_of(base, name) if name is not None else None
    if found is not None:
        return found.type_with(base)
    if base.kind is Kind.NIL and name is not None:
        raise ConditionError(f"type nil has no field {name}")
    if base.kind is Kind.MAP:
        if not assignable(key.type, key_of(base)) and not key.type.unknown:
            raise ConditionError(f"cannot use {key.type.name} to get an element from {base.name}")
        return base.item
    if base.kind is Kind.ARRAY:
        if key.type.kind is not Kind.INT and not key.type.unknown:
            raise ConditionError(f"array elements can only be selected using an integer (got {key.type.name})")
        return base.item
    if name is not None:
        raise ConditionError(f"type {base.name} has no {'method' if method else 'field'} {name}")
    raise ConditionError(f"type {base.name}[{key.type.name}] is undefined")


def chain(body: Code) -> Code:
    def run(frame: Frame) -> object:
        try:
            return body.run(frame)
        except _ChainBroken:
            return None

    return Code(body.type, run)


def slice_of(base: Code, start: Code | None, stop: Code | None) -> Code:
    if not base.type.unknown:
        if base.type.kind not in (Kind.ARRAY, Kind.STRING):
            raise ConditionError(f"cannot slice {base.type.name}")
        for bound in (start, stop):
            if bound is not None and bound.type.kind is not Kind.INT and not bound.type.unknown:
                raise ConditionError(f"non-integer slice index {bound.type.name}")

    def run(frame: Frame) -> object:
        owner = base.run(frame)
        high = _length(owner) if stop is None else stop.run(frame)
        low = 0 if start is None else start.run(frame)
        return containers.cut(owner, low, high)

    return Code(UNKNOWN if base.type.unknown else base.type, run)


def _length(owner: object) -> int:
    if isinstance(owner, str):
        return len(owner.encode())
    if isinstance(owner, list | dict):
        return len(owner)
    raise ConditionError(f"invalid argument for len (type {values.type_name(owner)})")


def call_of(function: Code, arguments: tuple[Code, ...]) -> Code:
    """Of what was found where it stands. JSON holds no functions, so mostly it is an error, after its arguments."""
    if not (function.type.unknown or function.type.kind is Kind.FUNCTION):
        raise ConditionError(f"{function.type.name} is not callable")

    def run(frame: Frame) -> object:
        given = [argument.run(frame) for argument in arguments]
        return call(function.run(frame), frame, given)

    return Code(function.type.element or UNKNOWN, run)
