"""Whether a cluster runs versions that are new enough, and has the plugins that the manifests need.

Two minimums. Kubernetes 1.29: all that is asked of the API here is stable there. Argo Rollouts 1.8, which is seen in
the API itself, not in an image's tag, as that may say anything: 1.8 was the first to know `consecutiveSuccessLimit`,
and the API publishes the fields that it knows to everybody.
"""

import re
from collections.abc import Iterable, Iterator

import yaml

from platforms.kube.client import Cluster
from platforms.kube.objects import canary_of
from platforms.kube.refusals import Refused
from platforms.kube.resources import CONFIG_MAPS, DEPLOYMENTS, ROLLOUTS, Object
from seam.errors import UserError

OLDEST_KUBERNETES = (1, 29)
OLDEST_ROLLOUTS = "1.8"
_FIELD_SINCE_THEN = '"consecutiveSuccessLimit"'
_INSTALL = "https://argo-rollouts.readthedocs.io/en/stable/installation/"
_PLUGINS = "https://argo-rollouts.readthedocs.io/en/stable/features/traffic-management/plugins/"
_CONTROLLER = "app.kubernetes.io/name=argo-rollouts"
_CONFIG = "argo-rollouts-config"


async def check_versions(cluster: Cluster) -> str:
    """Raises UserError for a cluster that is too old or lacks Argo Rollouts; returns what it runs, in words."""
    version = await cluster.get("/version")
    too_old = kubernetes_too_old(version)
    if too_old:
        raise UserError(too_old)
    try:
        schema = await cluster.page(f"/openapi/v3/apis/{ROLLOUTS.api_version}")
    except Refused as refused:
        if refused.status != 404:
            raise
        missing = f"Argo Rollouts is not installed in the cluster: it serves no {ROLLOUTS.api_version}; see {_INSTALL}"
        raise UserError(missing) from None
    if _FIELD_SINCE_THEN not in schema:
        raise UserError(f"The cluster's Argo Rollouts is too old: {OLDEST_ROLLOUTS} or newer is needed; see {_INSTALL}")
    controllers = await _controllers(cluster)
    tag = next(filter(None, (image_version(image) for image in _images(controllers))), "")
    return f"Argo Rollouts{tag} on Kubernetes {version['gitVersion']}"


async def check_plugins(cluster: Cluster, rendered: Iterable[Object]) -> None:
    """Raises UserError for a traffic router plugin that the controller is not configured for.

    The controller only writes that to its log, and the Rollouts wait for ever. Where the user may not read its
    configuration, nothing is checked.
    """
    wanted = plugins_of(rendered)
    for namespace in {one["metadata"]["namespace"] for one in await _controllers(cluster)} if wanted else ():
        try:
            config = await cluster.get(CONFIG_MAPS.path(namespace, _CONFIG))
        except Refused as refused:
            if refused.status == 403:
                continue
            config = {}
        missing = sorted(wanted - configured_plugins(config))
        if missing:
            raise UserError(
                f"The manifests route with the plugin {missing[0]}, and ConfigMap {_CONFIG} in namespace {namespace} "
                f"does not name it; see {_PLUGINS}"
            )


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


async def _controllers(cluster: Cluster) -> list[Object]:
    """The Deployments of the Rollouts controller, as far as one may look."""
    try:
        return list((await cluster.get(DEPLOYMENTS.path(), {"labelSelector": _CONTROLLER}))["items"])
    except Refused:
        return []


def _images(deployments: Iterable[Object]) -> Iterator[str]:
    for deployment in deployments:
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            yield container["image"]
