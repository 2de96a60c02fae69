from dataclasses import replace

import pytest

from platforms.doctor.checking import Look, NotThere
from platforms.doctor.measured import Target
from platforms.kube.doctor.checks.targets import check
from platforms.kube.resources import PODS
from seam.doctor import Finding, Result
from tests.platforms.kube.doctor.seeing import MEASURED, Document, pod, seen


def of(pods: list[Document], *scraped: str) -> Finding:
    targets = [Target("job", f"http://{name}:4191", {"namespace": "run", "pod": name}, up=True) for name in scraped]
    return check(seen(own={PODS: pods}, measured=replace(MEASURED, targets=Look(targets))))


def test_the_proxy_of_each_meshed_pod_has_to_be_a_target() -> None:
    pods = [pod("smiley-1"), pod("face-1"), pod("traefik-1", proxy=False, app="traefik")]
    assert of(pods, "smiley-1", "face-1").result is Result.OK
    found = of(pods, "smiley-1", "traefik-1")
    assert (found.result, found.saw) == (Result.FAILED, "Prometheus has no target for 1 proxy pod: face-1")
    assert "linkerd-proxy" in found.next


def test_without_a_mesh_it_is_traefik_that_counts() -> None:
    pods = [pod("smiley-1", proxy=False), pod("traefik-1", proxy=False, app="traefik")]
    assert of(pods, "traefik-1").result is Result.OK
    assert of(pods).saw == "Prometheus has no target for 1 proxy pod: traefik-1"


def test_a_pod_that_is_not_ready_may_not_be_a_target_yet() -> None:
    starting = pod("smiley-2", status={"conditions": []})
    assert of([pod("smiley-1"), starting], "smiley-1").result is Result.OK


def test_without_a_data_plane_there_is_nothing_to_scrape() -> None:
    with pytest.raises(NotThere, match="no pod in namespace run is a data plane's"):
        of([pod("smiley-1", proxy=False)])
