"""Argo's conditions: `len(result) > 0 && result[0] >= 0.95`, evaluated without eval.

The language is expr-lang/expr 1.17 with Argo Rollouts' functions. A condition goes through three files:
`parser` reads it, `compiling` checks the types of this measurement, `evaluate` runs it.
"""

from rollouts.conditions.errors import ConditionError
from rollouts.conditions.evaluate import evaluate
from rollouts.golang.values import Floats

__all__ = ["ConditionError", "Floats", "evaluate"]
