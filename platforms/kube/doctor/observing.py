"""A cluster as a doctor looks at it: everything at the same time, each look with a limit, nothing is changed."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from platforms.doctor.asking import measure
from platforms.doctor.checking import Look
from platforms.doctor.measured import Clock, Measured, Splitting, nothing_measured
from platforms.kube.client import Cluster
from platforms.kube.doctor import certificates, clocks, kinds
from platforms.kube.doctor.looking import look, look_at_all, look_at_one
from platforms.kube.doctor.observed import Observed, Place
from platforms.kube.doctor.prometheus_target import PrometheusTarget, prometheus_of
from platforms.kube.doctor.splitting import moved, splittings_of
from platforms.kube.installation import CONFIG, CONTROLLER
from platforms.kube.measuring import queries_of
from platforms.kube.reach import Reach
from platforms.kube.resources import (
    ANALYSIS_RUNS,
    ANALYSIS_TEMPLATES,
    CLUSTER_ANALYSIS_TEMPLATES,
    CONFIG_MAPS,
    DEPLOYMENTS,
    EVENTS,
    NAMESPACES,
    PODS,
    REPLICA_SETS,
    ROLLOUTS,
    Object,
    Resource,
)
from platforms.kube.settings import ClusterSettings
from seam.errors import PlatformError

Listing = Look[Sequence[Object]]

_OWN = (
    *(ROLLOUTS, ANALYSIS_RUNS, ANALYSIS_TEMPLATES, REPLICA_SETS, PODS, EVENTS),
    *(kinds.HTTP_ROUTES, kinds.GRPC_ROUTES, kinds.TRAEFIK_SERVICES),
)
_ONLY: Mapping[Resource, Mapping[str, str]] = {EVENTS: {"fieldSelector": "involvedObject.kind=Rollout"}}
# Of all namespaces: which kinds, by what selector.
_EVERYWHERE: Mapping[Resource, Mapping[str, str]] = {
    NAMESPACES: {},
    CLUSTER_ANALYSIS_TEMPLATES: {},
    kinds.DEFINITIONS: {"fieldSelector": "metadata.name=httproutes.gateway.networking.k8s.io"},
    kinds.SERVICE_PROFILES: {},
    kinds.APPLICATIONS: {},
    DEPLOYMENTS: {"labelSelector": CONTROLLER},
    kinds.STATEFUL_SETS: {"labelSelector": "app.kubernetes.io/name=argocd-application-controller"},
}
_CONTROL_PLANE = {"labelSelector": "linkerd.io/control-plane-component"}
_OF_PROMETHEUS = (
    *(PODS, kinds.SERVICES, kinds.NETWORK_POLICIES, kinds.SERVERS),
    *(kinds.AUTHORIZATION_POLICIES, kinds.MESH_AUTHENTICATIONS, kinds.NETWORK_AUTHENTICATIONS),
)
_REACHED_WITHIN_S = 6.0


async def observe(cluster: Cluster, reach: Reach, settings: ClusterSettings) -> Observed:
    server = await look(lambda: cluster.get("/version"))
    if server.found is None:
        return _nothing(cluster, settings, server)
    run = settings.namespace
    clock, leases, access, control_plane, own, everywhere = await asyncio.gather(
        look(lambda: _clock(cluster)),
        look_at_all(cluster, kinds.LEASES, "kube-node-lease"),
        look(lambda: certificates.of_access(cluster)),
        look_at_all(cluster, DEPLOYMENTS, "", _CONTROL_PLANE),
        _all(cluster, {kind: _ONLY.get(kind, {}) for kind in _OWN}, run),
        _all(cluster, _EVERYWHERE, ""),
    )
    if everywhere[NAMESPACES].found is None:  # who may not list them may know the own one
        everywhere[NAMESPACES] = await look_at_one(cluster, NAMESPACES, "", run)
    templates = [*_found(own[ANALYSIS_TEMPLATES]), *_found(everywhere[CLUSTER_ANALYSIS_TEMPLATES])]
    target = prometheus_of(_found(own[ROLLOUTS]), templates, settings)
    controller, linkerd = (_namespace_of(listing) for listing in (everywhere[DEPLOYMENTS], control_plane))
    place = Place(run, target.namespace, target.service, controller, linkerd)
    splittings = splittings_of(_found(own[ROLLOUTS]), _found(own[EVENTS]))
    (log, others), measured, trust = await asyncio.gather(
        _around(cluster, place),
        _measured(reach, target, run, queries_of(_found(own[ROLLOUTS]), templates), splittings),
        look(lambda: certificates.of_trust(cluster, linkerd)),
    )
    again = await look_at_all(cluster, ROLLOUTS, run)
    if control_plane.found is None:
        trust = Look(hidden=control_plane.hidden or control_plane.absent)
    around = {(kind, ""): listing for kind, listing in everywhere.items()} | others
    return Observed(
        place=place,
        where=cluster.where,
        now=time.time(),
        server=server,
        clocks=[clock, *clocks.of_nodes(leases, clock)],
        objects=own,
        around=around | {(DEPLOYMENTS, linkerd): control_plane} if linkerd else around,
        log=log,
        measured=measured,
        splittings=splittings,
        moved=moved(_found(own[ROLLOUTS]), _found(again)),
        access=access,
        trust=trust,
    )


def _nothing(cluster: Cluster, settings: ClusterSettings, server: Look[Object]) -> Observed:
    """Of a cluster that does not answer: nobody waits for each of the answers that will not come."""
    silent = "the API server does not answer"
    hidden: Look[Any] = Look(hidden=silent)
    return Observed(
        place=Place(settings.namespace, controller="argo-rollouts"),
        where=cluster.where,
        now=time.time(),
        server=server,
        clocks=[hidden],
        objects=dict.fromkeys(_OWN, hidden),
        around=dict.fromkeys(((kind, "") for kind in _EVERYWHERE), hidden),
        measured=nothing_measured(settings.prometheus, silent),
        access=hidden,
        trust=hidden,
    )


async def _all(
    cluster: Cluster, wanted: Mapping[Resource, Mapping[str, str]], namespace: str
) -> dict[Resource, Listing]:
    looks = (look_at_all(cluster, kind, namespace, query) for kind, query in wanted.items())
    return dict(zip(wanted, await asyncio.gather(*looks), strict=True))


async def _around(cluster: Cluster, place: Place) -> tuple[Look[str], dict[tuple[Resource, str], Listing]]:
    """What is in the namespaces of Prometheus and of the Rollouts controller, and the end of the controller's log."""
    wanted: Mapping[Resource, Mapping[str, str]] = {kind: {} for kind in _OF_PROMETHEUS if place.prometheus}
    of_prometheus = _all(cluster, wanted, place.prometheus)
    if not place.controller:
        return Look(absent="there is no controller"), _placed(await of_prometheus, place.prometheus)
    theirs, pods, config = await asyncio.gather(
        of_prometheus,
        look_at_all(cluster, PODS, place.controller, {"labelSelector": CONTROLLER}),
        look_at_one(cluster, CONFIG_MAPS, place.controller, CONFIG),
    )
    found = _placed(theirs, place.prometheus)
    if place.prometheus != place.controller:
        found[PODS, place.controller] = pods
    found[CONFIG_MAPS, place.controller] = config
    return await look(lambda: _log(cluster, place.controller, _found(pods))), found


