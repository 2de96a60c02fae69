"""What only Argo knows is refused in one sentence that names the field, the feature, and the way out."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from rollouts import Unsupported, parse_rollout
from rollouts.analysis import parse_analysis_template

ADVICE = "remove the field, or run this Rollout on a cluster with Argo Rollouts"
PODS = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
TRAEFIK = {"traefik": {"weightedTraefikServiceName": "c"}}
ROUTED = {"stableService": "a", "canaryService": "b", "trafficRouting": TRAEFIK}
GATEWAY = "argoproj-labs/gatewayAPI"
SAME_AGE = {"requiredDuringSchedulingIgnoredDuringExecution": {}}
HEADERS = {"match": [{"headerName": "a", "headerValue": {"exact": "b"}}], "name": "r"}
ISTIO = {"virtualService": {"name": "v"}}
MANAGED = {**TRAEFIK, "managedRoutes": [{"name": "r"}]}
EXPERIMENT = {"templates": [{"name": "a", "specRef": "stable"}]}


def canary(**fields: Any) -> dict[str, Any]:
    return {"canary": {**copy.deepcopy(ROUTED), **fields}}


def blue_green(**fields: Any) -> dict[str, Any]:
    return {"blueGreen": {"activeService": "a", **fields}}


def plugin(**fields: Any) -> dict[str, Any]:
    return canary(trafficRouting={"plugins": {GATEWAY: {"httpRoute": "r", **fields}}})


@pytest.mark.parametrize(
    ("strategy", "field", "feature"),
    [
        (canary(steps=[{"experiment": EXPERIMENT}]), "canary.steps[0].experiment", "experiment steps"),
        (canary(steps=[{"pause": {}}, {"plugin": {"name": "p"}}]), "canary.steps[1].plugin", "step plugins"),
        (
            canary(
                trafficRouting={"istio": ISTIO, "managedRoutes": [{"name": "r"}]}, steps=[{"setHeaderRoute": HEADERS}]
            ),
            "canary.steps[0].setHeaderRoute",
            "setHeaderRoute steps",
        ),
        (
            canary(
                trafficRouting={"istio": ISTIO, "managedRoutes": [{"name": "r"}]},
                steps=[{"setMirrorRoute": {"name": "r", "match": [{"method": {"exact": "GET"}}]}}],
            ),
            "canary.steps[0].setMirrorRoute",
            "setMirrorRoute steps",
        ),
        (canary(trafficRouting={"istio": ISTIO}), "canary.trafficRouting.istio", "Istio as a traffic router"),
        (canary(trafficRouting={"nginx": {}}), "canary.trafficRouting.nginx", "NGINX as a traffic router"),
        (canary(trafficRouting={"alb": {"servicePort": 80}}), "canary.trafficRouting.alb", "ALB as a traffic router"),
        (canary(trafficRouting={"smi": {}}), "canary.trafficRouting.smi", "SMI as a traffic router"),
        (
            canary(trafficRouting={"ambassador": {"mappings": ["m"]}}),
            "canary.trafficRouting.ambassador",
            "Ambassador as a traffic router",
        ),
        (canary(trafficRouting={"appMesh": {}}), "canary.trafficRouting.appMesh", "App Mesh as a traffic router"),
        (
            canary(trafficRouting={"apisix": {"route": {"name": "r"}}}),
            "canary.trafficRouting.apisix",
            "APISIX as a traffic router",
        ),
        (canary(trafficRouting=MANAGED), "canary.trafficRouting.managedRoutes", "managed routes"),
        (
            plugin() | canary(trafficRouting={"maxTrafficWeight": 1000, "plugins": {GATEWAY: {"httpRoute": "r"}}}),
            "canary.trafficRouting.maxTrafficWeight",
            "weights that sum to something else than 100",
        ),
        (plugin(tcpRoute="r"), f"canary.trafficRouting.plugins[{GATEWAY}].tcpRoute", "TCPRoutes"),
        (plugin(tlsRoute="r"), f"canary.trafficRouting.plugins[{GATEWAY}].tlsRoute", "TLSRoutes"),
        (canary(antiAffinity=SAME_AGE), "canary.antiAffinity", "anti-affinity between revisions"),
        (canary(canaryMetadata={"labels": {"a": "b"}}), "canary.canaryMetadata", "metadata for canary pods"),
        (canary(stableMetadata={"labels": {"a": "b"}}), "canary.stableMetadata", "metadata for stable pods"),
        (
            {
                "canary": {
                    "pingPong": {"pingService": "a", "pongService": "b"},
                    "trafficRouting": {"alb": {"ingress": "i", "rootService": "r", "servicePort": 80}},
                }
            },
            "canary.trafficRouting.alb",
            "ALB as a traffic router",
        ),
        (blue_green(antiAffinity=SAME_AGE), "blueGreen.antiAffinity", "anti-affinity between revisions"),
        (blue_green(previewMetadata={"labels": {"a": "b"}}), "blueGreen.previewMetadata", "metadata for preview pods"),
        (blue_green(activeMetadata={"labels": {"a": "b"}}), "blueGreen.activeMetadata", "metadata for active pods"),
    ],
)
def test_a_strategy_is_refused_by_the_name_of_what_it_asks_for(
    strategy: dict[str, Any], field: str, feature: str
) -> None:
    assert refusal(strategy=strategy) == f"spec.strategy.{field}: this engine does not support {feature}; {ADVICE}"


def test_a_template_of_another_workload_is_refused() -> None:
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}
    feature = "a template taken from another workload"
    assert refusal(workloadRef=reference) == f"spec.workloadRef: this engine does not support {feature}; {ADVICE}"


def test_a_router_that_nobody_knows_is_refused_by_its_name() -> None:
    sentence = "this engine supports no router plugin but argoproj-labs/gatewayAPI"
    told = refusal(strategy=canary(trafficRouting={"plugins": {"a/b": {}}}))
    assert told == f"spec.strategy.canary.trafficRouting.plugins[a/b]: {sentence}"


@pytest.mark.parametrize(
    "provider",
    [
        "job",
        "kayenta",
        "datadog",
        "wavefront",
        "newRelic",
        "cloudWatch",
        "graphite",
        "influxdb",
        "skywalking",
        "plugin",
    ],
)
def test_a_provider_of_metrics_is_refused_by_its_name(provider: str) -> None:
    examples = {
        "job": {"spec": {"template": PODS}},
        "kayenta": {
            "address": "a",
            "application": "a",
            "canaryConfigName": "a",
            "configurationAccountName": "a",
            "metricsAccountName": "a",
            "scopes": [],
            "storageAccountName": "a",
            "threshold": {"marginal": 1, "pass": 2},
        },
        "newRelic": {"query": "q"},
        "cloudWatch": {"metricDataQueries": []},
    }
    metric = {"name": "m", "provider": {provider: examples.get(provider, {})}}
    with pytest.raises(Unsupported) as refused:
        parse_analysis_template(document("AnalysisTemplate", {"metrics": [metric]}))
    problem = f"this engine does not support the metric provider {provider}; {ADVICE}"
    assert str(refused.value) == f"spec.metrics[0].provider.{provider}: {problem}"


def refusal(**spec: Any) -> str:
    whole = {"selector": {"matchLabels": {"app": "a"}}, "template": PODS, "strategy": canary(), **spec}
    with pytest.raises(Unsupported) as refused:
        parse_rollout(document("Rollout", whole))
    return str(refused.value)


def document(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": {"name": "a"}, "spec": spec}
