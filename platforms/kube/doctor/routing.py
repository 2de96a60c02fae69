"""Where the weights of Rollouts are written: which objects of which kind, and what stands there now. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from platforms.doctor.checking import NotThere
from platforms.kube.doctor.kinds import GRPC_ROUTES, HTTP_ROUTES, TRAEFIK_SERVICES
from platforms.kube.doctor.observed import Observed, named
from platforms.kube.objects import canary_of
from platforms.kube.resources import Object, Resource

GATEWAY_PLUGIN = "argoproj-labs/gatewayAPI"
_KNOWN = frozenset({"plugins", "traefik", "managedRoutes", "maxTrafficWeight"})


@dataclass(frozen=True, slots=True)
class Driven:
    """An object that a Rollout's weights are written to, as the Rollout names it."""

    rollout: Object
    kind: Resource
    name: str
    namespace: str

    @property
    def title(self) -> str:
        return f"{self.kind.kind} {self.name}"

    @property
    def services(self) -> tuple[str, str]:
        """The canary and the stable Service."""
        canary = canary_of(self.rollout)
        return canary.get("canaryService", ""), canary.get("stableService", "")

    def found(self, seen: Observed) -> Object | None:
        """None: it is not there. Raises NotSeen where nobody could look."""
        try:
            return named(seen.own(self.kind), self.name)
        except NotThere:
            return None


def driven_by(rollout: Object) -> list[Driven]:
    """Of the gatewayAPI plugin and of Traefik; those of other routers are not known here."""
    routing, namespace = canary_of(rollout).get("trafficRouting") or {}, rollout["metadata"]["namespace"]
    found = []
    config = (routing.get("plugins") or {}).get(GATEWAY_PLUGIN) or {}
    for kind, one, many in ((HTTP_ROUTES, "httpRoute", "httpRoutes"), (GRPC_ROUTES, "grpcRoute", "grpcRoutes")):
        names = [config[one]] if config.get(one) else []
        names += [route["name"] for route in config.get(many) or ()]
        found += [Driven(rollout, kind, name, config.get("namespace") or namespace) for name in names]
    traefik = (routing.get("traefik") or {}).get("weightedTraefikServiceName")
    return found + ([Driven(rollout, TRAEFIK_SERVICES, traefik, namespace)] if traefik else [])


def splits_traffic(rollout: Object) -> bool:
    return bool(canary_of(rollout).get("trafficRouting"))


def unknown_router(rollout: Object) -> str:
    """The name of a router whose objects are not known here; empty if there is none."""
    routing = canary_of(rollout).get("trafficRouting") or {}
    plugins = set(routing.get("plugins") or {}) - {GATEWAY_PLUGIN}
    return next(iter(sorted((set(routing) - _KNOWN) | plugins)), "")


def rules_of(one: Object, kind: Resource) -> Iterator[Mapping[str, int]]:
    """The weights by Service, of each rule of a route, or of a TraefikService."""
    if kind == TRAEFIK_SERVICES:
        services = ((one["spec"].get("weighted") or {}).get("services")) or ()
        yield {service["name"]: service.get("weight", 1) for service in services}
        return
    for rule in one["spec"].get("rules") or ():
        yield {backend["name"]: backend.get("weight", 1) for backend in rule.get("backendRefs") or ()}
