from typing import Any

import pytest
from aiohttp import web

from platforms.kube.client import Cluster
from platforms.kube.installed import (
    check_plugins,
    check_versions,
    configured_plugins,
    image_version,
    kubernetes_too_old,
    plugins_of,
)
from platforms.kube.preflight import Access, check_access, denied, needed
from platforms.kube.resources import (
    ANALYSIS_RUNS,
    ANALYSIS_TEMPLATES,
    CLUSTER_ANALYSIS_TEMPLATES,
    EVENTS,
    NAMESPACES,
    PODS,
    REPLICA_SETS,
    ROLLOUTS,
    SECRETS,
    served,
)
from seam.errors import UserError
from tests.platforms.kube.api import FakeApi, status
from tests.platforms.kube.objects import rollout

CONTROLLER = "/apis/apps/v1/namespaces/argo-rollouts/deployments/argo-rollouts"
CONFIG = "/api/v1/namespaces/argo-rollouts/configmaps/argo-rollouts-config"
PLUGIN = "argoproj-labs/gatewayAPI"


def controller(api: FakeApi, image: str = "quay.io/argoproj/argo-rollouts:v1.10.1") -> None:
    metadata = {"namespace": "argo-rollouts", "labels": {"app.kubernetes.io/name": "argo-rollouts"}}
    api.put(CONTROLLER, {"metadata": metadata, "spec": {"template": {"spec": {"containers": [{"image": image}]}}}})


@pytest.mark.parametrize(
    ("major", "minor", "refused"),
    [
        ("1", "29", False),
        ("1", "35", False),
        ("1", "29+", False),
        ("1", "28+", True),
        ("1", "9", True),
        ("2", "0", False),
    ],
)
def test_a_kubernetes_that_is_too_old_is_named(major: str, minor: str, *, refused: bool) -> None:
    version = f"v{major}.{minor}.1"
    sentence = f"The cluster runs Kubernetes {version}; 1.29 or newer is needed."
    assert kubernetes_too_old({"major": major, "minor": minor, "gitVersion": version}) == (sentence if refused else "")


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("quay.io/argoproj/argo-rollouts:v1.10.1", " v1.10.1"),
        ("localhost:5000/argo-rollouts:v1.9.0-rc1@sha256:abc", " v1.9.0-rc1"),
        ("quay.io/argoproj/argo-rollouts:latest", ""),
        ("quay.io/argoproj/argo-rollouts@sha256:abc", ""),
        ("localhost:5000/argo-rollouts", ""),
    ],
)
def test_the_version_is_read_from_a_tag_if_it_is_one(image: str, version: str) -> None:
    assert image_version(image) == version


async def test_what_the_cluster_runs_is_told(api: FakeApi, cluster: Cluster) -> None:
    assert await check_versions(cluster) == "Argo Rollouts on Kubernetes v1.35.4"
    controller(api)
    assert await check_versions(cluster) == "Argo Rollouts v1.10.1 on Kubernetes v1.35.4"
    api.answer = lambda request: status(403, "forbidden") if "deployments" in request.path else None
    assert await check_versions(cluster) == "Argo Rollouts on Kubernetes v1.35.4"


async def test_a_cluster_without_or_with_an_old_argo_rollouts_is_refused(api: FakeApi, cluster: Cluster) -> None:
    api.schema = "{}"
    with pytest.raises(UserError, match=r"^The cluster's Argo Rollouts is too old: 1\.8 or newer is needed; see https"):
        await check_versions(cluster)
    api.answer = lambda request: web.Response(status=404) if request.path.startswith("/openapi") else None
    with pytest.raises(
        UserError, match=r"^Argo Rollouts is not installed in the cluster: it serves no argoproj\.io/v1alph"
    ):
        await check_versions(cluster)
    api.version["minor"] = "24"
    with pytest.raises(UserError, match=r"or newer is needed\.$"):
        await check_versions(cluster)


def routed() -> list[dict[str, Any]]:
    one = rollout()
    one["spec"]["strategy"]["canary"]["trafficRouting"] = {"plugins": {PLUGIN: {}}}
    return [one, rollout(), {"kind": "Service"}]


def test_plugins_are_found_where_they_are_named() -> None:
    assert plugins_of(routed()) == {PLUGIN}
    listed = f'- name: "{PLUGIN}"\n  location: "https://x"\n'
    assert configured_plugins({"data": {"trafficRouterPlugins": listed}}) == {PLUGIN}
    assert configured_plugins({}) == configured_plugins({"data": {"trafficRouterPlugins": ""}}) == set()


