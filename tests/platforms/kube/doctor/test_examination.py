"""The whole doctor, against an API server that is a few lines: what is asked, and that nothing is changed."""

from collections.abc import Callable

import pytest

from platforms.kube.doctor.checks import CHECKS
from platforms.kube.doctor.examination import examine_cluster
from platforms.kube.settings import ClusterSettings
from seam.doctor import Diagnosis, Finding, Result
from seam.errors import PlatformFailed, UserError
from tests.platforms.kube.api import FakeApi, status
from tests.platforms.kube.doctor.seeing import LABELS, controller, route, routed

WriteKubeconfig = Callable[[int], str]
ROUTES = "/apis/gateway.networking.k8s.io/v1/namespaces/run/httproutes"
ROLLOUTS = "/apis/argoproj.io/v1alpha1/namespaces/run/rollouts"
DEPLOYMENT = "/apis/apps/v1/namespaces/argo-rollouts/deployments/argo-rollouts"
POD = "/api/v1/namespaces/argo-rollouts/pods/argo-rollouts-1"
# What the bare cluster does not know.
NOT_SERVED = ("linkerd.io", "gateway.networking.k8s.io", "applications")


class NoWay:
    """Leads to nothing that is inside the cluster."""

    closed = False

    async def open(self, namespace: str, target: str, port: int) -> str:
        raise PlatformFailed(f"{target}, port {port} in namespace {namespace}, could not be reached.")

    async def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def installed(api: FakeApi) -> None:
    """With Argo Rollouts, and neither a mesh nor Argo CD nor a run."""
    spec = {"template": {"spec": {"containers": [{"image": "quay.io/argoproj/argo-rollouts:v1.10.1"}]}}}
    metadata = {"namespace": "argo-rollouts", "labels": LABELS}
    api.put(DEPLOYMENT, {"metadata": metadata, "spec": spec, "status": {"availableReplicas": 1}})
    api.put(POD, controller())
    api.pages[f"{POD}/log"] = 'level=info msg="started"'
    api.answer = lambda request: (
        status(404, "404 page not found") if any(word in request.path for word in NOT_SERVED) else None
    )


async def examined(kubeconfig: str) -> dict[str, Finding]:
    way = NoWay()
    found = await examine_cluster(ClusterSettings("manifests", "run", kubeconfig), way)
    assert way.closed
    assert [one.check for one in found] == [check.name for check in CHECKS]
    return {one.check: one.finding for one in found}


async def test_each_check_says_what_it_saw_or_why_it_saw_nothing(
    api: FakeApi, write_kubeconfig: WriteKubeconfig
) -> None:
    found = await examined(write_kubeconfig(api.port))
    assert {name: finding.result.value for name, finding in found.items()} == {
        "api-server": "ok",
        "clocks": "warning",
        "versions": "ok",
        "access-certificates": "skipped",
        "controller": "ok",
        "plugin": "skipped",
        "routes": "skipped",
        "service-profiles": "skipped",
        "weights": "skipped",
        "share": "skipped",
        "mesh": "skipped",
        "callers": "warning",
        "identities": "warning",
        "trust": "skipped",
        "prometheus": "failed",
        "targets": "skipped",
        "series": "warning",
        "policies": "warning",
        "applications": "skipped",
    }
    where = "Prometheus at monitoring/svc/prometheus:9090"
    reached = "svc/prometheus, port 9090 in namespace monitoring, could not be reached"
    assert found["prometheus"].saw == f"{where}: {reached}"
    assert found["identities"].saw == f"not looked at: {where}: {reached}"
    assert found["versions"].saw == "Kubernetes v1.35.4, Argo Rollouts v1.10.1: as tested"
    assert found["service-profiles"].saw == "the cluster knows no serviceprofiles.linkerd.io"


async def test_nothing_is_changed(api: FakeApi, write_kubeconfig: WriteKubeconfig) -> None:
    await examined(write_kubeconfig(api.port))
    assert {one.split()[0] for one in api.asked} == {"GET"}


async def test_a_run_is_looked_at_with_its_routes(api: FakeApi, write_kubeconfig: WriteKubeconfig) -> None:
    api.answer = lambda _: None
    api.put(f"{ROLLOUTS}/smiley", routed(30))
    api.put(f"{ROUTES}/smiley", route(0, conditions=()))
    found = await examined(write_kubeconfig(api.port))
    assert found["routes"].saw.startswith("HTTPRoute smiley is not attached")
    assert found["weights"].saw.startswith("Rollout smiley has given its canary 30 %, and HTTPRoute smiley says 0 %")
    assert "does not name it" in found["plugin"].saw


async def test_the_log_of_the_controller_is_read(api: FakeApi, write_kubeconfig: WriteKubeconfig) -> None:
    plugins = {"trafficRouterPlugins": "- name: argoproj-labs/gatewayAPI\n  location: file:///nothing\n"}
    api.put("/api/v1/namespaces/argo-rollouts/configmaps/argo-rollouts-config", {"data": plugins})
    api.pages[f"{POD}/log"] = 'level=fatal msg="failed to copy plugin from file:///nothing"'
    found = await examined(write_kubeconfig(api.port))
    assert "failed to copy plugin from file:///nothing" in found["plugin"].saw


async def test_a_cluster_that_does_not_answer_fails_one_check_and_nothing_else_is_said_to_be_well(
    write_kubeconfig: WriteKubeconfig, unused_tcp_port: int
) -> None:
    found = await examined(write_kubeconfig(unused_tcp_port))
    results = {name: finding.result for name, finding in found.items()}
    assert results.pop("api-server") is Result.FAILED
    assert results.pop("prometheus") is Result.FAILED
    assert set(results.values()) == {Result.WARNING}


async def test_a_kubeconfig_that_is_not_there_is_a_mistake_and_no_finding() -> None:
    way = NoWay()
    with pytest.raises(UserError, match="There is no kubeconfig at /nowhere"):
        await examine_cluster(ClusterSettings("manifests", "run", "/nowhere"), way)
    assert way.closed


def test_every_check_has_a_name_of_its_own_and_its_group_stands_together() -> None:
    names = [check.name for check in CHECKS]
    groups = [check.group for check in CHECKS]
    assert len(set(names)) == len(names)
    assert groups == sorted(groups, key=list(dict.fromkeys(groups)).index)


def test_a_diagnosis_is_plain_json() -> None:
    one = Diagnosis("routes", "Traffic", Finding(Result.FAILED, "bad", "mend it"))
    assert one.to_json() == {
        "check": "routes",
        "group": "Traffic",
        "result": "failed",
        "saw": "bad",
        "next": "mend it",
    }
