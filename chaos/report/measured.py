"""What can be drawn of the measurements: Argo keeps their values as text."""

import math
from collections.abc import Sequence

from chaos.report.document import MeasuredDict


def number(value: str) -> float | None:
    """The (first) number of a measurement's value: `[0.98]`, `[0.98,1]` and `0.98` are 0.98, `[]` and `NaN`
    None.
    """
    try:
        parsed = float(value.strip().strip("[]").split(",")[0])
    except ValueError:
        return None
    return parsed if math.isfinite(parsed) else None


def success_metric(measurements: Sequence[MeasuredDict]) -> str | None:
    """The metric to draw as a success rate: the first that is called one."""
    return next((one["metric"] for one in measurements if "success" in one["metric"].lower()), None)


def drawn_as_rate(measurements: Sequence[MeasuredDict]) -> list[tuple[MeasuredDict, float]]:
    """The measurements of the success rate that have a value, with it."""
    metric = success_metric(measurements)
    of_metric = [(one, number(one["value"])) for one in measurements if one["metric"] == metric]
    return [(one, value) for one, value in of_metric if value is not None]


def drawn_as_verdict(measurements: Sequence[MeasuredDict]) -> list[tuple[str, list[MeasuredDict]]]:
    """All others, of which only the verdict is drawn, by the name of their row, in order of appearance."""
    metric = success_metric(measurements)
    rows: dict[str, list[MeasuredDict]] = {}
    for one in measurements:
        if one["metric"] != metric:
            rows.setdefault(one["metric"], []).append(one)
        elif number(one["value"]) is None:
            rows.setdefault("no value", []).append(one)
    return list(rows.items())
