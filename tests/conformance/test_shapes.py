"""Definitions beside the engine's shapes; Argo's own are read where Argo's code is asked."""

from typing import Any

import pytest

from conformance.shapes import beside
from rollouts.schema.shapes import ANYTHING, INT_OR_STRING, STRING, fields, keyed, listed, mapped

SHAPE = fields(
    "name",
    name=STRING,
    count=INT_OR_STRING,
    labels=mapped(STRING),
    ports=keyed("port", fields(port=STRING)),
    steps=listed(fields(open=ANYTHING)),
)
TEXT: dict[str, Any] = {"type": "string"}


def definition(**changes: Any) -> dict[str, Any]:
    properties = {
        "name": TEXT | {"description": "What it is called.", "default": "x"},
        "count": {"anyOf": [{"type": "integer"}, TEXT], "x-kubernetes-int-or-string": True},
        "labels": {"type": "object", "additionalProperties": TEXT},
        "ports": {
            "type": "array",
            "items": {"type": "object", "properties": {"port": TEXT}},
            "x-kubernetes-list-map-keys": ["port"],
            "x-kubernetes-list-type": "map",
        },
        "steps": {
            "type": "array",
            "x-kubernetes-list-type": "atomic",
            "items": {"type": "object", "properties": {"open": {"x-kubernetes-preserve-unknown-fields": True}}},
        },
    }
    kept = {name: part for name, part in (properties | changes).items() if part is not None}
    return {"type": "object", "required": ["name"], "properties": kept}


def test_every_field_is_compared_once() -> None:
    rows = list(beside(definition(), SHAPE, "spec"))
    assert [row.asked for row in rows] == [
        "spec",
        "spec.count",
        "spec.labels",
        "spec.labels.*",
        "spec.name",
        "spec.ports",
        "spec.ports[]",
        "spec.ports[].port",
        "spec.steps",
        "spec.steps[]",
        "spec.steps[].open",
    ]
    assert all(row.judged_alike for row in rows)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"name": {"type": "integer"}}, ["spec.name"]),
        ({"name": TEXT | {"enum": ["a"]}}, ["spec.name"]),
        ({"name": None}, ["spec.name"]),
        ({"more": TEXT}, ["spec.more"]),
        ({"count": {"type": "integer", "format": "int32"}}, ["spec.count"]),
        ({"labels": {"type": "object"}}, ["spec.labels.*"]),
        ({"steps": {"type": "array", "items": {"type": "object"}}}, ["spec.steps[].open"]),
        ({"ports": {"type": "array", "items": {"type": "object", "properties": {"port": TEXT}}}}, ["spec.ports"]),
    ],
)
def test_another_field_is_named(changes: dict[str, Any], where: list[str]) -> None:
    assert [row.asked for row in beside(definition(**changes), SHAPE, "spec") if not row.judged_alike] == where
