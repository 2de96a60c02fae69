import pytest

from platforms.doctor.checking import NotSeen, NotThere
from platforms.kube.doctor.checks.mesh import check
from platforms.kube.resources import NAMESPACES, PODS
from seam.doctor import Finding, Result
from tests.platforms.kube.doctor.seeing import Document, pod, seen

AFTER = "2026-11-29T10:05:00Z"


def of(*pods: Document, inject: str | None = "enabled") -> Finding:
    annotations = {} if inject is None else {"linkerd.io/inject": inject}
    namespace = {"metadata": {"name": "run", "annotations": annotations}}
    return check(seen(own={PODS: pods}, around={(NAMESPACES, ""): [namespace]}))


def test_a_namespace_in_which_every_pod_has_its_proxy_is_well() -> None:
    assert of(pod("smiley-1"), pod("face-1")) == Finding(Result.OK, "2 pods, each with its proxy")


def test_a_proxy_may_be_a_sidecar_of_either_kind() -> None:
    old = pod("smiley-1", proxy=False)
    old["spec"]["containers"].append({"name": "linkerd-proxy"})
    assert of(old).result is Result.OK


def test_pods_without_a_proxy_are_named() -> None:
    found = of(pod("smiley-1"), pod("load-1", proxy=False), pod("load-2", proxy=False))
    assert found.result is Result.FAILED
    assert found.saw.startswith("2 of 3 pods without a proxy: load-1, load-2; what they call they call without weights")


def test_where_the_namespace_wants_proxies_and_no_pod_has_one_nothing_was_injected() -> None:
    assert of(pod("smiley-1", proxy=False)).result is Result.FAILED


def test_what_is_over_needs_no_proxy() -> None:
    done = pod("job-1", proxy=False, status={"phase": "Succeeded"})
    going = pod("smiley-0", proxy=False, metadata={"deletionTimestamp": AFTER})
    assert of(pod("smiley-1"), done, going).result is Result.OK


def test_a_namespace_without_a_mesh_needs_none() -> None:
    with pytest.raises(NotThere, match="namespace run is not in a mesh"):
        of(pod("smiley-1", proxy=False), inject=None)


def test_one_that_may_not_be_looked_into_is_not_said_to_be_well() -> None:
    with pytest.raises(NotSeen):
        check(seen(refused=[PODS]))
