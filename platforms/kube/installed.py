"""Whether a cluster runs versions that are new enough, and has the plugins that the manifests need.

Two minimums. Kubernetes 1.29: all that is asked of the API here is stable there. Argo Rollouts 1.8, which is seen in
the API itself, not in an image's tag, as that may say anything: 1.8 was the first to know `consecutiveSuccessLimit`,
and the API publishes the fields that it knows to everybody.
"""

from collections.abc import Iterable

from platforms.kube.client import Cluster
from platforms.kube.installation import (
    CONFIG,
    CONTROLLER,
    INSTALL,
    PLUGINS,
    configured_plugins,
    image_version,
    images,
    kubernetes_too_old,
    plugins_of,
)
from platforms.kube.refusals import Refused
from platforms.kube.resources import CONFIG_MAPS, DEPLOYMENTS, ROLLOUTS, Object
from seam.errors import UserError

OLDEST_ROLLOUTS = "1.8"
_FIELD_SINCE_THEN = '"consecutiveSuccessLimit"'


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
        missing = f"Argo Rollouts is not installed in the cluster: it serves no {ROLLOUTS.api_version}; see {INSTALL}"
        raise UserError(missing) from None
    if _FIELD_SINCE_THEN not in schema:
        raise UserError(f"The cluster's Argo Rollouts is too old: {OLDEST_ROLLOUTS} or newer is needed; see {INSTALL}")
    controllers = await _controllers(cluster)
    tag = next(filter(None, (image_version(image) for image in images(controllers))), "")
    return f"Argo Rollouts{tag} on Kubernetes {version['gitVersion']}"


async def check_plugins(cluster: Cluster, rendered: Iterable[Object]) -> None:
    """Raises UserError for a traffic router plugin that the controller is not configured for.

    The controller only writes that to its log, and the Rollouts wait for ever. Where the user may not read its
    configuration, nothing is checked.
    """
    wanted = plugins_of(rendered)
    for namespace in {one["metadata"]["namespace"] for one in await _controllers(cluster)} if wanted else ():
        try:
            config = await cluster.get(CONFIG_MAPS.path(namespace, CONFIG))
        except Refused as refused:
            if refused.status == 403:
                continue
            config = {}
        missing = sorted(wanted - configured_plugins(config))
        if missing:
            raise UserError(
                f"The manifests route with the plugin {missing[0]}, and ConfigMap {CONFIG} in namespace {namespace} "
                f"does not name it; see {PLUGINS}"
            )


async def _controllers(cluster: Cluster) -> list[Object]:
    """The Deployments of the Rollouts controller, as far as one may look."""
    try:
        return list((await cluster.get(DEPLOYMENTS.path(), {"labelSelector": CONTROLLER}))["items"])
    except Refused:
        return []
