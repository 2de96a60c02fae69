"""What one Rollout wants of the mesh: pure functions of its Services, weights and ReplicaSets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from platforms.embedded.manifests.annotations import callers_of, identity_of, service_policy
from platforms.embedded.manifests.consistency import selects
from platforms.embedded.manifests.pods import PodTemplate, probe_host
from platforms.embedded.manifests.reading import Service
from platforms.embedded.mesh.values import MeshedSet, ProbedPort, ServiceRoute, SetKey, Share, Sidecar
from platforms.embedded.policies import Breaker, ServicePolicy
from platforms.embedded.processes.replicas import Replica, ReplicaSetRunner
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


def sets(
    rollout: Rollout, services: Mapping[str, Service], runners: Iterable[ReplicaSetRunner]
) -> dict[SetKey, MeshedSet]:
    """The replicas of each ReplicaSet, at the port that its Services target."""
    grpc, port = _protocol(rollout, services)
    breaker = _breaker(rollout, services)
    return {_key(rollout, runner): meshed(runner, port, breaker, grpc=grpc) for runner in runners}


def routes(
    rollout: Rollout, services: Mapping[str, Service], runners: Iterable[ReplicaSetRunner], routing: Routing
) -> list[ServiceRoute]:
    """How each Service splits its requests between the ReplicaSets."""
    by_hash = {runner.pod_template_hash: runner for runner in runners}
    found = []
    for name, service in services_of(rollout, services).items():
        shares = [
            Share(_key(rollout, by_hash[pod_hash]), weight, backend)
            for pod_hash, (weight, backend) in _shares(name, rollout, by_hash, routing).items()
            if pod_hash in by_hash
        ]
        port = service.spec.ports[0].port
        found.append(ServiceRoute(name, port, tuple(sorted(shares)), _policy(service)))
    return found


def meshed(runner: ReplicaSetRunner, target: int | str, breaker: Breaker | None, *, grpc: bool) -> MeshedSet:
    """The replicas of one ReplicaSet that have their ports; `target` is the container's port, by name or number."""
    pods = runner.pods
    name = pods.container.port_named(target)
    number = next((port.container_port for port in pods.container.ports if port.name == name), 0)
    found = (_sidecar(replica, pods, name) for replica in runner.replicas)
    return MeshedSet(
        sidecars=tuple(sorted(sidecar for sidecar in found if sidecar is not None)),
        grpc=grpc,
        container_port=number,
        callers=callers_of(pods.metadata.annotations),
        certificate=identity_of(pods.metadata.annotations),
        breaker=breaker,
    )


def _sidecar(replica: Replica, pods: PodTemplate, traffic_port: str | None) -> Sidecar | None:
    """None until the replica has its ports."""
    sides = replica.sides
    if sides is None or traffic_port not in replica.ports:
        return None
    return Sidecar(
        replica.name, sides.inbound, sides.outbound, replica.ports[traffic_port], _probed(replica, pods), replica.ready
    )


def _probed(replica: Replica, pods: PodTemplate) -> tuple[ProbedPort, ...]:
    container = pods.container
    paths: dict[tuple[str, str], set[str]] = {}
    for probe in filter(None, (container.readiness_probe, container.liveness_probe)):
        name = container.port_named(probe.http_get.port)
        assert name is not None, "a container with such a probe is refused"
        paths.setdefault((name, probe_host(container, probe)), set()).add(probe.http_get.path)
    numbers: dict[str, int] = {port.name: port.container_port for port in container.ports}
    return tuple(
        ProbedPort(numbers[name], replica.ports[name], host, tuple(sorted(asked)))
        for (name, host), asked in sorted(paths.items())
    )


def _shares(
    service: str, rollout: Rollout, by_hash: Mapping[str, ReplicaSetRunner], routing: Routing
) -> Mapping[str, tuple[int, str]]:
    """{pod template hash: (weight, backend)} of one Service: by weight, by selector, or by ready replicas."""
    weights = routing.weights
    if weights is not None and service == rollout.canary.stable_service:
        shares: dict[str, tuple[int, str]] = {}
        split = ((weights.stable, service), (weights.canary, rollout.canary.canary_service or service))
        for part, backend in split:
            known, first = shares.get(part.pod_template_hash, (0, backend))
            shares[part.pod_template_hash] = (known + part.weight, first)
        return shares
    if service in routing.selected:
        return {routing.selected[service]: (100, service)}
    ready = {pod_hash: len(runner.ready) for pod_hash, runner in by_hash.items()}
    counted = {pod_hash: count for pod_hash, count in ready.items() if count} or dict.fromkeys(ready, 1)
    return {pod_hash: (count, service) for pod_hash, count in counted.items()}


def _protocol(rollout: Rollout, services: Mapping[str, Service]) -> tuple[bool, int | str]:
    """(whether it is gRPC, the container's port by name or number): the same for all Services of a Rollout."""
    for service in services_of(rollout, services).values():
        port = service.spec.ports[0]
        return port.grpc, port.target
    return False, "http"


def _policy(service: Service) -> ServicePolicy:
    return service_policy(service.metadata.annotations)


def _breaker(rollout: Rollout, services: Mapping[str, Service]) -> Breaker | None:
    """Linkerd looks it up at the Service that clients ask, and applies it to all backends."""
    policies = [_policy(service) for _, service in sorted(services_of(rollout, services).items())]
    return next((policy.breaker for policy in policies if policy.breaker is not None), None)


def _key(rollout: Rollout, runner: ReplicaSetRunner) -> SetKey:
    return SetKey(rollout.namespace, rollout.name, runner.pod_template_hash)
