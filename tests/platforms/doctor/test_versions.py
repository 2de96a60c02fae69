import pytest

from platforms.doctor.checking import NotThere
from platforms.doctor.checks.versions import check, is_tested
from platforms.doctor.tested import TESTED
from seam.doctor import Finding, Result


def test_what_was_tested_is_well() -> None:
    first = {name: versions[0] for name, versions in TESTED.items()}
    assert check(first).result is Result.OK
    assert check({"Kubernetes": "v1.35.9"}) == Finding(Result.OK, "Kubernetes v1.35.9: as tested")


@pytest.mark.parametrize(
    ("name", "version", "tested"),
    [
        ("Kubernetes", "v1.35.0+k3s1", True),
        ("Kubernetes", "1.35.2", True),
        ("Kubernetes", "v1.36.0", False),
        ("Linkerd", "edge-26.8.1", True),
        ("Linkerd", "edge-25.8.3", False),
        ("Prometheus", "2.42.0+ds", True),
        ("Prometheus", "2.55.1", False),
        ("Kubernetes", "", False),
        ("Istio", "1.2.3", False),
    ],
)
def test_a_patch_does_not_make_a_version_another_one(name: str, version: str, tested: bool) -> None:  # noqa: FBT001
    assert is_tested(name, version) == tested


def test_others_are_told_beside_those_that_were_tested() -> None:
    found = check({"Kubernetes": "v1.35.4", "Argo Rollouts": "v1.7.2", "Linkerd": ""})
    assert found.result is Result.WARNING
    assert found.saw == "not tested: Argo Rollouts v1.7.2, Linkerd of an unknown version"
    assert found.next.startswith("Tested were Argo Rollouts v1.10.1; Linkerd edge-26.8.3.")


def test_where_nothing_was_found_nothing_can_differ() -> None:
    with pytest.raises(NotThere):
        check({})
