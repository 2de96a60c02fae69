"""What a doctor has observed of a cluster, at one moment. Pure: a check reads it, and never asks for more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from platforms.doctor.checking import Look
from platforms.doctor.measured import Certificates, Clock, Measured, Splitting, nothing_measured
from platforms.kube.doctor.pods import is_live
from platforms.kube.objects import label
from platforms.kube.resources import PODS, Object, Resource

_NAME, _CONTROLLER = "app.kubernetes.io/name", "argo-rollouts"

NOBODY_LOOKED: Look[Sequence[Object]] = Look(hidden="nobody has looked")


@dataclass(frozen=True, slots=True)
class Place:
    """Where things are: the run's namespace, and those of the others, empty where they were not found.

    `service` is that of Prometheus.
    """

    namespace: str
    prometheus: str = ""
    service: str = ""
    controller: str = ""
    linkerd: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """`objects` are those of the run's namespace, by kind; `around` others, by kind and namespace ("" for all).

    `server` is what the API server says of its version. `log` is the end of the log of the Rollouts controller.
    `moved` names the Rollouts whose weights changed meanwhile. `now` is this machine's time, in seconds since the
    epoch.
    """

    place: Place
    where: str
    now: float
    server: Look[Object]
    clocks: Sequence[Look[Clock]] = ()
    objects: Mapping[Resource, Look[Sequence[Object]]] = field(default_factory=dict)
    around: Mapping[tuple[Resource, str], Look[Sequence[Object]]] = field(default_factory=dict)
    log: Look[str] = field(default_factory=lambda: Look(hidden="nobody has looked"))
    measured: Measured = field(default_factory=lambda: nothing_measured("Prometheus", "nobody has looked"))
    splittings: Sequence[Splitting] = ()
    moved: frozenset[str] = frozenset()
    access: Look[Certificates] = field(default_factory=lambda: Look(hidden="nobody has looked"))
    trust: Look[Certificates] = field(default_factory=lambda: Look(hidden="nobody has looked"))

    def own(self, kind: Resource) -> Sequence[Object]:
        """Those of the run's namespace. Raises NotThere where the cluster does not know the kind, NotSeen where nobody
        could look.
        """
        return self.objects.get(kind, NOBODY_LOOKED).value()

    def of(self, kind: Resource, namespace: str = "") -> Sequence[Object]:
        """Those of another namespace, or of all. Raises as `own` does."""
        return self.around.get((kind, namespace), NOBODY_LOOKED).value()

    def controllers(self) -> list[Object]:
        """The pods of the Rollouts controller that are there to stay; none where no controller was found."""
        if not self.place.controller:
            return []
        pods = self.of(PODS, self.place.controller)
        return [pod for pod in pods if label(pod, _NAME) == _CONTROLLER and is_live(pod)]


def named(objects: Iterable[Object], name: str) -> Object | None:
    return next((one for one in objects if one["metadata"]["name"] == name), None)


def title(one: Object, kind: Resource) -> str:
    return f"{kind.kind} {one['metadata']['name']}"