async def test_a_plugin_that_the_controller_does_not_have_is_named(api: FakeApi, cluster: Cluster) -> None:
    await check_plugins(cluster, routed())  # no controller to be seen
    controller(api)
    missing = (
        rf"^The manifests route with the plugin {PLUGIN}, and ConfigMap argo-rollouts-config in namespace argo-roll"
    )
    with pytest.raises(UserError, match=missing):
        await check_plugins(cluster, routed())
    api.put(CONFIG, {"data": {"trafficRouterPlugins": "- name: another"}})
    with pytest.raises(UserError, match=missing):
        await check_plugins(cluster, routed())
    api.put(CONFIG, {"data": {"trafficRouterPlugins": f"- name: {PLUGIN}"}})
    await check_plugins(cluster, routed())
    await check_plugins(cluster, [rollout()])


async def test_where_the_controllers_configuration_may_not_be_read_nothing_is_said(
    api: FakeApi, cluster: Cluster
) -> None:
    controller(api)
    api.answer = lambda request: status(403, "forbidden") if "configmaps" in request.path else None
    await check_plugins(cluster, routed())


def test_a_run_asks_for_no_more_than_it_does() -> None:
    guest = needed([SECRETS, ROLLOUTS], own_namespace=False)
    assert len(guest) == len(set(guest))
    assert Access("patch", ROLLOUTS, "status") in guest
    for resource in (ROLLOUTS, ANALYSIS_RUNS, REPLICA_SETS, PODS, EVENTS, ANALYSIS_TEMPLATES):
        assert {one.verb for one in guest if one.resource == resource} >= {"list", "watch"}
    assert {one.verb for one in guest if one.resource == EVENTS} == {"list", "watch"}
    assert CLUSTER_ANALYSIS_TEMPLATES not in {one.resource for one in guest}
    assert Access("delete", PODS) not in guest
    assert Access("list", SECRETS) not in guest
    assert not [one for one in guest if one.resource == NAMESPACES]
    own = set(needed([SECRETS, ROLLOUTS], own_namespace=True)) - set(guest)
    assert own == {Access(verb, NAMESPACES) for verb in ("get", "create", "delete")}


async def test_everything_that_is_not_allowed_is_told_at_once(api: FakeApi, cluster: Cluster) -> None:
    accesses = needed([SECRETS], own_namespace=True)
    await check_access(cluster, accesses, "run")
    assert len(api.asked) == len(accesses)
    api.denied = {"watch pods", "patch rollouts/status", "create namespaces"}
    with pytest.raises(UserError) as told:
        await check_access(cluster, accesses, "run")
    assert str(told.value) == (
        "jane may not watch pods, patch rollouts.argoproj.io/status in namespace run, and may not create namespaces."
    )
    api.answer = lambda request: status(403, "no") if "selfsubjectreviews" in request.path else None
    with pytest.raises(UserError, match=r"^The kubeconfig's user may not watch pods"):
        await check_access(cluster, accesses, "run")


def test_a_single_denial_reads_like_one() -> None:
    assert denied([Access("get", PODS, "proxy")], "run") == "may not get pods/proxy in namespace run"
    assert denied([Access("create", NAMESPACES)], "run") == "may not create namespaces"


def test_a_review_asks_for_one_verb_on_one_resource() -> None:
    attributes = Access("patch", ROLLOUTS, "status").review("run")["spec"]["resourceAttributes"]
    assert attributes == {
        "verb": "patch",
        "group": "argoproj.io",
        "resource": "rollouts",
        "subresource": "status",
        "namespace": "run",
    }
    assert Access("get", NAMESPACES).review("run")["spec"]["resourceAttributes"]["namespace"] == ""


def test_kinds_are_read_from_discovery_without_subresources() -> None:
    one = {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["get", "list", "delete"]}
    sub = {"name": "pods/log", "kind": "Pod", "namespaced": True, "verbs": ["get", "list", "delete"]}
    node = {"name": "nodes", "kind": "Node", "namespaced": False, "verbs": ["get"]}
    answer = {"groupVersion": "v1", "resources": [one, sub, node]}
    assert [resource.plural for resource in served(answer)] == ["pods", "nodes"]
    assert served(answer, verbs=("list", "delete")) == [PODS]
    assert PODS.path("run", "x", "proxy", "metrics") == "/api/v1/namespaces/run/pods/x/proxy/metrics"
    assert ROLLOUTS.path("run") == "/apis/argoproj.io/v1alpha1/namespaces/run/rollouts"
    assert ROLLOUTS.path() == "/apis/argoproj.io/v1alpha1/rollouts"
    assert NAMESPACES.path("run", "run") == NAMESPACES.path(None, "run") == "/api/v1/namespaces/run"
