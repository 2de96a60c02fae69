r"""Kubernetes' JSONPath, the dialect of `jsonPath` in web metrics (client-go: `util/jsonpath`).

It writes `{$.data.ok}` in braces, and a missing key is an error, not an absence. Known here: fields (`.a`, `['a']`, and
`\.` for a dot in a name), `[0]`, `[-1]`, `[1:3:2]`, `[*]`, `.*`, `..name`, unions and filters; refused: several
expressions, text around them, `range`, and functions and regular expressions in filters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import jsonpath
from jsonpath.exceptions import JSONPathError

from rollouts.golang.values import type_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_DEFAULT = "{$}"
_WITH_INTEGER = re.compile(r"[=<>]\s*[+-]?\d+\s*[)&|]|[(&|]\s*[+-]?\d+\s*[=!<>]")
# Client-go has neither. The library that reads filters here has, and gives patterns to Python's `re`, which backtracks.
_MORE_THAN_COMPARES = re.compile(r"\w\s*\(|=~")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_SLICE = re.compile(r"(-?\d*)(?::(-?\d*))?(?::(-?\d*))?")
_TOKEN = re.compile(
    r"(?P<nothing>[ @$])"
    r"|\[(?P<filter>\?\(.*?\))\]"
    r"|\[(?P<bracket>(?:'[^']*'|[^\]'])*)\]"
    r"|(?P<descent>\.(?=\.[^.\[*])|\.\.(?=[\[*]|$))"
    r"|\.?(?P<wildcard>\*)"
    r"|\.(?P<name>(?:\\.|[^\s.,\[\]$@{}\\*])+)"
)


class PathError(Exception):
    """A path that cannot be read, or that leads nowhere; str() is client-go's text where it has one."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str


@dataclass(frozen=True, slots=True)
class Elements:
    """`[start:stop:step]`; a single index has stop None and single True."""

    start: int | None
    stop: int | None
    step: int | None
    single: bool = False


@dataclass(frozen=True, slots=True)
class Wildcard:
    pass


@dataclass(frozen=True, slots=True)
class Descent:
    pass


@dataclass(frozen=True, slots=True)
class Union:
    branches: tuple[tuple[Step, ...], ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on the elements of a list, such as `?(@.name=="api")`."""

    selector: str


Step: TypeAlias = Field | Elements | Wildcard | Descent | Union | Filter


@lru_cache(maxsize=64)
def parse_path(text: str) -> tuple[Step, ...]:
    template = (text or _DEFAULT).strip()
    if not (template.startswith("{") and template.endswith("}")):
        raise PathError(f"a jsonPath must be one expression in braces, such as {{$.data.ok}}, not {text!r}")
    return tuple(_steps(template[1:-1]))


def _steps(text: str) -> Iterator[Step]:
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or token.lastgroup is None:
            raise PathError(f"this engine cannot read the jsonPath from {text[at:]!r} onwards")
        yield from _step(token.lastgroup, token[token.lastgroup])
        at = token.end()


def _step(kind: str, text: str) -> Iterator[Step]:
    if kind == "descent":
        yield Descent()
    elif kind == "wildcard":
        yield Wildcard()
    elif kind == "name":
        yield Field(re.sub(r"\\(.)", r"\1", text))
    elif kind == "filter":
        yield _filter(text)
    elif kind == "bracket":
        yield from _in_brackets(text)


def _in_brackets(text: str) -> Iterator[Step]:
    parts = re.findall(r"(?:'[^']*'|[^,'])+", text)
    if len(parts) > 1:
        yield Union(tuple(tuple(_in_brackets(part.strip())) for part in parts))
    elif text == "*":
        yield Elements(None, None, None)
    elif re.fullmatch(r"'[^']*'", text):
        yield from _steps("." + text[1:-1])
    else:
        yield _elements(text)


def _elements(text: str) -> Elements:
    bounds = _SLICE.fullmatch(text)
    if bounds is None or not text:
        raise PathError(f"invalid array index {text}")
    try:
        start, stop, step = (int(bound) if bound else None for bound in bounds.groups())
    except ValueError:
        raise PathError(f"invalid array index {text}") from None
    return Elements(start, stop, step, single=":" not in text)


def _filter(selector: str) -> Filter:
    if _MORE_THAN_COMPARES.search(_QUOTED.sub("", selector)):
        raise PathError(f"this engine knows no functions and no regular expressions in the filter {selector}")
    if _WITH_INTEGER.search(selector):
        raise PathError(f"incompatible types for comparison in {selector}: numbers of JSON are floats, write 1.0 for 1")
    try:
        jsonpath.compile(f"$[{selector}]")
    except JSONPathError as error:
        raise PathError(f"this engine cannot read the filter {selector}: {error}") from None
    return Filter(selector)


def find(steps: Iterable[Step], document: Any) -> list[Any]:
    """All values a path leads to, in order. PathError where it demands what is not there."""
    return _follow(steps, [document])


def _follow(steps: Iterable[Step], values: list[Any]) -> list[Any]:
    for step in steps:
        values = _walk(step, values)
    return values


def _walk(step: Step, values: list[Any]) -> list[Any]:
    match step:
        case Field(name):
            return _fields(name, values)
        case Elements():
            return [item for value in values if value is not None for item in _selected(step, value)]
        case Wildcard():
            return [child for value in values for child in _children(value)]
        case Descent():
            return [container for value in values for container in _containers(value)]
        case Union(branches):
            return [found for branch in branches for found in _follow(branch, values)]
        case Filter(selector):
            return [item for value in values if value is not None for item in _matching(selector, value)]


def _fields(name: str, values: Sequence[Any]) -> list[Any]:
    if not values:
        return []
    found = [value[name] for value in values if isinstance(value, dict) and name in value]
    if not found:
        raise PathError(f"{name} is not found")
    return found


def _selected(elements: Elements, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise PathError(f"{type_name(value)} is not array or slice")
    length = len(value)
    start = elements.start or 0
    start += length if start < 0 else 0
    if elements.single:
        if not 0 <= start < length:
            raise PathError(f"array index out of bounds: index {start}, length {length}")
        return [value[start]]
    stop = length if elements.stop is None else elements.stop
    stop += length if stop < 0 else 0
    if start == stop:
        return []
    for index, beyond in ((start, not 0 <= start < length), (stop - 1, not 0 <= stop <= length)):
        if beyond:
            raise PathError(f"array index out of bounds: index {index}, length {length}")
    if start > stop:
        raise PathError(f"starting index {start} is greater than ending index {stop}")
    if elements.step is not None and elements.step <= 0:
        raise PathError("step must be > 0")
    return value[start : stop : elements.step or 1]


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    return list(value) if isinstance(value, list) else []


def _containers(value: Any) -> Iterator[Any]:
    """The value and all that is below it, as far as it has something below itself."""
    children = _children(value)
    if children:
        yield value
    for child in children:
        yield from _containers(child)


def _matching(selector: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise PathError(f"{type_name(value)} is not array or slice and cannot be filtered")
    return list(jsonpath.findall(f"$[{selector}]", value))
