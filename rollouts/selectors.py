"""The selector of a Rollout's pods, and how to print it."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads it
from typing import Annotated

from pydantic import Field

from rollouts.value import Part


class SelectorRequirement(Part):
    key: str
    operator: str
    values: Annotated[tuple[str, ...], Field(strict=False)] = ()


class Selector(Part):
    match_labels: Mapping[str, str] = Field(default_factory=dict)
    match_expressions: Annotated[tuple[SelectorRequirement, ...], Field(strict=False)] = ()


def selector_text(selector: Selector | None, also: Mapping[str, str] | None = None) -> str:
    """The selector as Kubernetes formats it for `kubectl -l`, with the labels of `also` added to it."""
    assert selector is not None, "parse_rollout() refuses that"
    labels = {**selector.match_labels, **(also or {})}
    terms = [(key, f"{key}={value}") for key, value in labels.items()]
    for requirement in selector.match_expressions:
        key, values = requirement.key, ",".join(sorted(requirement.values))
        texts = {"Exists": key, "DoesNotExist": f"!{key}"}
        operator = requirement.operator.lower()
        terms.append((key, texts.get(requirement.operator, f"{key} {operator} ({values})")))
    return ",".join(text for _, text in sorted(terms))
