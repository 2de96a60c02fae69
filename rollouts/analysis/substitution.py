"""`{{args.x}}` in a metric: text in, text out.

Argo substitutes in the JSON of the whole metric, so an argument may stand in every string and nowhere else. There are
no defaults and no expressions, and no way to write a literal `{{`.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from rollouts.analysis.spec import Metric
from rollouts.conditions.gotext import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


class UnresolvedArgumentError(Exception):
    """str() is Argo's text, to be shown after `Unable to resolve metric arguments: `."""


def substitute(metric: Metric, values: Mapping[str, str]) -> Metric:
    """The metric with its arguments. Raises UnresolvedArgumentError for a tag that is no known argument."""
    text = metric.text
    if "{{" not in text:
        return metric
    _check_closed(text)
    unresolved: list[str] = []

    def replaced(tag: re.Match[str]) -> str:
        name = tag[1].strip().removeprefix("args.")
        if name in values and tag[1].strip() != name:
            return quote(values[name])[1:-1]
        unresolved.append(tag[1])
        return ""

    resolved = _TAG.sub(replaced, text)
    if unresolved:
        raise UnresolvedArgumentError(f"failed to resolve {{{{{unresolved[-1]}}}}}")
    return Metric.model_validate(_decoded(resolved))


@lru_cache(maxsize=256)
def _check_closed(text: str) -> None:
    start = _TAG.sub(lambda tag: " " * len(tag[0]), text).find("{{")
    if start >= 0:
        raise UnresolvedArgumentError(
            f'Cannot find end tag="}}}}" in the template={quote(text)} starting from {quote(text[start + 2 :])}'
        )


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        # Go quotes control characters in a way that its JSON decoder does not know.
        character = text[error.pos + 1 : error.pos + 2]
        raise UnresolvedArgumentError(f"invalid character '{character}' in string escape code") from None
