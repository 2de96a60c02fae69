"""Compares the schema that the engine knows with Argo's own CustomResourceDefinitions, field by field."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import yaml

from conformance import argo
from conformance.table import Answer, Row, Table
from rollouts.schema import ANALYSIS_TEMPLATE, ROLLOUT
from rollouts.schema.shapes import Anything, Fields, Listed, Mapped, Scalar, Shape

if TYPE_CHECKING:
    from pathlib import Path

# A ClusterAnalysisTemplate has the shape of an AnalysisTemplate.
FILES = {
    "rollout-crd.yaml": ROLLOUT,
    "analysis-template-crd.yaml": ANALYSIS_TEMPLATE,
    "cluster-analysis-template-crd.yaml": ANALYSIS_TEMPLATE,
}
_ABOUT = """\
Every field of the CustomResourceDefinitions of Rollouts, AnalysisTemplates and ClusterAnalysisTemplates, as Argo
Rollouts' own manifests have them, compared with the engine's schema: type and format, required fields, allowed values,
and the keys by which items of a list are told apart."""
# Descriptions and defaults do not decide what is valid, except for defaults of the keys of list items.
_NOT_COMPARED = {"anyOf", "default", "description", "x-kubernetes-map-type", "x-kubernetes-validations"}
_NOT_THERE = Answer("no such field")

Schema = Mapping[str, Any]


def compare(_generated: int, _seed: int, say: Callable[[str], None]) -> Table:
    return Table("fields", _ABOUT, tuple(rows(argo.definitions(say))))


def rows(folder: Path) -> Iterator[Row]:
    """All fields of the definitions in that folder, and fields that only the engine has."""
    for name, shape in FILES.items():
        definition = yaml.load((folder / name).read_text(), yaml.CSafeLoader)
        schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        yield from beside(schema["properties"]["spec"], shape.known["spec"], f"{name}: spec")


def beside(schema: Schema | None, shape: Shape | None, at: str) -> Iterator[Row]:
    yield Row(
        at, _answer(None if schema is None else _defined(schema)), _answer(None if shape is None else _known(shape))
    )
    wanted, known = (schema or {}).get("properties", {}), shape.known if isinstance(shape, Fields) else {}
    for name in sorted(wanted.keys() | known.keys()):
        yield from beside(wanted.get(name), known.get(name), f"{at}.{name}")
    for name, within, sign in (("items", Listed, "[]"), ("additionalProperties", Mapped, ".*")):
        inner = (schema or {}).get(name)
        if isinstance(inner, Mapping) or isinstance(shape, within):
            yield from beside(inner, _inner(shape), f"{at}{sign}")


def _answer(words: Schema | None) -> Answer:
    return _NOT_THERE if words is None else Answer(json.dumps(words, sort_keys=True))


def _inner(shape: Shape | None) -> Shape | None:
    match shape:
        case Listed():
            return shape.item
        case Mapped():
            return shape.value
    return None


def _defined(schema: Schema) -> dict[str, Any]:
    """What a definition says about the field itself, not about fields inside it."""
    inner = {"properties", "items", "additionalProperties", *_NOT_COMPARED}
    return {key: value for key, value in schema.items() if key not in inner and value != "atomic"}


def _known(shape: Shape) -> dict[str, Any]:
    """The engine's schema of a field, in the terms of a definition."""
    match shape:
        case Fields():
            return {"type": "object", **({"required": sorted(shape.required)} if shape.required else {})}
        case Mapped():
            return {"type": "object"}
        case Listed():
            return {"type": "array", **_list_words(shape)}
        case Anything():
            return {**_type_words(shape.types), "x-kubernetes-preserve-unknown-fields": True}
    return _scalar_words(shape)


def _list_words(shape: Listed) -> dict[str, Any]:
    if shape.keys:
        return {"x-kubernetes-list-map-keys": list(shape.keys), "x-kubernetes-list-type": "map"}
    return {"x-kubernetes-list-type": "set"} if shape.is_set else {}


def _scalar_words(shape: Scalar) -> dict[str, Any]:
    said = _type_words(shape.types) | {"format": shape.format, "enum": list(shape.enum), "pattern": shape.pattern}
    return {key: value for key, value in said.items() if value}


def _type_words(types: tuple[str, ...]) -> dict[str, Any]:
    if len(types) > 1:
        return {"x-kubernetes-int-or-string": True}
    return {"type": types[0]} if types else {}
