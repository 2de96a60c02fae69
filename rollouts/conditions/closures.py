"""The builtins that take a closure: `all(result, # < 500)`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from rollouts.conditions import arithmetic, containers, conversions
from rollouts.conditions.code import Code, Frame, Loop, Looped
from rollouts.conditions.errors import ConditionError
from rollouts.conditions.inference import array_of
from rollouts.golang import values
from rollouts.golang.types import ANYS, BOOL, GROUPS, INT, UNKNOWN, Kind, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, slots=True)
class Closing:
    """One such builtin. `run` gets the loop, the closure, and the value of the third argument if there is one."""

    type_of: Callable[[Type, Type | None], Type]
    run: Callable[[Frame, Loop, Callable[[Frame], Any] | None, object], object]
    asks: bool = False  # the closure must answer a bool
    pointers: dict[str, Type] = field(default_factory=dict)


NO_ORDER = object()
_INSERTED = 12


def apply(looped: Looped) -> Code:
    """The builtin as it was written."""
    builtin, closure = CLOSURES[looped.name], looped.closure
    if closure is not None:
        _check(looped.name, builtin, closure.type)
    type_ = builtin.type_of(looped.collection.type, closure.type if closure else None)
    return Code(type_, runner(looped), origin=looped)


def runner(looped: Looped) -> Callable[[Frame], object]:
    compute, collection, extra = CLOSURES[looped.name].run, looped.collection, looped.extra
    ask = looped.closure.run if looped.closure else None
    take = looped.taken.run if looped.taken else None

    def run(frame: Frame) -> object:
        loop = Loop(_items(collection.run(frame)), take=take)
        frame.loops.append(loop)
        try:
            return compute(frame, loop, ask, extra.run(frame) if extra else NO_ORDER)
        finally:
            frame.loops.pop()

    return run


def check_collection(name: str, collection: Type) -> None:
    if collection.kind is not Kind.ARRAY and not collection.unknown:
        raise ConditionError(f"builtin {name} takes only array (got {collection.name})")


def _check(name: str, builtin: Closing, answer: Type) -> None:
    if answer.kind is Kind.NIL:
        inputs = "two" if name == "reduce" else "one"
        raise ConditionError(f"predicate should has {inputs} input and one output param")
    if builtin.asks and answer.kind is not Kind.BOOL and not answer.unknown:
        raise ConditionError(f"predicate should return boolean (got {answer.name})")


class _Unindexed(list[Any]):
    """The items of a map: they can be counted, but not looked at."""

    def __getitem__(self, _: object) -> Any:
        raise ConditionError("reflect: call of reflect.Value.Index on map Value")


def _items(value: object) -> list[Any]:
    """Whatever Go's reflection finds a length in; strings turn up where nobody knew the type, and are bytes."""
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return list(map(values.Byte, values.raw(value)))
    if isinstance(value, dict):
        return _Unindexed(value)
    kind = "zero" if value is None else values.kind_name(value)
    raise ConditionError(f"reflect: call of reflect.Value.Len on {kind} Value")


def _each(loop: Loop, *, backwards: bool = False) -> Iterator[int]:
    order = range(len(loop.items))
    for index in reversed(order) if backwards else order:
        loop.index = index
        yield index


def _answers(frame: Frame, loop: Loop, ask: Any, *, backwards: bool = False) -> Iterator[tuple[int, bool]]:
    for index in _each(loop, backwards=backwards):
        yield index, conversions.as_bool(ask(frame) if ask else loop.item)


def _all(frame: Frame, loop: Loop, ask: Any, _: object) -> object:
    return all(answer for _index, answer in _answers(frame, loop, ask))


def _any(frame: Frame, loop: Loop, ask: Any, _: object) -> object:
    return any(answer for _index, answer in _answers(frame, loop, ask))


def _none(frame: Frame, loop: Loop, ask: Any, extra: object) -> object:
    return not _any(frame, loop, ask, extra)


def _count(frame: Frame, loop: Loop, ask: Any, _: object) -> object:
    return sum(answer for _index, answer in _answers(frame, loop, ask))


def _one(frame: Frame, loop: Loop, ask: Any, extra: object) -> object:
    return _count(frame, loop, ask, extra) == 1


def _taken(frame: Frame, loop: Loop) -> object:
    return loop.take(frame) if loop.take else loop.item


def _filter(frame: Frame, loop: Loop, ask: Any, _: object) -> object:
    kept = [_taken(frame, loop) for _index, answer in _answers(frame, loop, ask) if answer]
    frame.spend(len(kept))
    return kept


