"""The selector of a Rollout's pods as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rollouts.model import Selector


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
