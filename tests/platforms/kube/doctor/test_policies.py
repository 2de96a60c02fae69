from dataclasses import replace
from typing import Any

import pytest

from platforms.doctor.checking import NotSeen, NotThere
from platforms.kube.doctor.checks.policies import check
from platforms.kube.doctor.kinds import (
    AUTHORIZATION_POLICIES,
    MESH_AUTHENTICATIONS,
    NETWORK_AUTHENTICATIONS,
    NETWORK_POLICIES,
    SERVERS,
    SERVICES,
)
from platforms.kube.resources import ANALYSIS_RUNS, NAMESPACES, PODS, ROLLOUTS, Resource
from seam.doctor import Finding, Result
from tests.platforms.kube.doctor.seeing import PLACE, Document, controller, pod, seen
from tests.platforms.kube.objects import measured, measurement, rollout, run

FINE = "no policy between Argo Rollouts and Prometheus refuses it, and no AnalysisRun has complained"
# As linkerd-viz has it: one Server for its Prometheus, and one ServiceAccount that may ask.
SERVER = {"metadata": {"name": "prometheus-admin"}, "spec": {"podSelector": {"matchLabels": {"app": "prometheus"}}}}
VIZ = {"kind": "ServiceAccount", "name": "metrics-api", "namespace": "monitoring"}
ARGO = {"kind": "ServiceAccount", "name": "argo-rollouts", "namespace": "argo-rollouts"}


def named(name: str, **spec: Any) -> Document:
    return {"metadata": {"name": name}, "spec": spec}


def policy(*authentications: Document, target: str = "Server") -> Document:
    reference = {"group": "policy.linkerd.io", "kind": target, "name": "prometheus-admin"}
    return named("prometheus-admin", targetRef=reference, requiredAuthenticationRefs=list(authentications))


def of(
    *,
    runs: list[Document] | None = None,
    network: list[Document] | None = None,
    meshed: bool = False,
    caller_meshed: bool = True,
    default: str = "",
    **linkerd: list[Document],
) -> Finding:
    """`linkerd`: servers, policies, mesh and networks, its policies' objects in the namespace of Prometheus."""
    kinds: dict[str, Resource] = {
        "servers": SERVERS,
        "policies": AUTHORIZATION_POLICIES,
        "mesh": MESH_AUTHENTICATIONS,
        "networks": NETWORK_AUTHENTICATIONS,
    }
    service = {"metadata": {"name": "prometheus"}, "spec": {"selector": {"app": "prometheus"}}}
    prometheus = pod("prometheus-1", "monitoring", proxy=meshed, app="prometheus")
    prometheus["metadata"]["annotations"] = {"config.linkerd.io/default-inbound-policy": default} if default else {}
    around = {
        (SERVICES, "monitoring"): [service],
        (PODS, "monitoring"): [prometheus],
        (PODS, "argo-rollouts"): [controller(proxy=caller_meshed)],
        (NETWORK_POLICIES, "monitoring"): network or [],
        (NAMESPACES, ""): [{"metadata": {"name": "argo-rollouts", "labels": {"team": "argo"}}}],
        **{(kind, "monitoring"): linkerd.get(name, []) for name, kind in kinds.items()},
    }
    return check(seen(own={ROLLOUTS: [rollout()], ANALYSIS_RUNS: runs or []}, around=around))


def test_without_policies_nobody_is_refused() -> None:
    assert of() == Finding(Result.OK, FINE)


def test_what_an_analysis_run_says_is_told() -> None:
    message = 'Post "http://prometheus.monitoring:9090/api/v1/query": 403 Forbidden'
    broken = run(status=measured(measurement("2026-01-01T00:00:09Z", "Error", "", message=message)))
    found = of(runs=[broken])
    assert found.result is Result.FAILED
    assert found.saw == f"AnalysisRun smiley-bbb-2 could not measure success-rate: {message}"


