"""The names that Argo Rollouts puts into a condition (`utils/evaluate/evaluate.go`).

Two of them surprise: `isNil` and `default` ignore their first argument and look at the whole result, so
`default(result.errors, 0)` gives the whole result, not the member.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rollouts.conditions import conversions
from rollouts.conditions.builtins.numbers import parse_float, parse_int
from rollouts.conditions.errors import ConditionError
from rollouts.conditions.functions import Function
from rollouts.conditions.inference import Signature
from rollouts.golang import values
from rollouts.golang.text import display
from rollouts.golang.types import ANY, BOOL, FLOAT, INT64

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rollouts.conditions.code import Frame


def _as_int(_: Frame, arguments: Sequence[object]) -> object:
    (value,) = arguments
    if isinstance(value, str):
        return values.Int64(parse_int(value))
    if not values.is_number(value):
        raise ConditionError(f"asInt() not supported on {values.type_name(value)} {display(value)}")
    return values.Int64(conversions.as_int(value))


def _as_float(_: Frame, arguments: Sequence[object]) -> object:
    (value,) = arguments
    if isinstance(value, str):
        return parse_float(value)
    if not values.is_number(value):
        raise ConditionError(f"asFloat() not supported on {values.type_name(value)} {display(value)}")
    return float(value)


def _on_float(ask: Callable[[float], bool]) -> Callable[[Frame, Sequence[object]], object]:
    def run(_: Frame, arguments: Sequence[object]) -> object:
        (value,) = arguments
        return ask(value) if isinstance(value, float) else conversions.wants(value, "float64")

    return run


def _is_nil(frame: Frame, _: Sequence[object]) -> object:
    return frame.result is None


def _default(frame: Frame, arguments: Sequence[object]) -> object:
    return arguments[1] if frame.result is None else frame.result


FUNCTIONS: dict[str, Function] = {
    "asInt": Function(Signature((ANY,), INT64), _as_int),
    "asFloat": Function(Signature((ANY,), FLOAT), _as_float),
    "isNaN": Function(Signature((FLOAT,), BOOL), _on_float(math.isnan)),
    "isInf": Function(Signature((FLOAT,), BOOL), _on_float(math.isinf)),
    "isNil": Function(Signature((ANY,), BOOL), _is_nil),
    "default": Function(Signature((ANY, ANY), ANY), _default),
}


def everything(frame: Frame) -> dict[str, object]:
    """`$env`."""
    return {"result": frame.result, **FUNCTIONS}
