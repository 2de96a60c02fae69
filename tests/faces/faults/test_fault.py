from collections.abc import Callable

import pytest

from faces.faults import KINDS, Call, FaultModel, FaultsRefusedError, Plan, parse_model, possible
from faces.faults.describing import describe

Planned = Callable[..., list[Plan]]


def test_a_fault_begins_so_many_seconds_after_the_first_request_it_could_meet(planned: Planned) -> None:
    model = parse_model('{"error": {"fraction": 100, "after_s": 3, "cells": "edge"}}')
    calls = [Call("center", "alice")] * 2 + [Call("edge", "alice")] * 5
    assert [plan.failure is not None for plan in planned(model, calls)] == [False] * 5 + [True] * 2


def test_what_begins_at_once_is_the_same_as_without_a_beginning(planned: Planned) -> None:
    model = parse_model('{"error": {"fraction": 50, "after_s": 0}}')
    assert planned(model, 200) == planned(parse_model('{"error": {"fraction": 50}}'), 200)


def test_a_fault_that_begins_later_remembers_as_it_would_otherwise(planned: Planned) -> None:
    model = parse_model('{"rate_limit": {"max_rate": 0.3, "after_s": 2}}')
    assert [plan.failure is not None for plan in planned(model, 8)] == [False] * 5 + [True] * 3


@pytest.mark.parametrize("kind", describe(), ids=KINDS)
def test_what_cannot_be_made_over_a_protocol_is_refused_by_its_name(kind: object) -> None:
    model = parse_model(getattr(kind, "example"))  # noqa: B009
    protocols = getattr(kind, "protocols")  # noqa: B009
    for protocol in ("HTTP", "gRPC"):
        if protocol in protocols:
            assert possible(model, protocol) == model
        else:
            with pytest.raises(FaultsRefusedError, match=f"cannot be made over {protocol}") as refused:
                possible(model, protocol)
            assert str(refused.value).startswith(refused.value.field)


def test_a_code_of_grpc_is_refused_where_http_is_spoken() -> None:
    model = parse_model('{"error": {"fraction": 10, "grpc_status": "UNAVAILABLE"}}')
    assert possible(model, "gRPC") == model
    with pytest.raises(FaultsRefusedError, match="speaks HTTP, so give status") as refused:
        possible(model, "HTTP")
    assert refused.value.field == "error.grpc_status"
    assert possible(FaultModel(), "gRPC") == FaultModel()
