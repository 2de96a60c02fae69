"""Builtins on lists and maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rollouts.conditions import arithmetic, containers, conversions
from rollouts.conditions.builtins.signatures import Builtin, Frame, Signature, exactly, one_of, overloads, shown
from rollouts.conditions.closures import in_order
from rollouts.conditions.errors import ConditionError
from rollouts.conditions.inference import forgotten, key_of
from rollouts.golang import values
from rollouts.golang.text import display
from rollouts.golang.types import (
    ANY,
    ANY_MAP,
    ANYS,
    FLOATS,
    INT,
    INTS,
    STRING,
    STRINGS,
    UNKNOWN,
    Kind,
    Type,
    assignable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LISTS = (Kind.ARRAY,)
_MAPS = (Kind.MAP,)
_SIMPLE = {
    Kind.NIL: "nil", Kind.BOOL: "bool", Kind.INT: "int", Kind.FLOAT: "float", Kind.STRING: "string",
    Kind.ARRAY: "array", Kind.MAP: "map", Kind.FUNCTION: "func",
}  # fmt: skip


def _a_list(value: object, deed: str) -> list[Any]:
    if not isinstance(value, list):
        raise ConditionError(f"cannot {deed.format(values.kind_name(value))}")
    return value


def _a_map(value: object, deed: str) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise ConditionError(f"cannot {deed.format(values.kind_name(value))}")
    return value


def _length(value: object) -> int:
    if not isinstance(value, list | dict | str):
        raise ConditionError(f"invalid argument for len (type {values.type_name(value)})")
    return len(value)


def _end(index: int) -> Callable[[object], object]:
    """`first` and `last`: nil where there is none."""

    def run(value: object) -> object:
        try:
            return containers.fetch(value, index)
        except ConditionError:
            return None

    return run


def _end_type(which: str) -> Callable[[Sequence[Type]], Type]:
    return one_of(_LISTS, f"cannot get {which} element from {{}}", lambda type_: forgotten(type_).element or ANY)


def _get_type(arguments: Sequence[Type]) -> Type:
    exactly(2, arguments)
    base, key = arguments
    if base.unknown:
        return UNKNOWN
    if base.kind is Kind.ARRAY:
        if key.kind is not Kind.INT and not key.unknown:
            raise ConditionError(f"non-integer slice index {key.name}")
        return base.item
    if base.kind is Kind.MAP:
        if not assignable(key, key_of(base)) and not key.unknown:
            raise ConditionError(f"cannot use {key.name} to get an element from {base.name}")
        return base.item
    raise ConditionError(f"type {base.name} does not support indexing")


def _get(base: object, key: object) -> object:
    """`base[key]`, but nil where that would be out of range or no container at all."""
    if isinstance(base, list | str):
        position, length = conversions.as_int(key), containers.length_of(base)
        return containers.item(base, position % length) if -length <= position < length else None
    return base.get(containers.map_key(base, key)) if isinstance(base, dict) else None


def _take_type(arguments: Sequence[Type]) -> Type:
    exactly(2, arguments)
    base, count = arguments
    if base.kind is not Kind.ARRAY and not base.unknown:
        raise ConditionError(f"cannot take from {shown(base)}")
    if count.kind is not Kind.INT and not count.unknown:
        raise ConditionError(f"cannot take {shown(count)} elements")
    return forgotten(base)


def _take(base: object, count: object) -> list[Any]:
    items = _a_list(base, "take from {}")
    if not values.is_int(count):
        raise ConditionError(f"cannot take {values.kind_name(count)} elements")
    if isinstance(base, values.Pair):
        raise ConditionError("reflect.Value.Slice: slice of unaddressable array")
    if count < 0:
        raise ConditionError("reflect.Value.Slice: slice index out of bounds")
    return type(items)(items[:count])


def _from_pairs(value: object) -> values.AnyMap:
    made = values.AnyMap()
    for pair in _a_list(value, "transform {} from pairs"):
        if not isinstance(pair, list):
            raise ConditionError(f"invalid pair {_printed(pair)}")
        if len(pair) != 2:
            raise ConditionError(f"invalid pair length {display(pair)}")
        made[containers.map_key(made, pair[0])] = pair[1]
    return made


def _printed(value: object) -> str:
    return "<invalid reflect.Value>" if value is None else display(value)


def _type(value: object) -> str:
    type_ = values.type_of(value)
    if type_.name.startswith("time."):
        return type_.name
    return "uint" if isinstance(value, values.Byte) else _SIMPLE.get(type_.kind, "unknown")


def _reverse(frame: Frame, value: object) -> list[Any]:
    items = _a_list(value, "reverse {}")
    frame.spend(len(items))
    return list(reversed(items))


def _unique(value: object) -> list[Any]:
    kept: list[Any] = []
    for item in _a_list(value, "uniq {}"):
        if not any(arithmetic.equal(item, other) for other in kept):
            kept.append(item)
    return kept


def _concat_type(arguments: Sequence[Type]) -> Type:
    if not arguments:
        raise ConditionError("invalid number of arguments (expected at least 1, got 0)")
    for argument in arguments:
        if argument.kind is not Kind.ARRAY and not argument.unknown:
            raise ConditionError(f"cannot concat {shown(argument)}")
    return ANYS


def _concat(frame: Frame, *arguments: object) -> list[Any]:
    joined = [item for argument in arguments for item in _a_list(argument, "concat {}")]
    frame.spend(len(joined))
    return joined or values.NilList()


def _flatten(frame: Frame, value: object) -> list[Any]:
    flat: list[Any] = []
    for item in _a_list(value, "flatten {}"):
        if isinstance(item, list):
            flat += _flatten(frame, item)
        else:
            flat.append(item)
    frame.spend(len(flat))
    return flat


def _sort(frame: Frame, value: object, order: object = "asc") -> list[Any]:
    sortable = isinstance(value, list) and not isinstance(value, values.Pair | values.Pairs)
    items = value if isinstance(value, list) and sortable else values.NilList()
    if conversions.as_string(order) not in ("asc", "desc"):
        raise ConditionError(f"invalid order {order}, expected asc or desc")
    frame.spend(len(items))
    return in_order(items, descending=order == "desc", key=lambda item: item) if sortable else items


_SORT = overloads(
    "sort",
    *(Signature((type_, STRING), ANYS) for type_ in (ANYS, INTS, FLOATS, STRINGS)),
    *(Signature((type_,), ANYS) for type_ in (ANYS, FLOATS, STRINGS, INTS)),
)


def _to(type_: Type) -> Callable[[Type], Type]:
    return lambda _: type_


SEQUENCES: dict[str, Builtin] = {
    "len": Builtin(
        one_of((Kind.ARRAY, Kind.MAP, Kind.STRING), "invalid argument for len (type {})", _to(INT)), _length
    ),
    "type": Builtin(overloads("type", Signature((ANY,), STRING)), _type),
    "first": Builtin(_end_type("first"), _end(0)),
    "last": Builtin(_end_type("last"), _end(-1)),
    "get": Builtin(_get_type, _get),
    "take": Builtin(_take_type, _take),
    "keys": Builtin(
        one_of(_MAPS, "cannot get keys from {}", _to(ANYS)),
        lambda value: containers.keys_of(_a_map(value, "get keys from {}")),
    ),
    "values": Builtin(
        one_of(_MAPS, "cannot get values from {}", _to(ANYS)),
        lambda value: list(_a_map(value, "get values from {}").values()),
    ),
    "toPairs": Builtin(
        one_of(_MAPS, "cannot transform {} to pairs", _to(ANYS)),
        lambda value: values.Pairs(containers.pairs_of(_a_map(value, "transform {} to pairs"))),
    ),
    "fromPairs": Builtin(one_of(_LISTS, "cannot transform {} from pairs", _to(ANY_MAP)), _from_pairs),
    "reverse": Builtin(one_of(_LISTS, "cannot reverse {}", _to(ANYS)), _reverse, spends=True),
    "uniq": Builtin(one_of(_LISTS, "cannot uniq {}", _to(ANYS)), _unique),
    "concat": Builtin(_concat_type, _concat, spends=True),
    "flatten": Builtin(one_of(_LISTS, "cannot flatten {}", _to(ANYS)), _flatten, spends=True),
    "sort": Builtin(_SORT, _sort, spends=True),
}