def _placed(listings: Mapping[Resource, Listing], namespace: str) -> dict[tuple[Resource, str], Listing]:
    return {(kind, namespace): listing for kind, listing in listings.items()}


async def _log(cluster: Cluster, namespace: str, pods: Sequence[Object]) -> str:
    """The end of the log of each controller: of the last minutes, and of the one before it where that has ended."""
    logs = await asyncio.gather(
        *(_end_of_log(cluster, PODS.path(namespace, pod["metadata"]["name"], "log")) for pod in pods)
    )
    return "\n".join(logs)


async def _end_of_log(cluster: Cluster, path: str) -> str:
    ends = [
        await look(lambda query=query: cluster.page(path, query))  # type: ignore[misc]
        for query in ({"tailLines": "100", "previous": "true"}, {"tailLines": "200", "sinceSeconds": "300"})
    ]
    return "\n".join(end.found for end in ends if end.found)


async def _clock(cluster: Cluster) -> Clock:
    sent = time.time()
    date = await cluster.date()
    return clocks.of_api_server(date, sent, time.time())


async def _measured(
    reach: Reach, target: PrometheusTarget, run: str, queries: Sequence[Any], splittings: Sequence[Splitting]
) -> Measured:
    try:
        async with asyncio.timeout(_REACHED_WITHIN_S):
            address = target.address or await reach.open(target.namespace, f"svc/{target.service}", target.port)
    except PlatformError as error:
        return nothing_measured(target.where, f"Prometheus at {target.where}: {str(error).rstrip('.')}")
    except TimeoutError:
        return nothing_measured(
            target.where, f"Prometheus at {target.where} could not be reached within {_REACHED_WITHIN_S:g} s"
        )
    return await measure(target.where, address, run, queries, splittings)


def _namespace_of(deployments: Listing) -> str:
    """That of the first; empty if there is none."""
    return next((str(one["metadata"]["namespace"]) for one in _found(deployments)), "")


def _found(listing: Listing) -> Sequence[Object]:
    return listing.found or ()
