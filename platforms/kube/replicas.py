"""The ports of the app's pods: metrics, through the API server, and the control API, through a port-forward."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import aiohttp

from platforms.faults import no_control_port, put_faults, targets
from platforms.kube.client import Cluster, Unreachable
from platforms.kube.placing import token_of
from platforms.kube.reach import Reach
from platforms.kube.refusals import Refused
from platforms.kube.resources import PODS, SECRETS, Object
from seam.views import RolloutView

# The Secret with the token of the control API, and the names of the ports: see manifests/base.
_SECRET = "faces-control"  # noqa: S105 - the name of one
_ADMIN, _CONTROL = "admin", "control"


async def metrics(cluster: Cluster, namespace: str, view: RolloutView, pods: Iterable[Object]) -> dict[str, str]:
    """The /metrics page of each ready pod that has one."""
    pages = {}
    for name, port in _ports(view, pods, _ADMIN).items():
        with contextlib.suppress(Refused, Unreachable):  # the pod was deleted just now
            pages[name] = await cluster.page(PODS.path(namespace, f"{name}:{port}", "proxy", "metrics"))
    return pages


async def switch_faults(
    cluster: Cluster,
    reach: Reach,
    view: RolloutView,
    pods: Iterable[Object],
    faults: Mapping[str, Any] | None,
    version: str | None,
    kinds: Sequence[str] = (),
) -> list[str]:
    """Switch faults on, or off (None: all, or those `kinds`), in the ready pods of one version or of all; returns
    their names.
    """
    ready, ports = targets(view, version), _ports(view, pods, _CONTROL)
    if any(name not in ports for name in ready):
        raise no_control_port(view.name)
    token = token_of(await cluster.get(SECRETS.path(view.namespace, _SECRET)))
    async with aiohttp.ClientSession() as session:
        for name in ready:
            address = await reach.open(view.namespace, f"pod/{name}", ports[name])
            await put_faults(session, name, address, token, faults, kinds)
    return ready


def _ports(view: RolloutView, pods: Iterable[Object], wanted: str) -> dict[str, int]:
    """{ready pod: the number of its port of that name}, without the pods that have none."""
    ready = {pod.name for replica_set in view.replica_sets for pod in replica_set.pods if pod.ready}
    found = {}
    for pod in pods:
        for container in pod["spec"]["containers"]:
            for port in container.get("ports") or ():
                if pod["metadata"]["name"] in ready and port.get("name") == wanted:
                    found[pod["metadata"]["name"]] = int(port["containerPort"])
    return found
