"""What one Rollout wants of the data plane: pure functions of its Services, weights and ReplicaSets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from platforms.embedded.manifests.consistency import selects
from platforms.embedded.manifests.reading import Service
from platforms.embedded.mesh.envoy_config import ClusterKey, Endpoints, ServiceRoute
from platforms.embedded.processes.replicas import ReplicaSetRunner
from rollouts.model import Rollout
from rollouts.status import Weights


@dataclass(frozen=True, slots=True)
class Routing:
    """What the engine last ordered: weights, and which ReplicaSet (by hash) a Service selects."""

    weights: Weights | None = None
    selected: Mapping[str, str] = field(default_factory=dict)

    def weighted(self, weights: Weights) -> "Routing":
        return replace(self, weights=weights)

    def pointed(self, rollout: Rollout, stable_hash: str, canary_hash: str) -> "Routing":
        """An empty hash leaves its Service as it is."""
        canary = rollout.canary
        wanted = {canary.stable_service: stable_hash, canary.canary_service: canary_hash}
        chosen = {service: selected for service, selected in wanted.items() if service and selected}
        return replace(self, selected={**self.selected, **chosen})


def services_of(rollout: Rollout, services: Mapping[str, Service]) -> dict[str, Service]:
    """The Services that select this Rollout's pods."""
    return {name: service for name, service in services.items() if selects(service, rollout)}


def endpoints(
    rollout: Rollout, services: Mapping[str, Service], runners: Iterable[ReplicaSetRunner]
) -> dict[ClusterKey, Endpoints]:
    """The ready replicas of each ReplicaSet, at the port that its Services target."""
    grpc, port = _protocol(rollout, services)
    return {_key(rollout, runner, grpc=grpc): runner.endpoints(port) for runner in runners}


def routes(
    rollout: Rollout, services: Mapping[str, Service], runners: Iterable[ReplicaSetRunner], routing: Routing
) -> list[ServiceRoute]:
    """How each Service splits its requests between the ReplicaSets."""
    grpc, _ = _protocol(rollout, services)
    sets = {runner.pod_template_hash: runner for runner in runners}
    found = []
    for name, service in services_of(rollout, services).items():
        shares = {
            _key(rollout, sets[pod_hash], grpc=grpc): share
            for pod_hash, share in _shares(name, rollout, sets, routing).items()
            if pod_hash in sets
        }
        found.append(ServiceRoute(name, service.spec.ports[0].port, tuple(sorted(shares.items()))))
    return found


def _shares(
    service: str, rollout: Rollout, sets: Mapping[str, ReplicaSetRunner], routing: Routing
) -> Mapping[str, int]:
    """{pod template hash: share} of one Service: by weight, by selector, or by ready replicas."""
    weights = routing.weights
    if weights is not None and service == rollout.canary.stable_service:
        shares: dict[str, int] = {}
        for part in (weights.stable, weights.canary):
            shares[part.pod_template_hash] = shares.get(part.pod_template_hash, 0) + part.weight
        return shares
    if service in routing.selected:
        return {routing.selected[service]: 100}
    ready = {pod_hash: len(runner.ready) for pod_hash, runner in sets.items()}
    return {pod_hash: count for pod_hash, count in ready.items() if count} or dict.fromkeys(ready, 1)


def _protocol(rollout: Rollout, services: Mapping[str, Service]) -> tuple[bool, int | str]:
    """(whether it is gRPC, the container's port by name or number): the same for all Services of a Rollout."""
    for service in services_of(rollout, services).values():
        port = service.spec.ports[0]
        return port.grpc, port.target
    return False, "http"


def _key(rollout: Rollout, runner: ReplicaSetRunner, *, grpc: bool) -> ClusterKey:
    return ClusterKey(rollout.namespace, rollout.name, runner.pod_template_hash, grpc)
