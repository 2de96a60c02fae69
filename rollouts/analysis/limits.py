"""The numbers of a metric, with Argo's defaults.

Argo keeps them as "int or string"; a string that is no number counts as 0, so `failureLimit: "two"` is 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rollouts.analysis.spec import IntOrString, Metric

DEFAULT_CONSECUTIVE_ERROR_LIMIT = 4
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Limits:
    """`count` is None for a metric that is measured until it is stopped. `failure` -1 switches that limit off."""

    count: int | None
    failure: int
    inconclusive: int
    consecutive_error: int
    consecutive_success: int


def limits_of(metric: Metric) -> Limits:
    return Limits(
        count=_effective_count(metric),
        failure=number(metric.failure_limit),
        inconclusive=number(metric.inconclusive_limit),
        consecutive_error=number(metric.consecutive_error_limit, DEFAULT_CONSECUTIVE_ERROR_LIMIT),
        consecutive_success=number(metric.consecutive_success_limit),
    )


def _effective_count(metric: Metric) -> int | None:
    count = number(metric.count)
    if count != 0:
        return count
    return None if metric.interval else 1


def number(value: IntOrString | None, default: int = 0) -> int:
    if value is None:
        return default
    if isinstance(value, int):
        return value
    return int(value) if _NUMBER.fullmatch(value) else 0
