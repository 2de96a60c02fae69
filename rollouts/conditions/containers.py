"""Lists, maps and strings: members, indexes, slices, and `in`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rollouts.conditions.arithmetic import equal
from rollouts.conditions.conversions import as_int
from rollouts.conditions.errors import ConditionError
from rollouts.conditions.functions import method
from rollouts.golang.text import display
from rollouts.golang.values import AnyMap, Byte, Groups, Key, NilList, Pair, raw, text_of, type_name

if TYPE_CHECKING:
    from collections.abc import Iterable


def fetch(base: object, key: object) -> object:
    """`base[key]`: negative indexes count from the end, a missing key of a map is nil."""
    if isinstance(base, (list, str)):
        index = position = as_int(key)
        length = length_of(base)
        if index < 0:
            position = length + index
        if not 0 <= position < length:
            raise ConditionError(f"index out of range: {position} (array length is {length})")
        return item(base, position)
    if isinstance(base, dict):
        return base.get(map_key(base, key), NilList() if isinstance(base, Groups) else None)
    found = method(base, key) if isinstance(key, str) else None
    if found is not None:
        return found
    raise ConditionError(f"cannot fetch {display(key)} from {type_name(base)}")


def length_of(base: list[Any] | str) -> int:
    """A string's length is counted in bytes."""
    return len(base) if isinstance(base, list) else len(raw(base))


def item(base: list[Any] | str, position: int) -> object:
    return base[position] if isinstance(base, list) else Byte(raw(base)[position])


def map_key(mapping: dict[Any, Any], key: object) -> object:
    """A key as the map takes it; maps of strings take nil for ""."""
    if isinstance(mapping, AnyMap | Groups):
        if isinstance(key, list | dict):
            raise ConditionError(f"runtime error: hash of unhashable type {type_name(key)}")
        return Key(type(key), key)
    if key is not None and not isinstance(key, str):
        raise ConditionError(f"reflect.Value.MapIndex: value of type {type_name(key)} is not assignable to type string")
    return key or ""


def keys_of(mapping: dict[Any, Any]) -> list[Any]:
    return [key.value if isinstance(key, Key) else key for key in mapping]


def pairs_of(mapping: dict[Any, Any]) -> Iterable[Pair]:
    return (Pair(pair) for pair in zip(keys_of(mapping), mapping.values(), strict=True))


def contains(needle: object, haystack: object) -> bool:
    """`needle in haystack`."""
    if haystack is None:
        return False
    if isinstance(haystack, list):
        return any(equal(item, needle) for item in haystack)
    if isinstance(haystack, dict):
        return map_key(haystack, needle) in haystack
    raise ConditionError(f'operator "in" not defined on {type_name(haystack)}')


def cut(base: object, start: object, stop: object) -> object:
    """`base[start:stop]`; indexes beyond the ends are moved to the ends. Strings are cut between bytes."""
    if not isinstance(base, list | str):
        raise ConditionError(f"cannot slice {display(start)}")
    content = raw(base) if isinstance(base, str) else base
    low, high = as_int(start), as_int(stop)
    high = min(max(high + len(content), 0) if high < 0 else high, len(content))
    low = min(max(low + len(content), 0) if low < 0 else low, high)
    piece = content[low:high]
    if isinstance(piece, bytes):
        return text_of(piece)
    return list(piece) if isinstance(base, Pair) else type(base)(piece)
