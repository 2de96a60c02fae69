"""What a doctor would have seen of a cluster, put together for a test; and objects as its API gives them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from platforms.doctor.checking import Look
from platforms.doctor.measured import Clock, Measured, SeriesSeen
from platforms.kube.doctor.kinds import GRPC_ROUTES, HTTP_ROUTES
from platforms.kube.doctor.observed import Observed, Place
from platforms.kube.resources import Resource
from tests.platforms.kube.objects import rollout

Document = dict[str, Any]
NOW = 1_796_000_000.0
VERSION = {"major": "1", "minor": "35", "gitVersion": "v1.35.4"}
PLACE = Place("run", "monitoring", "prometheus", "argo-rollouts", "linkerd")
NOT_SERVED = "the cluster knows no such kind"
REFUSED = "jane may not list them"
LABELS = {"app.kubernetes.io/name": "argo-rollouts"}

MEASURED = Measured(
    where="monitoring/svc/prometheus:9090",
    version=Look("3.13.2"),
    clock=Look(Clock("Prometheus", NOW, NOW, NOW, NOW)),
    targets=Look([]),
    series=Look(SeriesSeen(0)),
    counted=Look({}),
    callers=Look([]),
    certificates=Look([]),
)


def seen(
    *,
    own: Mapping[Resource, Sequence[Document]] | None = None,
    around: Mapping[tuple[Resource, str], Sequence[Document]] | None = None,
    absent: Sequence[Resource] = (),
    refused: Sequence[Resource] = (),
    place: Place = PLACE,
    **more: Any,
) -> Observed:
    """`absent` are kinds that the cluster does not know, `refused` those that this user may not list."""
    objects = {kind: Look(found) for kind, found in (own or {}).items()}
    objects |= {kind: Look(absent=NOT_SERVED) for kind in absent}
    objects |= {kind: Look(hidden=REFUSED) for kind in refused}
    others = {key: Look(found) for key, found in (around or {}).items()}
    others |= {(kind, ""): Look(absent=NOT_SERVED) for kind in absent}
    others |= {(kind, ""): Look(hidden=REFUSED) for kind in refused}
    observed = Observed(place, "https://127.0.0.1:6443", NOW, Look(VERSION), (), objects, others, measured=MEASURED)
    return replace(observed, **more)


def routed(weight: int | None = 30, name: str = "smiley", **routing: Any) -> Document:
    """A Rollout that writes its weight to an HTTPRoute of its name, or to what `routing` names instead."""
    one = rollout(name=name)
    canary = one["spec"]["strategy"]["canary"]
    plugin = {"plugins": {"argoproj-labs/gatewayAPI": {"httpRoute": name, "namespace": "run"}}}
    canary |= {"stableService": f"{name}-stable", "trafficRouting": routing or plugin}
    if weight is None:
        one["status"].pop("canary")
    else:
        one["status"]["canary"] = {"weights": {"canary": {"weight": weight}, "stable": {"weight": 100 - weight}}}
    return one


ACCEPTED = {"type": "Accepted", "status": "True", "reason": "Accepted", "message": "", "observedGeneration": 1}
RESOLVED = {"type": "ResolvedRefs", "status": "True", "reason": "ResolvedRefs", "message": "", "observedGeneration": 1}


def route(
    weight: int = 30, name: str = "smiley", conditions: Sequence[Document] = (ACCEPTED, RESOLVED), **spec: Any
) -> Document:
    """An HTTPRoute as Linkerd's policy controller leaves it. In its status the group of a Service is `core`."""
    parent = {"group": "", "kind": "Service", "name": name, "port": 80}
    backends = [
        {"group": "", "kind": "Service", "name": f"{name}-stable", "port": 80, "weight": 100 - weight},
        {"group": "", "kind": "Service", "name": f"{name}-canary", "port": 80, "weight": weight},
    ]
    taken = {
        "parentRef": {**parent, "group": "core", "namespace": "run"},
        "controllerName": "linkerd.io/policy-controller",
        "conditions": list(conditions),
    }
    return {
        "metadata": {"name": name, "namespace": "run", "generation": 1},
        "spec": {"parentRefs": [parent], "rules": [{"backendRefs": backends}], **spec},
        "status": {"parents": [taken] if conditions else []},
    }


def pod(name: str, namespace: str = "run", *, proxy: bool = True, app: str = "smiley", **more: Any) -> Document:
    """A pod that runs, with its proxy as the native sidecar that Linkerd's chart makes of it, or without one."""
    sidecar = {"name": "linkerd-proxy", "restartPolicy": "Always"}
    ready = [{"type": "Ready", "status": "True"}]
    running = {"name": app, "restartCount": 0, "state": {"running": {"startedAt": "2026-11-29T10:00:00Z"}}}
    document: Document = {
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": app}},
        "spec": {"containers": [{"name": app}], "initContainers": [sidecar] if proxy else []},
        "status": {"phase": "Running", "conditions": ready, "containerStatuses": [running]},
    }
    for part, value in more.items():
        document[part] |= value
    return document


def controller(name: str = "argo-rollouts-1", *, proxy: bool = False, **more: Any) -> Document:
    """The pod of the Rollouts controller."""
    made = pod(name, "argo-rollouts", proxy=proxy, app="argo-rollouts", **more)
    made["metadata"]["labels"] = dict(LABELS)
    made["spec"]["serviceAccountName"] = "argo-rollouts"
    return made


ROUTES = (HTTP_ROUTES, GRPC_ROUTES)
