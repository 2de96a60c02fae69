import pytest

from platforms.doctor.checking import NotThere
from platforms.doctor.checks.callers import check
from platforms.doctor.measured import Sample
from seam.doctor import Finding, Result

ROLLOUTS = {"aaa": "smiley", "bbb": "smiley", "ccc": "color"}


def of(*counted: tuple[str, str, float]) -> Finding:
    samples = [
        Sample({"rollouts_pod_template_hash": pod_hash, **({"tls": tls} if tls else {})}, value)
        for pod_hash, tls, value in counted
    ]
    return check(samples, ROLLOUTS)


def test_callers_inside_the_mesh_are_well() -> None:
    found = of(("aaa", "true", 400.0), ("ccc", "true", 300.0), ("ddd", "no_identity", 300.0))
    assert found.result is Result.OK


def test_callers_outside_of_it_are_told_with_their_share() -> None:
    found = of(("aaa", "true", 300.0), ("bbb", "no_identity", 100.0))
    assert found.result is Result.FAILED
    assert found.saw == "25 % of 400 requests to smiley came from outside of the mesh: those never see its weight"


def test_a_stray_request_is_no_caller() -> None:
    assert of(("aaa", "true", 399.0), ("aaa", "no_identity", 1.0)).result is Result.OK


@pytest.mark.parametrize("counted", [[], [("aaa", "", 400.0)], [("ddd", "true", 400.0)], [("aaa", "true", 3.0)]])
def test_where_nobody_can_tell_who_calls_nothing_is_said_to_be_well(counted: list[tuple[str, str, float]]) -> None:
    with pytest.raises(NotThere):
        of(*counted)
