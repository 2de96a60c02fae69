import pytest

from faces.faults import KINDS, RequestFault, parse_model
from faces.faults.describing import Kind, Setting, describe

DESCRIBED = {kind.name: kind for kind in describe()}


def setting(kind: str, name: str) -> Setting:
    return next(one for one in DESCRIBED[kind].fields if one.name == name)


def test_every_kind_is_described_in_the_order_in_which_faults_act() -> None:
    assert tuple(DESCRIBED) == KINDS


@pytest.mark.parametrize("kind", DESCRIBED.values(), ids=DESCRIBED)
def test_each_has_a_sentence_and_says_of_each_field_what_it_sets(kind: Kind) -> None:
    assert kind.summary.endswith(".")
    assert "\n" not in kind.summary
    for one in kind.fields:
        assert one.description.endswith("."), one.name
        assert one.values, one.name


@pytest.mark.parametrize("kind", DESCRIBED.values(), ids=DESCRIBED)
def test_the_example_switches_this_kind_on(kind: Kind) -> None:
    assert parse_model(kind.example).get(kind.name) is not None


@pytest.mark.parametrize("kind", DESCRIBED.values(), ids=DESCRIBED)
def test_what_narrows_a_fault_down_comes_last(kind: Kind) -> None:
    names = [one.name for one in kind.fields]
    meets_requests = isinstance(parse_model(kind.example).get(kind.name), RequestFault)
    assert names[-1] == "after_s"
    assert (names[-3:-1] == ["cells", "user"]) == meets_requests


@pytest.mark.parametrize(
    ("kind", "name", "values", "required", "default"),
    [
        ("error", "fraction", "0 to 100 %", True, None),
        ("error", "status", "400 to 599", False, 500),
        ("error", "cells", "center or edge", False, None),
        ("error", "user", "text", False, None),
        ("latch", "idle_s", "0 to 86400 s", False, 30),
        ("rate_limit", "max_rate", "more than 0 requests/s", True, None),
        ("delay", "buckets_ms", "a list of numbers, 0 to 600000 ms", True, None),
        ("tail_latency", "ms", "more than 0, at most 600000 ms", True, None),
    ],
)
def test_what_a_field_may_be_is_said_with_its_unit(
    kind: str, name: str, values: str, *, required: bool, default: object
) -> None:
    one = setting(kind, name)
    assert (one.values, one.required, one.default) == (values, required, default)