def _map(frame: Frame, loop: Loop, ask: Any, _: object) -> object:
    made = [ask(frame) for _index in _each(loop)]
    frame.spend(len(made))
    return made


def _index_of(frame: Frame, loop: Loop, ask: Any, *, backwards: bool) -> int | None:
    return next((index for index, answer in _answers(frame, loop, ask, backwards=backwards) if answer), None)


def _find_index(*, backwards: bool) -> Callable[..., object]:
    return lambda frame, loop, ask, _: _index_of(frame, loop, ask, backwards=backwards)


def _find(*, backwards: bool) -> Callable[..., object]:
    def run(frame: Frame, loop: Loop, ask: Any, _: object) -> object:
        found = _index_of(frame, loop, ask, backwards=backwards)
        return None if found is None else _taken(frame, loop)

    return run


def _sum(frame: Frame, loop: Loop, ask: Any, _: object) -> object:
    total: object = 0
    for _index in _each(loop):
        total = arithmetic.add(ask(frame) if ask else loop.item, total)
    return total


def _group_by(frame: Frame, loop: Loop, ask: Any, _: object) -> object:
    groups = values.Groups()
    for _index in _each(loop):
        key = ask(frame)
        if isinstance(key, list | dict):
            raise ConditionError(f"hash of unhashable type: {values.type_name(key)}")
        groups.setdefault(containers.map_key(groups, key), []).append(loop.item)
    return groups


def _sort_by(frame: Frame, loop: Loop, ask: Any, order: object) -> object:
    if order not in (NO_ORDER, "asc", "desc"):
        conversions.as_string(order)
        raise ConditionError("unknown order, use asc or desc")
    keyed = [(ask(frame), loop.item) for _index in _each(loop)]
    frame.spend(len(keyed))
    return [item for _key, item in in_order(keyed, descending=order == "desc", key=lambda pair: pair[0])]


def in_order(items: list[Any], *, descending: bool, key: Callable[[Any], object]) -> list[Any]:
    """Sorted by Go's Less, which is an error between a number and a string. Up to a dozen are inserted one by one, as
    in Go: with NaN among them it matters who is compared with whom.
    """

    def before(left: Any, right: Any) -> bool:
        return arithmetic.less(key(right), key(left)) if descending else arithmetic.less(key(left), key(right))

    if len(items) > _INSERTED:
        return sorted(items, key=cmp_to_key(lambda left, right: before(right, left) - before(left, right)))
    done = [*items]
    for end in range(1, len(done)):
        at = end
        while at > 0 and before(done[at], done[at - 1]):
            done[at - 1], done[at] = done[at], done[at - 1]
            at -= 1
    return done


def _reduce(frame: Frame, loop: Loop, ask: Any, initial: object) -> object:
    start = 0
    loop.accumulator = initial
    if initial is NO_ORDER:
        loop.accumulator, start = loop.item, 1
    for index in range(start, len(loop.items)):
        loop.index = index
        loop.accumulator = ask(frame)
    return loop.accumulator


def _same_items(collection: Type, _: Type | None) -> Type:
    return ANYS if collection.unknown else array_of(collection.item)


def _item(collection: Type, _: Type | None) -> Type:
    return UNKNOWN if collection.unknown else collection.item


def _always(type_: Type) -> Callable[[Type, Type | None], Type]:
    return lambda _collection, _answer: type_


def _answer(collection: Type, answer: Type | None) -> Type:
    return answer or _item(collection, None)


CLOSURES = {
    "all": Closing(_always(BOOL), _all, asks=True),
    "any": Closing(_always(BOOL), _any, asks=True),
    "none": Closing(_always(BOOL), _none, asks=True),
    "one": Closing(_always(BOOL), _one, asks=True),
    "count": Closing(_always(INT), _count, asks=True),
    "filter": Closing(_same_items, _filter, asks=True),
    "find": Closing(_item, _find(backwards=False), asks=True),
    "findLast": Closing(_item, _find(backwards=True), asks=True),
    "findIndex": Closing(_always(INT), _find_index(backwards=False), asks=True),
    "findLastIndex": Closing(_always(INT), _find_index(backwards=True), asks=True),
    "map": Closing(lambda _, answer: array_of(answer or UNKNOWN), _map, pointers={"index": INT}),
    "sum": Closing(_answer, _sum),
    "groupBy": Closing(_always(GROUPS), _group_by),
    "sortBy": Closing(lambda collection, _: collection, _sort_by),
    "reduce": Closing(_answer, _reduce, pointers={"index": INT, "acc": UNKNOWN}),
}
