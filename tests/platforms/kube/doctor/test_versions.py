from dataclasses import replace

from platforms.doctor.checking import Look
from platforms.kube.doctor.checks.versions import check, found
from platforms.kube.doctor.kinds import DEFINITIONS, STATEFUL_SETS
from platforms.kube.resources import CONFIG_MAPS, DEPLOYMENTS, PODS
from seam.doctor import Result
from tests.platforms.kube.doctor.seeing import MEASURED, Document, pod, seen

PLUGIN = (
    "- name: argoproj-labs/gatewayAPI\n"
    "  location: https://github.com/argoproj-labs/rollouts-plugin-trafficrouter-gatewayapi/releases/download/v0.15.0/"
    "gatewayapi-plugin-linux-amd64\n"
)


def workload(name: str, image: str, **annotations: str) -> Document:
    spec = {"template": {"spec": {"containers": [{"name": name, "image": image}]}}}
    return {"metadata": {"name": name, "annotations": annotations}, "spec": spec}


def everything() -> dict[str, str]:
    definition = {
        "metadata": {
            "name": "httproutes.gateway.networking.k8s.io",
            "annotations": {"gateway.networking.k8s.io/bundle-version": "v1.4.0"},
        }
    }
    linkerd = workload(
        "linkerd-destination", "cr.l5d.io/linkerd/controller:x", **{"linkerd.io/created-by": "linkerd/cli edge-26.8.3"}
    )
    traefik = pod("traefik-1", app="traefik")
    traefik["spec"]["containers"][0]["image"] = "traefik:v3.6.12"
    config = {"metadata": {"name": "argo-rollouts-config"}, "data": {"trafficRouterPlugins": PLUGIN}}
    around = {
        (DEPLOYMENTS, ""): [workload("argo-rollouts", "quay.io/argoproj/argo-rollouts:v1.10.1")],
        (DEPLOYMENTS, "linkerd"): [linkerd],
        (CONFIG_MAPS, "argo-rollouts"): [config],
        (DEFINITIONS, ""): [definition],
        (STATEFUL_SETS, ""): [workload("argocd-application-controller", "quay.io/argoproj/argocd:v3.2.11@sha256:0")],
    }
    return found(seen(own={PODS: [traefik]}, around=around))


def test_every_component_tells_its_version_somewhere() -> None:
    assert everything() == {
        "Kubernetes": "v1.35.4",
        "Argo Rollouts": "v1.10.1",
        "gatewayAPI plugin": "v0.15.0",
        "Gateway API": "v1.4.0",
        "Linkerd": "edge-26.8.3",
        "Traefik": "v3.6.12",
        "Prometheus": "3.13.2",
        "Argo CD": "v3.2.11",
    }


def test_the_plugin_that_an_init_container_copies_has_its_images_version() -> None:
    deployment = workload("argo-rollouts", "quay.io/argoproj/argo-rollouts:v1.10.1")
    copying = {"name": "plugin", "image": "ghcr.io/argoproj-labs/rollouts-plugin-trafficrouter-gatewayapi:v0.15.0"}
    deployment["spec"]["template"]["spec"]["initContainers"] = [{"name": "other", "image": "busybox:v1.0"}, copying]
    listed = "- {name: argoproj-labs/gatewayAPI, location: file:///plugins/gatewayapi-plugin}"
    config = {"metadata": {"name": "argo-rollouts-config"}, "data": {"trafficRouterPlugins": listed}}
    around = {(DEPLOYMENTS, ""): [deployment], (CONFIG_MAPS, "argo-rollouts"): [config]}
    assert found(seen(around=around))["gatewayAPI plugin"] == "v0.15.0"


def test_what_is_not_there_or_may_not_be_looked_at_has_none() -> None:
    version: Look[str] = Look(hidden="no answer")
    silent = replace(MEASURED, version=version)
    assert found(seen(absent=[DEFINITIONS], refused=[STATEFUL_SETS, PODS], measured=silent)) == {
        "Kubernetes": "v1.35.4"
    }


def test_a_version_that_cannot_be_told_is_not_said_to_be_tested() -> None:
    around = {(DEPLOYMENTS, ""): [workload("argo-rollouts", "registry/rollouts:latest")]}
    one = check(seen(around=around))
    assert (one.result, one.saw) == (Result.WARNING, "not tested: Argo Rollouts of an unknown version")
    assert one.next == "Tested were Argo Rollouts v1.10.1. What differs may still be well."
