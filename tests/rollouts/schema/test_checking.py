from __future__ import annotations

from typing import Any

import pytest

from rollouts.errors import Malformed
from rollouts.schema import ROLLOUT, stored
from rollouts.schema.shapes import (
    ANYTHING,
    BOOLEAN,
    INT32,
    INT_OR_STRING,
    OBJECT,
    QUANTITY,
    STRING,
    TIME,
    a_set,
    fields,
    keyed,
    listed,
    mapped,
    one_of,
)

PORT = fields("port", port=INT32, protocol=STRING.by_default("TCP"))
SPEC = fields(
    "size",
    size=INT32,
    limit=INT_OR_STRING,
    paused=BOOLEAN,
    at=TIME,
    labels=mapped(STRING),
    ports=keyed("port protocol", PORT),
    names=a_set(STRING),
    steps=listed(fields(weight=INT32)),
    memory=QUANTITY,
    mode=one_of("fast", "slow"),
    free=ANYTHING,
    config=OBJECT,
    sizes=ANYTHING.read_as(mapped(QUANTITY)),
    volumes=ANYTHING.read_as(listed(fields(name=STRING, empty=OBJECT))),
)
SHAPE = fields("spec", metadata=fields(name=STRING, labels=mapped(STRING)), spec=SPEC)
QUANTITIES = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


def wrong(field: str, wanted: str, found: str) -> str:
    return f'{field}: Invalid value: "{found}": {field} in body must be of type {wanted}: "{found}"'


def kept(**spec: Any) -> dict[str, Any]:
    document = {"metadata": {"name": "a"}, "spec": {"size": 1, **spec}}
    read: dict[str, Any] = stored(document, SHAPE)["spec"]
    return read


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ({"size": "1"}, wrong("spec.size", "integer", "string")),
        ({"size": 1.5}, wrong("spec.size", "integer", "number")),
        ({"size": True}, wrong("spec.size", "integer", "boolean")),
        ({"size": None}, "spec.size: Required value"),
        ({"size": 2**31}, "spec.size: Invalid value: 2147483648: does not fit into 32 bits"),
        ({"limit": True}, wrong("spec.limit", "integer,string", "boolean")),
        ({"limit": -(2**31) - 1}, "spec.limit: Invalid value: -2147483649: does not fit into 32 bits"),
        ({"paused": "yes"}, wrong("spec.paused", "boolean", "string")),
        ({"at": "noon"}, wrong("spec.at", "date-time", "noon")),
        ({"at": 5}, wrong("spec.at", "date-time", "int64")),
        ({"labels": ["a"]}, wrong("spec.labels", "object", "array")),
        ({"labels": {"a": 1}}, wrong("spec.labels.a", "string", "integer")),
        ({"steps": {}}, wrong("spec.steps", "array", "object")),
        ({"steps": [None]}, wrong("spec.steps[0]", "object", "null")),
        ({"steps": [{"weight": 1}, {"weight": "1"}]}, wrong("spec.steps[1].weight", "integer", "string")),
        ({"ports": [{"protocol": "TCP"}]}, "spec.ports[0].port: Required value"),
        (
            {"ports": [{"port": 1}, {"port": 1, "protocol": "UDP"}, {"port": 1, "protocol": "TCP"}]},
            'spec.ports[2]: Duplicate value: {"port":1,"protocol":"TCP"}',
        ),
        ({"names": ["a", "b", "a"]}, 'spec.names[2]: Duplicate value: "a"'),
        (
            {"memory": "much"},
            f"spec.memory: Invalid value: \"much\": spec.memory in body should match '{QUANTITY.pattern}'",
        ),
        ({"mode": "mid"}, 'spec.mode: Unsupported value: "mid": supported values: "fast", "slow"'),
        ({"config": "x"}, wrong("spec.config", "object", "string")),
        ({"sizes": {"a": "1x"}}, f"spec.sizes.a: {QUANTITIES}"),
        ({"sizes": {"a": True}}, f"spec.sizes.a: {QUANTITIES}"),
        ({"sizes": ["1"]}, wrong("spec.sizes", "object", "array")),
        ({"volumes": {}}, wrong("spec.volumes", "array", "object")),
        ({"volumes": [{"name": 5}]}, wrong("spec.volumes[0].name", "string", "integer")),
        ({"volumes": [{"empty": 5}]}, wrong("spec.volumes[0].empty", "object", "integer")),
    ],
)
def test_another_shape_is_refused_in_the_api_servers_words(spec: dict[str, Any], complaint: str) -> None:
    with pytest.raises(Malformed) as refused:
        kept(**spec)
    assert str(refused.value) == complaint


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"sizee": 1}, "spec.sizee"),
        ({"b": 1, "a": 1}, "spec.a"),
        ({"steps": [{"weight": 1}, {"wait": 1}]}, "spec.steps[1].wait"),
        ({"steps": {"weight": 1}}, "spec.steps.weight"),
        ({"size": {"min": 1}}, "spec.size.min"),
        ({"size": [{"min": 1}]}, "spec.size[0].min"),
        ({"labels": {"a": {"b": 1}}}, "spec.labels.a.b"),
        ({"ports": [{"port": "x"}], "zz": 1}, "spec.zz"),  # whatever else is wrong
        ({True: 1}, "spec.true"),
        ({5: 1}, "spec.5"),
    ],
)
def test_a_field_that_is_not_known_is_named_before_all_else(spec: dict[Any, Any], field: str) -> None:
    with pytest.raises(Malformed) as refused:
        stored({"spec": {"size": 1, **spec}}, SHAPE)
    assert str(refused.value) == f'{field}: unknown field "{field}"; remove it, or correct its spelling'


