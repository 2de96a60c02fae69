import pytest

from faces.faults import FaultModel, faults_from


def test_the_reference_demos_names_work() -> None:
    environ = {"ERROR_FRACTION": "20", "LATCH_FRACTION": "2.5", "DELAY_BUCKETS": "0, 100,1500", "MAX_RATE": "7.5"}
    assert faults_from(environ).as_json() == {
        "rate_limit": {"max_rate": 7.5},
        "error": {"fraction": 20, "status": 500},
        "latch": {"fraction": 2.5, "status": 599, "idle_s": 30},
        "delay": {"buckets_ms": [0, 100, 1500]},
    }


def test_faults_says_everything_and_short_names_add_to_it() -> None:
    model = faults_from({"FAULTS": '{"hang": {"fraction": 1, "cells": "edge"}}', "ERROR_FRACTION": "5"})
    assert model.as_json() == {"error": {"fraction": 5, "status": 500}, "hang": {"fraction": 1, "cells": "edge"}}


@pytest.mark.parametrize("name", ["ERROR_FRACTION", "LATCH_FRACTION", "DELAY_BUCKETS", "MAX_RATE", "FAULTS"])
def test_empty_is_off(name: str) -> None:
    assert faults_from({name: " "}) == FaultModel()


@pytest.mark.parametrize("name", ["ERROR_FRACTION", "LATCH_FRACTION", "MAX_RATE"])
def test_zero_is_off(name: str) -> None:
    assert faults_from({name: "0"}) == FaultModel()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ERROR_FRACTION", "abc"),
        ("ERROR_FRACTION", "140"),
        ("ERROR_FRACTION", "-1"),
        ("ERROR_FRACTION", "nan"),
        ("LATCH_FRACTION", "101"),
        ("DELAY_BUCKETS", "10,-20"),
        ("DELAY_BUCKETS", "10,,20"),
        ("DELAY_BUCKETS", "ten"),
        ("MAX_RATE", "-1"),
        ("MAX_RATE", "inf"),
        ("FAULTS", "{"),
        ("FAULTS", '{"error": {"fraction": 140}}'),
        ("FAULTS", "[]"),
    ],
)
def test_nonsense_is_refused_with_the_name_of_the_variable(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}"):
        faults_from({name: text})


@pytest.mark.parametrize("text", ["10", "0"])
def test_a_fault_that_is_given_both_ways_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ERROR_FRACTION and FAULTS both set the fault error"):
        faults_from({"ERROR_FRACTION": text, "FAULTS": '{"error": {"fraction": 10}}'})
