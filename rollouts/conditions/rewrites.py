"""What expr's optimizer makes of builtins with closures that are written together (expr: optimizer/).

They are computed as one, and whoever looks closely can tell: items behind the first hit are not asked in
`filter(...)[0]`, both questions are asked about an item in `all(x, ...) && all(x, ...)`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rollouts.conditions import arithmetic, containers, conversions
from rollouts.conditions.closures import runner
from rollouts.conditions.code import Code, Frame, Listed, Looped, Spread
from rollouts.conditions.errors import ConditionError
from rollouts.golang import values
from rollouts.golang.types import ANYS, BOOL, INT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rollouts.golang.types import Type

# all(x, p) && all(x, q) is all(x, p && q), and so on.
_JOINED = {
    ("all", "&&"): "&&", ("all", "and"): "and", ("any", "||"): "||", ("any", "or"): "or",
    ("none", "&&"): "||", ("none", "and"): "or",
}  # fmt: skip


def joined(symbol: str, left: Code, right: Code) -> Code:
    """`and` and `or`; what they join is not constant."""
    one, other = left.origin, right.origin
    if isinstance(one, Looped) and isinstance(other, Looped) and one.closure and other.closure:
        inner = _JOINED.get((one.name, symbol))
        if inner and one.name == other.name and one.over == other.over and one.collection.type == other.collection.type:
            looped = replace(one, closure=joined(inner, one.closure, other.closure))
            return Code(BOOL, runner(looped), origin=looped)
    decides = symbol in ("or", "||")

    def run(frame: Frame) -> object:
        answer = conversions.as_bool(left.run(frame))
        return answer if answer is decides else right.run(frame)

    return Code(BOOL, run)


def looping(plain: Code, *, indexed: bool) -> Code:
    """`plain` is a builtin with a closure, as it was written; `indexed` says that `#index` is in it."""
    looped = plain.origin
    assert isinstance(looped, Looped)
    inner, closure = looped.collection.origin, looped.closure
    if not (isinstance(inner, Looped) and inner.name == "filter" and inner.taken is None and inner.closure and closure):
        return plain
    if looped.name == "filter":
        both = joined("&&", inner.closure, closure)
        return _filtered(plain.type, replace(inner, closure=both))
    if looped.name == "map" and not indexed:
        return _filtered(plain.type, replace(inner, taken=closure))
    return plain


def _filtered(type_: Type, looped: Looped) -> Code:
    return Code(type_, runner(looped), origin=looped)


def element(plain: Code, base: Code, key: Code) -> Code:
    """`filter(...)[0]` and `filter(...)[-1]`."""
    if not (values.is_int(key.constant) and key.constant in (0, -1)):
        return plain
    search = _search(base, last=key.constant == -1)
    return plain if search is None else Code(plain.type, _or_fail(search))


def calling(name: str, plain: Code, argument: Code) -> Code:
    """A builtin without a closure, of one with a closure: `first(filter(...))`, `len(filter(...))`."""
    if name in ("first", "last"):
        search = _search(argument, last=name == "last")
        return plain if search is None else Code(plain.type, runner(search))
    looped = argument.origin
    if name == "len" and isinstance(looped, Looped) and looped.name == "filter":
        return Code(plain.type, runner(replace(looped, name="count", taken=None)))
    return plain


def summed(plain: Code) -> Code:
    """`sum(map(...))`, and `sum([a, b])`, which is `a + b`."""
    looped = plain.origin
    assert isinstance(looped, Looped)
    inner = looped.collection.origin
    if looped.closure is None and isinstance(inner, Looped) and inner.name == "map":
        return Code(plain.type, runner(replace(inner, name="sum")))
    if looped.closure is None and isinstance(inner, Listed):
        items = inner.items
        return Code(plain.type, lambda frame: _sum([item.run(frame) for item in items]))
    return plain


def _sum(items: list[object]) -> object:
    total = items[-1]
    for item in reversed(items[:-1]):
        total = arithmetic.add(item, total)
    return total


def _search(base: Code, *, last: bool) -> Looped | None:
    looped = base.origin
    if isinstance(looped, Looped) and looped.name == "filter":
        return replace(looped, name="findLast" if last else "find")
    return None


def _or_fail(search: Looped) -> Callable[[Frame], object]:
    """What is not found is an error; what is found, and may be nil, stands in a tuple, which no value is."""
    take = search.taken.run if search.taken else lambda frame: frame.loops[-1].item
    find = runner(replace(search, taken=Code(ANYS, lambda frame: (take(frame),))))

    def run(frame: Frame) -> object:
        found = find(frame)
        if isinstance(found, tuple):
            return found[0]
        raise ConditionError("reflect: slice index out of range")

    return run


def membership(plain: Code, needle: Code, haystack: Code, items: Sequence[object]) -> Code:
    """`x in [1, 2]` and `x in ["a", "b"]`, which expr looks up in a map of Go's, and `x in 1..3`, which is two
    comparisons. `items` are those of a list of literals.
    """
    if items and needle.type == INT and all(map(values.is_int, items)):
        known = frozenset(items)
        return Code(BOOL, lambda frame: (needle.run(frame) or 0) in known)  # the map takes nil for 0
    if items and all(isinstance(item, str) for item in items):
        keys = dict.fromkeys(items)  # what is no string is an error, not an absence
        return Code(BOOL, lambda frame: containers.contains(needle.run(frame), keys))
    span = haystack.origin
    if needle.type == INT and isinstance(span, Spread) and span.first.is_constant and span.last.is_constant:
        return _between(needle, span.first.constant, span.last.constant)
    return plain


def _between(needle: Code, first: object, last: object) -> Code:
    def run(frame: Frame) -> object:
        value = needle.run(frame)
        return arithmetic.more_or_equal(value, first) and arithmetic.less_or_equal(value, last)

    return Code(BOOL, run)
