"""The two conditions of a metric, and the phase of a measurement (Argo: `utils/evaluate/evaluate.go`)."""

from __future__ import annotations

from rollouts.analysis.model import Phase
from rollouts.conditions.errors import ConditionError
from rollouts.conditions.evaluate import evaluate
from rollouts.golang.text import readable

_NO_DATA = "metric result is nil or empty: no data returned from the metric provider"


def evaluate_result(success: str | None, failure: str | None, result: object) -> tuple[Phase, str]:
    """The phase of a measurement, and the message of an Error ("" otherwise).

    Both conditions: Failed wins over Successful, neither is Inconclusive. One condition: its negation is
    the other. None: Successful. Whatever cannot be evaluated is an Error, even if the other one holds.
    """
    holds: dict[str, bool] = {}
    for name, expression in (("successCondition", success), ("failureCondition", failure)):
        if not expression:
            continue
        try:
            holds[name] = evaluate(expression, result)
        except ConditionError as error:
            problem = _NO_DATA if result is None or result == [] else str(error)
            return Phase.ERROR, readable(f'could not evaluate {name} "{expression}": {problem}')
    return _verdict(holds.get("successCondition"), holds.get("failureCondition")), ""


def _verdict(success: bool | None, failure: bool | None) -> Phase:  # noqa: FBT001 - a truth table
    if failure or (failure is None and success is False):
        return Phase.FAILED
    if success or (success is None):
        return Phase.SUCCESSFUL
    return Phase.INCONCLUSIVE
