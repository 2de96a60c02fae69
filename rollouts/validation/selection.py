"""Whether a Rollout's selector is one, and selects the Rollout's own pods.

k8s.io/apimachinery: pkg/apis/meta/v1/validation/validation.go; Argo: pkg/apis/rollouts/validation/validation.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.errors import Invalid
from rollouts.golang.text import quote
from rollouts.schema.names import invalid, label_value_problem, of_labels, qualified_name_problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rollouts.selectors import Selector, SelectorRequirement

_AT = "spec.selector"


def of_selector(selector: Selector | None) -> Iterator[Invalid]:
    if selector is None:
        yield Invalid(_AT, "Rollout has missing field '.spec.selector'")
        return
    yield from of_labels(selector.match_labels, f"{_AT}.matchLabels")
    for i, requirement in enumerate(selector.match_expressions):
        yield from _of_requirement(requirement, f"{_AT}.matchExpressions[{i}]")
    if not selector.match_labels and not selector.match_expressions:
        yield Invalid(_AT, "empty selector is invalid for deployment")


def _of_requirement(requirement: SelectorRequirement, at: str) -> Iterator[Invalid]:
    operator, values = requirement.operator, requirement.values
    if operator in ("In", "NotIn"):
        if not values:
            yield Invalid(f"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            yield Invalid(f"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    else:
        yield Invalid(f"{at}.operator", f"Invalid value: {quote(operator)}: not a valid selector operator")
    yield from invalid(f"{at}.key", requirement.key, qualified_name_problem(requirement.key))
    for i, value in enumerate(values):
        yield from invalid(f"{at}.values[{i}]", value, label_value_problem(value))


def selects(selector: Selector, labels: Mapping[str, str]) -> bool:
    return all(labels.get(name) == value for name, value in selector.match_labels.items()) and all(
        _matches(requirement, labels) for requirement in selector.match_expressions
    )


def _matches(requirement: SelectorRequirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return value in requirement.values
        case "NotIn":
            return value not in requirement.values
        case "Exists":
            return value is not None
    return value is None
