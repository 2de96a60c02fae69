from collections.abc import Callable

import pytest

from faces.faults import Call, Plan, parse_model
from faces.faults.first_try import REMEMBERED

Planned = Callable[..., list[Plan]]
REQUESTS = 2000
ALL = '{"first_try": {}}'


def call(request_id: str = "", attempt: int = 1) -> Call:
    return Call("center", "alice", request_id, attempt)


def failed(plans: list[Plan]) -> list[bool]:
    return [plan.failure is not None for plan in plans]


def test_the_first_attempt_of_each_request_fails_and_all_others_succeed(planned: Planned) -> None:
    calls = [call("a"), call("b"), call("a"), call("c"), call("b"), call("b"), call("c")]
    assert failed(planned(parse_model(ALL), calls)) == [True, True, False, True, False, False, False]


def test_what_is_said_of_the_attempt_counts_wherever_it_arrives(planned: Planned) -> None:
    calls = [call("a", 2), call("", 2), call("b", 1), call("c", 3)]
    assert failed(planned(parse_model(ALL), calls)) == [False, False, True, False]


def test_a_request_without_an_id_is_the_first_of_its_kind(planned: Planned) -> None:
    assert failed(planned(parse_model(ALL), [call(), call(), call()])) == [True] * 3


@pytest.mark.parametrize("fraction", [0, 1, 5, 40, 99.5, 100])
def test_the_share_of_requests_whose_first_attempt_fails_is_the_one_asked_for(
    fraction: float, planned: Planned, bounds: Callable[[int, float], range]
) -> None:
    calls = [call(str(number)) for number in range(REQUESTS) for _ in range(2)]
    seen = failed(planned(parse_model(f'{{"first_try": {{"fraction": {fraction}}}}}'), calls))
    assert sum(seen[::2]) in bounds(REQUESTS, fraction)
    assert not any(seen[1::2])


def test_it_remembers_the_ids_of_the_last_requests_and_no_more(planned: Planned) -> None:
    many = [call(str(number)) for number in range(REMEMBERED)]
    seen = failed(planned(parse_model(ALL), [call("a"), *many[1:], call("a"), many[0], call("a")]))
    assert seen == [True] * REMEMBERED + [False, True, True]


def test_its_failure_is_one_that_meshes_repeat_and_can_be_another(planned: Planned) -> None:
    for model, status in ((ALL, 503), ('{"first_try": {"status": 500}}', 500)):
        (plan,) = planned(parse_model(model), 1)
        assert plan.failure is not None
        assert (plan.failure.status, plan.failure.grpc_status) == (status, "UNAVAILABLE")
