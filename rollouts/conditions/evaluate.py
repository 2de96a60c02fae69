"""One condition asked about one measurement."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rollouts.conditions.code import Code, Frame, Scope
from rollouts.conditions.compiling import compile_node
from rollouts.conditions.errors import ConditionError
from rollouts.conditions.parser import parse
from rollouts.golang.values import type_name, type_of

if TYPE_CHECKING:
    from rollouts.golang.types import Type


def evaluate(expression: str, result: object) -> bool:
    """Whether `expression` holds for `result`.

    `result` is what a provider measured: Floats for a Prometheus vector, a float for a scalar, and for
    JSON None, bool, float, str, list and dict (numbers are floats). Raises ConditionError for anything
    but a bool, with the text of Argo Rollouts.
    """
    try:
        value = _compiled(expression, type_of(result)).run(Frame(result))
    except RecursionError:
        raise ConditionError("the expression is nested too deeply") from None
    if not isinstance(value, bool):
        raise ConditionError(f"expected bool, but got {type_name(value)}")
    return value


@lru_cache(maxsize=256)
def _compiled(expression: str, result: Type) -> Code:
    return compile_node(parse(expression), Scope(result))
