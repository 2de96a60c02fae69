"""Every operator: which types it takes (checked first), and what it does (run later)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rollouts.conditions import arithmetic, containers, conversions, rewrites
from rollouts.conditions.code import Code, Computed, Frame, Spread, constant
from rollouts.conditions.errors import ConditionError
from rollouts.conditions.inference import array_of, comparable, key_of, perhaps, promoted
from rollouts.golang import values
from rollouts.golang.regexp import Pattern, compile_pattern
from rollouts.golang.types import BOOL, DURATION, FLOAT, INT, STRING, TIME, UNKNOWN, Kind, Type, assignable

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBERS = (Kind.INT, Kind.FLOAT)
_TIMES = (Kind.TIME, Kind.DURATION)
_ORDERED = (*_NUMBERS, Kind.STRING, *_TIMES)
# What comes of two that are not both numbers.
_SUMS = {
    (Kind.STRING, Kind.STRING): STRING, (Kind.TIME, Kind.DURATION): TIME, (Kind.DURATION, Kind.TIME): TIME,
    (Kind.DURATION, Kind.DURATION): DURATION,
}  # fmt: skip
_DIFFERENCES = {
    (Kind.TIME, Kind.TIME): DURATION, (Kind.TIME, Kind.DURATION): TIME, (Kind.DURATION, Kind.DURATION): DURATION,
}  # fmt: skip
_PRODUCTS = {
    pair: DURATION
    for kind in (*_NUMBERS, Kind.DURATION)
    for pair in ((kind, Kind.DURATION), (Kind.DURATION, kind))
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operator:
    """`check` gives the type of the outcome, or None for types that do not fit."""

    check: Callable[[Type, Type], Type | None]
    run: Callable[[object, object], object]
    # expr computes some operators on literals already when it compiles; for the others nobody can tell.
    folds: bool = False


def _on(kinds: tuple[Kind, ...], outcome: Type) -> Callable[[Type, Type], Type | None]:
    """Both sides of one of `kinds` (numbers mix), or one such and one unknown."""

    def check(left: Type, right: Type) -> Type | None:
        both = (
            left.kind in kinds and right.kind in kinds and (left.kind is right.kind or (left.number and right.number))
        )
        return outcome if both or perhaps(left, right, kinds) else None

    return check


def _arithmetic(others: dict[tuple[Kind, Kind], Type], *kinds: Kind) -> Callable[[Type, Type], Type | None]:
    def check(left: Type, right: Type) -> Type | None:
        if left.number and right.number:
            return promoted(left, right)
        found = others.get((left.kind, right.kind))
        return found or (UNKNOWN if perhaps(left, right, kinds) else None)

    return check


def _equality(left: Type, right: Type) -> Type | None:
    return BOOL if comparable(left, right) else None


def _membership(left: Type, right: Type) -> Type | None:
    if right.kind is Kind.MAP:
        if not left.unknown and not assignable(left, key_of(right)):
            raise ConditionError(f"cannot use {left.name} as type {key_of(right).name} in map key")
        return BOOL
    if right.kind is Kind.ARRAY:
        if not comparable(left, right.item):
            raise ConditionError(f"cannot use {left.name} as type {right.item.name} in array")
        return BOOL
    if right.unknown or (left.unknown and right.kind is Kind.STRING):
        return BOOL
    return None


def _search(find: Callable[[bytes, bytes], bool]) -> Callable[[object, object], bool]:
    """Text operators answer false when a side is nil."""

    def run(left: object, right: object) -> bool:
        if values.is_nil(left) or values.is_nil(right):
            return False
        return find(values.raw(conversions.as_string(left)), values.raw(conversions.as_string(right)))

    return run


def _matches(text: object, pattern: object) -> bool:
    if values.is_nil(text) or values.is_nil(pattern):
        return False
    if not isinstance(text, str):
        conversions.wants(text, "[]uint8")
    return _pattern(conversions.as_string(pattern)).found_in(text)


def _pattern(text: str) -> Pattern:
    try:
        return compile_pattern(text)
    except ValueError as error:
        raise ConditionError(str(error)) from None


_ON_TEXT = _on((Kind.STRING,), BOOL)
_POWER = Operator(_on(_NUMBERS, FLOAT), arithmetic.power, folds=True)

OPERATORS = {
    "==": Operator(_equality, arithmetic.equal),
    "!=": Operator(_equality, lambda left, right: not arithmetic.equal(left, right)),
    "<": Operator(_on(_ORDERED, BOOL), arithmetic.less),
    ">": Operator(_on(_ORDERED, BOOL), arithmetic.more),
    "<=": Operator(_on(_ORDERED, BOOL), arithmetic.less_or_equal),
    ">=": Operator(_on(_ORDERED, BOOL), arithmetic.more_or_equal),
    "+": Operator(_arithmetic(_SUMS, *_ORDERED), arithmetic.add, folds=True),
    "-": Operator(_arithmetic(_DIFFERENCES, *_NUMBERS, *_TIMES), arithmetic.subtract, folds=True),
    "*": Operator(_arithmetic(_PRODUCTS, *_NUMBERS, Kind.DURATION), arithmetic.multiply, folds=True),
    "/": Operator(_on(_NUMBERS, FLOAT), arithmetic.divide, folds=True),
    "%": Operator(_on((Kind.INT,), INT), arithmetic.modulo, folds=True),
    "**": _POWER,
    "^": _POWER,
    "in": Operator(_membership, containers.contains),
    "contains": Operator(_ON_TEXT, _search(lambda text, part: part in text)),
    "startsWith": Operator(_ON_TEXT, _search(bytes.startswith)),
    "endsWith": Operator(_ON_TEXT, _search(bytes.endswith)),
    "matches": Operator(_ON_TEXT, _matches),
}


def binary(symbol: str, left: Code, right: Code) -> Code:
    """Any operator that looks at both its sides."""
    operator = OPERATORS[symbol]
    if symbol == "matches" and isinstance(right.constant, str) and right.origin is None:
        _pattern(right.constant)
    type_ = operator.check(left.type, right.type)
    if type_ is None:
        raise ConditionError(_mismatched(symbol, left.type, right.type))
    made = Computed(symbol, (left, right))
    if left.is_constant and right.is_constant and (operator.folds or _folds_equality(symbol, left, right)):
        return replace(constant(type_, _folded(operator, left.constant, right.constant)), origin=made)
    ask, other, run = left.run, right.run, operator.run
    if symbol in ("==", "!=") and left.type == right.type and left.type in (INT, STRING):
        run = _on_same(left.type, run)
    return Code(type_, lambda frame: run(ask(frame), other(frame)), origin=made)


def _mismatched(symbol: str, left: Type, right: Type) -> str:
    return f"invalid operation: {symbol} (mismatched types {left.name} and {right.name})"


def _folds_equality(symbol: str, left: Code, right: Code) -> bool:
    return symbol == "==" and left.type == right.type and left.type in (BOOL, INT, STRING)


def _on_same(type_: Type, run: Callable[[object, object], object]) -> Callable[[object, object], object]:
    """What the types promise is an int or a string and is none (`findIndex` of nothing) is an error in expr."""

    def compare(left: object, right: object) -> object:
        for value in (left, right):
            if values.type_of(value) != type_:
                conversions.wants(value, type_.name)
        return run(left, right)

    return compare


def _folded(operator: Operator, left: object, right: object) -> object:
    try:
        return operator.run(left, right)
    except ConditionError as error:
        raise ConditionError(str(error).removeprefix("runtime error: ")) from None


def conjunction(symbol: str, left: Code, right: Code) -> Code:
    """`&&` and `||`: the right side is asked only when it matters, and may be dropped before that."""
    kinds = (Kind.BOOL,)
    if not (left.type.kind is right.type.kind is Kind.BOOL or perhaps(left.type, right.type, kinds)):
        raise ConditionError(_mismatched(symbol, left.type, right.type))
    decides = symbol in ("or", "||")
    for side, other in ((left, right), (right, left)):
        if side.constant is (not decides):
            return replace(other, type=BOOL)
    if left.constant is decides or right.constant is decides:
        return constant(BOOL, decides)
    return rewrites.joined(symbol, left, right)


def coalesce(left: Code, right: Code) -> Code:
    """`a ?? b`: b when a is nil."""
    if left.type.kind is Kind.NIL or right.type.kind is Kind.NIL:
        type_ = right.type if left.type.kind is Kind.NIL else left.type
    else:
        type_ = left.type if assignable(right.type, left.type) else UNKNOWN

    def run(frame: Frame) -> object:
        value = left.run(frame)
        return right.run(frame) if values.is_nil(value) else value

    return Code(type_, run)


def spread(left: Code, right: Code) -> Code:
    """`1..3` is [1, 2, 3]."""
    if not (left.type.kind is right.type.kind is Kind.INT or perhaps(left.type, right.type, (Kind.INT,))):
        raise ConditionError(_mismatched("..", left.type, right.type))

    def run(frame: Frame) -> object:
        first, last = conversions.as_int(left.run(frame)), conversions.as_int(right.run(frame))
        size = max(0, values.wrap(values.wrap(last - first) + 1))
        frame.spend(size)
        return values.Ints(range(first, first + size))

    return Code(array_of(INT), run, origin=Spread(left, right))


def unary(symbol: str, operand: Code) -> Code:
    if symbol in ("!", "not"):
        return _not(symbol, operand)
    if not (operand.type.number or operand.type.unknown):
        raise ConditionError(f"invalid operation: {symbol} (mismatched type {operand.type.name})")
    type_ = UNKNOWN if operand.type.unknown else operand.type
    compute = arithmetic.negate if symbol == "-" else _unchanged
    if operand.is_constant:
        return replace(constant(type_, compute(operand.constant)), origin=Computed(symbol, (operand,)))
    return Code(type_, lambda frame: compute(operand.run(frame)), origin=Computed(symbol, (operand,)))


def floated(code: Code) -> Code:
    """Whole literals given for a float64 become floats, as in `isNaN(1)`; computed integers do not."""
    if isinstance(code.origin, Computed) and code.origin.symbol in ("+", "-", "*"):
        operands = [floated(operand) for operand in code.origin.operands]
        return unary(code.origin.symbol, *operands) if len(operands) == 1 else binary(code.origin.symbol, *operands)
    if code.type == INT and code.is_constant and code.origin is None:
        return constant(FLOAT, conversions.as_float(code.constant))
    return code


def _not(symbol: str, operand: Code) -> Code:
    if operand.type.kind is not Kind.BOOL and not operand.type.unknown:
        raise ConditionError(f"invalid operation: {symbol} (mismatched type {operand.type.name})")
    if isinstance(operand.constant, bool):
        return constant(BOOL, not operand.constant)
    return Code(BOOL, lambda frame: not conversions.as_bool(operand.run(frame)))


def _unchanged(value: object) -> object:
    return value


def check_condition(condition: Code) -> None:
    if condition.type.kind is not Kind.BOOL and not condition.type.unknown:
        raise ConditionError(f"non-bool expression (type {condition.type.name}) used as condition")


def conditional(condition: Code, then: Code, otherwise: Code) -> Code:
    def run(frame: Frame) -> object:
        return (then if conversions.as_bool(condition.run(frame)) else otherwise).run(frame)

    return Code(_either(then.type, otherwise.type), run)


def _either(then: Type, otherwise: Type) -> Type:
    if then.kind is Kind.NIL:
        return otherwise
    if otherwise.kind is Kind.NIL:
        return then
    if not assignable(then, otherwise):
        return UNKNOWN
    if then.kind is otherwise.kind is Kind.ARRAY and not (
        assignable(then.item, otherwise.item) and assignable(otherwise.item, then.item)
    ):
        return array_of(UNKNOWN)
    return then
