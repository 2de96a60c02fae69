import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.faults import KINDS, FaultModel, FaultsRefusedError, MalformedJSONError, parse_fault, parse_model

EVERYTHING = {
    "rate_limit": {"max_rate": 5.0},
    "error": {"fraction": 40.0, "status": 503, "cells": "edge", "user": "alice"},
    "latch": {"fraction": 1.0, "status": 599, "idle_s": 30.0},
    "first_try": {"fraction": 100.0, "status": 503},
    "hang": {"fraction": 0.5},
    "delay": {"buckets_ms": [0.0, 10.0]},
    "tail_latency": {"fraction": 5.0, "ms": 800.0, "after_s": 10.0},
    "slow_under_load": {"above": 10.0, "ms": 100.0, "max_ms": 5000.0},
    "slow_start": {"ready_after_s": 3.0, "ms": 500.0, "for_s": 5.0},
    "wrong_answer": {"fraction": 5.0},
    "corrupt_json": {"fraction": 5.0},
    "slow_body": {"fraction": 5.0, "ms": 2000.0},
    "reset": {"fraction": 5.0},
    "fin": {"fraction": 5.0},
    "reset_body": {"fraction": 5.0},
    "truncated_body": {"fraction": 5.0},
    "refuse": {},
    "slow_accept": {"ms": 300.0},
    "readiness": {"fraction": 50.0, "period_s": 10.0},
    "cpu": {"cores": 0.5},
    "memory": {"mb_per_s": 20.0, "up_to_mb": 100.0},
    "crash": {"above": 20.0, "after_requests": 1000, "exit_code": 3},
    "drop_on_shutdown": {},
}


def test_the_model_of_everything_survives_the_way_out_and_in() -> None:
    model = parse_model(json.dumps(EVERYTHING))
    assert model.as_json() == EVERYTHING
    assert parse_model(json.dumps(model.as_json())) == model
    assert [fault.kind for fault in model.active()] == list(KINDS) == list(EVERYTHING)


@pytest.mark.parametrize("text", ["{}", '{"error": null}'])
def test_what_is_absent_is_off(text: str) -> None:
    assert parse_model(text) == FaultModel()


@pytest.mark.parametrize(
    ("text", "field", "sentence"),
    [
        ('{"error": {"fraction": 140}}', "error.fraction", "less than or equal to 100, not 140"),
        ('{"error": {"fraction": -1}}', "error.fraction", "greater than or equal to 0, not -1"),
        ('{"error": {"fraction": "40"}}', "error.fraction", "valid number, not '40'"),
        ('{"error": {"fraction": true}}', "error.fraction", "valid number, not True"),
        ('{"error": {"fraction": NaN}}', "error.fraction", "finite number"),
        (
            '{"error": {"fractoin": 1}}',
            "error.fractoin",
            "known are after_s, cells, user, fraction, status, grpc_status",
        ),
        ('{"error": {}}', "error.fraction", "missing"),
        ('{"error": 40}', "error", "must be a JSON object, not 40"),
        ('{"error": {"fraction": 1, "status": 200}}', "error.status", "greater than or equal to 400"),
        ('{"error": {"fraction": 1, "cells": "middle"}}', "error.cells", "'center' or 'edge'"),
        ('{"error": {"fraction": 1, "user": ""}}', "error.user", "empty"),
        ('{"delay": {"buckets_ms": []}}', "delay.buckets_ms", "empty"),
        ('{"delay": {"buckets_ms": [5, -1]}}', "delay.buckets_ms.1", "greater than or equal to 0"),
        ('{"tail_latency": {"fraction": 1, "ms": 0}}', "tail_latency.ms", "greater than 0"),
        ('{"rate_limit": {"max_rate": 0}}', "rate_limit.max_rate", "greater than 0"),
        ('{"latency": {}}', "latency", "known are rate_limit, error, latch"),
        ("[]", "", "must be a JSON object"),
    ],
)
def test_nonsense_is_refused_with_its_field_and_a_sentence(text: str, field: str, sentence: str) -> None:
    with pytest.raises(FaultsRefusedError) as refused:
        parse_model(text)
    assert refused.value.field == field
    assert sentence in str(refused.value)
    assert field in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "{", b"\xff", '{"error": {"fraction": 1, "fraction": 2}}', '{"error": {}, "error": {}}', "[" * 100_000]
)
def test_what_is_no_json_or_says_one_thing_twice_is_malformed(text: str | bytes) -> None:
    with pytest.raises(MalformedJSONError):
        parse_model(text)


def test_one_fault_is_replaced_and_the_others_stay() -> None:
    base = parse_model('{"error": {"fraction": 1}, "hang": {"fraction": 2}}')
    changed = parse_fault("error", '{"fraction": 3}', base)
    assert changed.as_json() == {"error": {"fraction": 3, "status": 500}, "hang": {"fraction": 2}}
    assert changed.without("hang").as_json() == {"error": {"fraction": 3, "status": 500}}


@pytest.mark.parametrize("text", ["null", "3", "[]"])
def test_one_fault_must_be_an_object(text: str) -> None:
    with pytest.raises(FaultsRefusedError, match="error must be a JSON object"):
        parse_fault("error", text, FaultModel())


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(KINDS), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_any_json_is_a_model_or_refused_with_a_sentence(document: object) -> None:
    refused = None
    try:
        kinds = set(parse_model(json.dumps(document)).as_json())
    except FaultsRefusedError as error:
        refused, kinds = str(error), set()
    assert refused is None or refused.endswith(".")
    assert refused is not None or isinstance(document, dict)
    assert kinds <= set(KINDS)
