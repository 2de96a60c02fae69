"""`{{args.x}}` in a metric: text in, text out.

Argo substitutes in the JSON of the whole metric, so an argument may stand in every string and nowhere else. There are
no defaults and no expressions, and no way to write a literal `{{`.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import ValidationError

from rollouts.analysis.spec import Metric
from rollouts.golang.text import quote

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
    pieces, unresolved = list(_split(text)), ""
    for index in range(1, len(pieces), 2):
        tag = pieces[index].strip()
        name = tag.removeprefix("args.")
        if name in values and tag != name:
            pieces[index] = quote(values[name])[1:-1]
        else:
            unresolved = f"{{{{{pieces[index]}}}}}"
    if unresolved:
        raise UnresolvedArgumentError(f"failed to resolve {unresolved}")
    return _read("".join(pieces))


@lru_cache(maxsize=256)
def _read(text: str) -> Metric:
    try:
        return Metric.model_validate_json(text)
    except ValidationError:  # of JSON that Python reads otherwise
        return Metric.model_validate(_decoded(text))


@lru_cache(maxsize=256)
def _split(text: str) -> tuple[str, ...]:
    """Text, tag, text and so on. Raises UnresolvedArgumentError for a tag without an end."""
    start = _TAG.sub(lambda tag: " " * len(tag[0]), text).find("{{")
    if start >= 0:
        raise UnresolvedArgumentError(
            f'Cannot find end tag="}}}}" in the template={quote(text)} starting from {quote(text[start + 2 :])}'
        )
    return tuple(_TAG.split(text))


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        # Go quotes control characters in a way that its JSON decoder does not know.
        character = text[error.pos + 1 : error.pos + 2]
        raise UnresolvedArgumentError(f"invalid character '{character}' in string escape code") from None