def test_a_null_is_a_field_that_was_not_set_and_a_whole_number_is_one_however_it_is_written() -> None:
    assert kept(size=4.0, limit=None, labels={"a": None, "b": "c"}, steps=[{"weight": None}]) == {
        "size": 4,
        "labels": {"b": "c"},
        "steps": [{}],
    }
    document = {"metadata": {"name": "a", "labels": None}, "spec": {"size": 1}}
    assert stored(document, SHAPE)["metadata"] == {"name": "a"}


def test_what_is_open_is_kept_as_it_is() -> None:
    spec = {
        "free": [{"a": None, "b": 1.0}, 5],
        "config": {"a": [1, None]},
        "sizes": {"a": 1, "b": "1.5Gi", "c": 0.5, "d": None},
        "volumes": [{"name": "a", "other": 5}, None],
    }
    assert kept(**spec) == {"size": 1, **spec}


@pytest.mark.parametrize("time", ["2026-01-01T00:00:00Z", "2026-12-31t23:59:59.5+01:00"])
def test_a_time_is_one(time: str) -> None:
    assert kept(at=time)["at"] == time


def test_metadata_is_read_first_and_in_order() -> None:
    document = {"metadata": {"name": 5, "labels": {"a": 1}}, "spec": {"nonsense": 1}}
    with pytest.raises(Malformed) as refused:
        stored(document, SHAPE)
    assert refused.value.field == "metadata.labels.a"


def test_a_name_is_judged_before_what_only_memory_is_too_small_for() -> None:
    with pytest.raises(Malformed) as refused:
        stored({"metadata": {"name": "A"}, "spec": {"size": 2**40}}, SHAPE)
    assert refused.value.field == "metadata.name"


def test_reading_does_not_change_the_document() -> None:
    document: dict[str, Any] = {"metadata": {"name": "a"}, "spec": {"size": 1.0, "labels": {"a": None}}}
    stored(document, SHAPE)
    assert document == {"metadata": {"name": "a"}, "spec": {"size": 1.0, "labels": {"a": None}}}


def test_no_depth_is_too_deep() -> None:
    deep: Any = 1
    for _ in range(2000):
        deep = {"a": deep}
    with pytest.raises(Malformed):
        stored({"metadata": {"name": "a"}, "spec": deep}, ROLLOUT)
