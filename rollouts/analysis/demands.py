"""What a metric demands of its number, read from the syntax trees of its conditions.

`len(result) > 0 && result[0] >= 0.95` demands at least 0.95: whether there is a number at all is no part of the bound.
So a condition is read for a measurement that has one number, where each part of it is true, false, a bound on that
number, or more than that (two bounds, arithmetic, another series), and then only the condition itself can say it.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, TypeAlias

from rollouts.conditions.errors import ConditionError
from rollouts.conditions.parser import parse
from rollouts.conditions.tree import Binary, Call, Chain, Literal, Member, Name, Unary
from rollouts.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from rollouts.analysis.spec import Metric
    from rollouts.conditions.tree import Node

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
_NEGATED = {">=": "<", "<": ">=", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
_MIRRORED = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "==": "==", "!=": "!="}
_WORDS = {">=": "at least", ">": "more than", "<=": "at most", "<": "less than", "==": "exactly"}
_NO = {"isNaN", "isInf", "isNil"}  # what these ask is not so where there is a number
_THE_SAME_NUMBER = {"asFloat", "float", "default"}  # what their first argument is, they are


class Demand(Value, frozen=True):
    """What the number of a metric has to be: `op` (>=, >, <=, <, ==) and `value`.

    Both are None where the conditions say more than that; `words` is then the condition itself. Without any condition
    `words` is empty.
    """

    words: str = ""
    op: str | None = None
    value: float | None = None


class _Bound(Value, frozen=True):
    op: str
    value: float


# None: more than a bound.
_Reading: TypeAlias = bool | _Bound | None


def demand_of(metric: Metric) -> Demand:
    """What must hold for a measurement of the metric to be Successful. Arguments have to be substituted before.

    The success condition says it; without one, or where it is no simple bound, the failure condition says it by what
    must not hold. A number that meets neither condition is Inconclusive: what is demanded is success.
    """
    success, failure = metric.success_condition, metric.failure_condition
    for reading in (_read(success), _negated(_read(failure))):
        if isinstance(reading, _Bound) and reading.op in _WORDS:
            return Demand(f"{_WORDS[reading.op]} {reading.value:.12g}", reading.op, reading.value)
    if success:
        return Demand(_on_one_line(success))
    return Demand(f"not: {_on_one_line(failure)}") if failure else Demand()


def _on_one_line(condition: str) -> str:
    return " ".join(line.strip() for line in condition.strip().splitlines())


def _read(condition: str) -> _Reading:
    if not condition:
        return None
    try:
        return _reading(parse(condition))
    except (ConditionError, RecursionError):  # the measurement will be an Error that says why
        return None


def _reading(node: Node) -> _Reading:
    reading: _Reading = None
    match node:
        case Literal(bool(value)):
            reading = value
        case Unary("!" | "not", operand):
            reading = _negated(_reading(operand))
        case Binary("&&" | "and", left, right):
            reading = _both(_reading(left), _reading(right))
        case Binary("||" | "or", left, right):
            reading = _negated(_both(_negated(_reading(left)), _negated(_reading(right))))
        case Binary(op, left, right) if op in _COMPARE:
            reading = _comparison(op, left, right)
            if reading is None:
                reading = _comparison(_MIRRORED[op], right, left)
        case Call(name) if name in _NO:
            reading = False
    return reading


def _both(left: _Reading, right: _Reading) -> _Reading:
    if left is False or right is False:
        return False
    if left is True or left == right:
        return right
    return left if right is True else None


def _negated(reading: _Reading) -> _Reading:
    if isinstance(reading, _Bound):
        return _Bound(_NEGATED[reading.op], reading.value)
    return None if reading is None else not reading


def _comparison(op: str, left: Node, right: Node) -> _Reading:
    """What it says with the number, or what is asked of it, on the left."""
    value = _constant(right)
    if left == Call("len", (Name("result"),)):
        return None if value is None else _asks_for_data(op, value)
    if not _is_the_number(left):
        return None
    if right == Literal(None) and op in ("==", "!="):
        return op == "!="
    return None if value is None else _Bound(op, value)


def _asks_for_data(op: str, length: float) -> bool:
    """Whether a comparison of len(result) holds where something was measured: all do that do not ask for emptiness."""
    compare = _COMPARE[op]
    return compare(1, length) or not compare(0, length)


def _is_the_number(node: Node) -> bool:
    match node:
        case Name("result"):
            return True
        case Member(base, Literal(0)):
            return _is_the_number(base)
        case Chain(body):
            return _is_the_number(body)
        case Binary("??", left, _):
            return _is_the_number(left)
        case Call(name, (first, *_)) if name in _THE_SAME_NUMBER:
            return _is_the_number(first)
    return False


def _constant(node: Node) -> float | None:
    match node:
        case Unary("-", operand):
            value = _constant(operand)
            return None if value is None else -value
        case Literal(value) if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value) if math.isfinite(value) else None
    return None
