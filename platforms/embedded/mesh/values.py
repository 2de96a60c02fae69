"""What the mesh is told: who runs where, who may call whom, and how requests are shared out. Plain values.

As in a mesh of sidecars, each replica has two sides. A request leaves through its caller's outbound side, which chooses
a ReplicaSet by weight and one of its replicas, and enters through that replica's inbound side, which hands it to the
app. Between the sides there is mutual TLS; both are listeners of the one Envoy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from platforms.embedded.policies import NO_POLICY, Breaker, ServicePolicy

FRONT = "front"
"""The name of the one caller that is no replica: the front door, through which browsers and visitors come in."""
_TRUST_DOMAIN = "serviceaccount.identity.linkerd.cluster.local"


@dataclass(frozen=True, slots=True, order=True)
class SetKey:
    """One ReplicaSet as the mesh sees it. No part of it has a dot or a slash."""

    namespace: str
    workload: str
    pod_template_hash: str

    @property
    def name(self) -> str:
        return f"{self.namespace}/{self.workload}/{self.pod_template_hash}"

    @property
    def replica_set(self) -> str:
        return f"{self.workload}-{self.pod_template_hash}" if self.pod_template_hash else self.workload

    @property
    def identity(self) -> str:
        return identity(self.workload, self.namespace)


def identity(workload: str, namespace: str) -> str:
    """The name in a certificate, as Linkerd spells it; a workload's name stands for its ServiceAccount."""
    return f"{workload}.{namespace}.{_TRUST_DOMAIN}"


@dataclass(frozen=True, slots=True, order=True)
class ProbedPort:
    """A container port that the kubelet's probes ask: its number in the manifest, and the real one on loopback.

    `host` is what these probes put into Host.
    """

    container_port: int
    port: int
    host: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Sidecar:
    """The two sides of one replica, by their ports on loopback, and where its app listens.

    `ready`: callers may choose it.
    """

    pod: str
    inbound: int
    outbound: int
    app: int
    probed: tuple[ProbedPort, ...] = ()
    ready: bool = True


@dataclass(frozen=True, slots=True)
class MeshedSet:
    """The replicas of one ReplicaSet.

    `container_port` is the manifest's number of the port that Services target. `callers` are the workloads that may
    call; None: every one that has an identity. `certificate` is one of IDENTITIES.
    """

    sidecars: tuple[Sidecar, ...] = ()
    grpc: bool = False
    container_port: int = 8000
    callers: tuple[str, ...] | None = None
    certificate: str = "good"
    breaker: Breaker | None = None


@dataclass(frozen=True, slots=True, order=True)
class Share:
    """How many percent of a Service's requests go to a ReplicaSet, and the Service that Linkerd calls its backend."""

    key: SetKey
    weight: int
    backend: str


@dataclass(frozen=True, slots=True)
class ServiceRoute:
    """Where requests for one Service go: shares that sum to 100, or nowhere (503)."""

    service: str
    port: int
    shares: tuple[Share, ...]
    policy: ServicePolicy = NO_POLICY


@dataclass(frozen=True, slots=True)
class Traffic:
    """All that the mesh has to do in one namespace. `front_service` is the one behind the front door."""

    namespace: str = ""
    routes: tuple[ServiceRoute, ...] = ()
    sets: Mapping[SetKey, MeshedSet] = field(default_factory=dict)
    front_service: str = "gui"

    @property
    def front(self) -> "Caller":
        return Caller(self.namespace, FRONT)

    @property
    def callers(self) -> tuple["Caller", ...]:
        """Everybody who has an outbound side."""
        found = {caller_of(key, members) for key, members in self.sets.items() if members.sidecars}
        return (self.front, *sorted(found))


@dataclass(frozen=True, slots=True, order=True)
class Caller:
    """All replicas of a workload that show a certificate of the same kind. It has a certificate, and routes of its own:
    not each ReplicaSet, because Envoy takes one of the user's few watches of files (inotify) for every one.
    """

    namespace: str
    workload: str
    certificate: str = "good"

    @property
    def name(self) -> str:
        return f"{self.namespace}/{self.workload}/{self.certificate}"

    @property
    def identity(self) -> str:
        return identity(self.workload, self.namespace)


def caller_of(key: SetKey, members: MeshedSet) -> Caller:
    return Caller(key.namespace, key.workload, members.certificate)