def test_what_an_earlier_run_has_said_is_over() -> None:
    broken = run(status=measured(measurement("2026-01-01T00:00:09Z", "Error", "", message="refused")))
    well = run("smiley-ccc-3", status=measured(measurement("2026-01-02T00:00:09Z")), created="2026-01-02T00:00:00Z")
    recovered = measured(
        measurement("2026-01-01T00:00:09Z", "Error", "", message="refused"), measurement("2026-01-01T00:00:14Z")
    )
    assert of(runs=[broken, well]).result is Result.OK
    assert of(runs=[run(status=recovered)]).result is Result.OK


# --- NetworkPolicies --------------------------------------------------------------------------------------------

EVERY_POD: Document = {}
OF_PROMETHEUS = {"matchLabels": {"app": "prometheus"}}


def ingress(*peers: Document, selector: Document = OF_PROMETHEUS, **more: Any) -> Document:
    return named("closed", podSelector=selector, ingress=[{"from": list(peers)}] if peers else [], **more)


@pytest.mark.parametrize(
    "policies",
    [
        [ingress()],
        [ingress(selector=EVERY_POD, policyTypes=["Ingress"])],
        [ingress({"podSelector": {}})],
        [ingress({"namespaceSelector": {"matchLabels": {"team": "viz"}}})],
        [ingress({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "grafana"}}})],
        [
            ingress(
                {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["argo"]}]}}
            )
        ],
        [ingress({"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}})],
    ],
)
def test_a_network_policy_that_lets_the_controller_in_nowhere_refuses_it(policies: list[Document]) -> None:
    found = of(network=policies)
    assert found.result is Result.FAILED
    assert found.saw == "NetworkPolicy closed in namespace monitoring lets nobody in from namespace argo-rollouts"


@pytest.mark.parametrize(
    "policies",
    [
        [ingress({"namespaceSelector": {}})],
        [ingress({"namespaceSelector": {"matchLabels": {"team": "argo"}}})],
        [ingress({"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}})],
        [ingress({"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "In", "values": ["argo"]}]}})],
        [ingress({"ipBlock": {"cidr": "10.0.0.0/8"}})],
        [named("open", podSelector={}, ingress=[{}])],
        [ingress(selector={"matchLabels": {"app": "grafana"}})],
        [ingress(policyTypes=["Egress"])],
        [ingress(), ingress({"namespaceSelector": {}})],
    ],
)
def test_one_that_lets_it_in_or_is_about_others_does_not(policies: list[Document]) -> None:
    assert of(network=policies).result is Result.OK


# --- Linkerd's policies -----------------------------------------------------------------------------------------


def test_a_server_whose_policy_names_only_others_refuses_the_controller() -> None:
    found = of(meshed=True, servers=[SERVER], policies=[policy(VIZ)])
    assert found.result is Result.FAILED
    assert found.saw == "Server prometheus-admin of Prometheus lets no argo-rollouts of namespace argo-rollouts in"


@pytest.mark.parametrize(
    "linkerd",
    [
        {"policies": [policy(VIZ), policy(ARGO)]},
        {"policies": [policy(ARGO, target="Namespace")]},
        {"policies": [policy({"kind": "NetworkAuthentication", "name": "all"})], "networks": [named("all")]},
        {
            "policies": [policy({"kind": "MeshTLSAuthentication", "name": "argo"})],
            "mesh": [
                named("argo", identities=["argo-rollouts.argo-rollouts.serviceaccount.identity.linkerd.cluster.local"])
            ],
        },
        {
            "policies": [policy({"kind": "MeshTLSAuthentication", "name": "any"})],
            "mesh": [named("any", identities=["*"])],
        },
        {
            "policies": [policy({"kind": "MeshTLSAuthentication", "name": "ns"})],
            "mesh": [named("ns", identityRefs=[{"kind": "Namespace", "name": "argo-rollouts"}])],
        },
        {
            "policies": [policy({"kind": "MeshTLSAuthentication", "name": "sa"})],
            "mesh": [named("sa", identityRefs=[ARGO])],
        },
    ],
)
def test_one_that_names_it_in_any_way_lets_it_in(linkerd: dict[str, list[Document]]) -> None:
    assert of(meshed=True, servers=[SERVER], **linkerd) == Finding(Result.OK, FINE)


@pytest.mark.parametrize(
    "linkerd",
    [
        {"policies": []},
        {"policies": [policy({"kind": "MeshTLSAuthentication", "name": "gone"})]},
        {"policies": [policy({"kind": "NetworkAuthentication", "name": "gone"})]},
        {"policies": [policy(ARGO, VIZ)]},
        {
            "policies": [policy({"kind": "MeshTLSAuthentication", "name": "viz"})],
            "mesh": [named("viz", identities=["metrics-api.monitoring.serviceaccount.identity.linkerd.cluster.local"])],
        },
    ],
)
def test_one_that_names_nobody_who_is_it_refuses_it(linkerd: dict[str, list[Document]]) -> None:
    assert of(meshed=True, servers=[SERVER], **linkerd).result is Result.FAILED


def test_a_controller_without_a_proxy_has_no_identity_to_be_let_in_by() -> None:
    found = of(meshed=True, caller_meshed=False, servers=[SERVER], policies=[policy(ARGO)])
    assert found.saw.endswith("in, which has no proxy and so no identity")


@pytest.mark.parametrize(
    ("default", "caller_meshed", "result"),
    [
        ("deny", True, Result.FAILED),
        ("all-authenticated", False, Result.FAILED),
        ("cluster-authenticated", False, Result.FAILED),
        ("all-authenticated", True, Result.OK),
        ("all-unauthenticated", False, Result.OK),
        ("", False, Result.OK),
    ],
)
def test_without_a_server_it_is_the_default_that_counts(default: str, caller_meshed: bool, result: Result) -> None:  # noqa: FBT001
    assert of(meshed=True, caller_meshed=caller_meshed, default=default).result is result


def test_a_prometheus_without_a_proxy_is_not_shut_by_a_server() -> None:
    assert of(servers=[SERVER], policies=[policy(VIZ)]).result is Result.OK


def test_a_server_of_other_pods_and_one_that_is_open_shut_nobody_out() -> None:
    other = named("other", podSelector={"matchLabels": {"app": "web"}})
    opened = named("open", podSelector={}, accessPolicy="all-unauthenticated")
    assert of(meshed=True, servers=[other, opened]).result is Result.OK


# --- what cannot be told ----------------------------------------------------------------------------------------


def test_a_prometheus_outside_of_the_cluster_has_policies_that_nobody_here_knows() -> None:
    with pytest.raises(NotThere, match="Prometheus is not in the cluster"):
        check(seen(own={ROLLOUTS: [], ANALYSIS_RUNS: []}, place=replace(PLACE, prometheus="")))


def test_without_the_pods_nobody_can_tell() -> None:
    around = {(SERVICES, "monitoring"): [], (PODS, "monitoring"): [], (PODS, "argo-rollouts"): [controller()]}
    with pytest.raises(NotSeen, match="were not found"):
        check(seen(own={ROLLOUTS: [], ANALYSIS_RUNS: []}, around=around))


def test_policies_that_may_not_be_listed_are_not_said_to_let_it_in() -> None:
    service = {"metadata": {"name": "prometheus"}, "spec": {"selector": {"app": "prometheus"}}}
    around = {
        (SERVICES, "monitoring"): [service],
        (PODS, "monitoring"): [pod("prometheus-1", "monitoring", app="prometheus")],
        (PODS, "argo-rollouts"): [controller()],
        (NAMESPACES, ""): [],
    }
    with pytest.raises(NotSeen, match="nobody has looked"):
        check(seen(own={ROLLOUTS: [], ANALYSIS_RUNS: []}, around=around))
