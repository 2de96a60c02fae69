"""What objects say of what is installed in a cluster: versions, and the plugins of the Rollouts controller. Pure."""

import re
from collections.abc import Iterable, Iterator

import yaml

from platforms.kube.objects import canary_of
from platforms.kube.resources import Object

OLDEST_KUBERNETES = (1, 29)
CONTROLLER = "app.kubernetes.io/name=argo-rollouts"
CONFIG = "argo-rollouts-config"
PLUGINS = "https://argo-rollouts.readthedocs.io/en/stable/features/traffic-management/plugins/"
INSTALL = "https://argo-rollouts.readthedocs.io/en/stable/installation/"


def kubernetes_too_old(version: Object) -> str:
    """A sentence, or "" for one that is new enough. Providers write minors like "29+"."""
    major, minor = (int(re.sub(r"\D.*", "", version[part]) or 0) for part in ("major", "minor"))
    if (major, minor) >= OLDEST_KUBERNETES:
        return ""
    oldest = ".".join(map(str, OLDEST_KUBERNETES))
    return f"The cluster runs Kubernetes {version['gitVersion']}; {oldest} or newer is needed."


def image_version(image: str) -> str:
    """` v1.10.1` of an image's tag; "" where the tag is no version."""
    tag = re.search(r":(v\d+(?:\.\d+)+[^@]*)(?:@|$)", image)
    return f" {tag[1]}" if tag else ""


def plugins_of(rendered: Iterable[Object]) -> set[str]:
    """The traffic router plugins that the Rollouts among the documents name."""
    routings = [canary_of(one).get("trafficRouting") or {} for one in rendered if one["kind"] == "Rollout"]
    return {name for routing in routings for name in routing.get("plugins") or ()}


def configured_plugins(config: Object) -> set[str]:
    """The traffic router plugins in a controller's ConfigMap."""
    listed = yaml.safe_load((config.get("data") or {}).get("trafficRouterPlugins") or "") or []
    return {str(plugin["name"]) for plugin in listed}


def images(workloads: Iterable[Object]) -> Iterator[str]:
    """Of the containers of Deployments and their like."""
    for workload in workloads:
        for container in workload["spec"]["template"]["spec"]["containers"]:
            yield container["image"]
