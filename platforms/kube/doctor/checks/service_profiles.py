"""Whether a ServiceProfile beats a route: while a Service has one, Linkerd ignores its routes and annotations."""

from collections.abc import Iterator

from platforms.doctor.checking import NotThere, failed, ok, some
from platforms.kube.doctor.kinds import GRPC_ROUTES, HTTP_ROUTES, SERVICE_PROFILES
from platforms.kube.doctor.observed import Observed, title
from seam.doctor import Finding


def check(seen: Observed) -> Finding:
    profiles = seen.of(SERVICE_PROFILES)
    parents = dict(_parents(seen))
    for profile in profiles:
        name, namespace = profile["metadata"]["name"], profile["metadata"]["namespace"]
        service, _, rest = name.partition(".")
        route = parents.get((service, rest.partition(".")[0]))
        if route is not None:
            saw = f"ServiceProfile {name} beats {route}: its weights, retries and time limits are ignored"
            return failed(saw, f"Delete it: `kubectl delete serviceprofile --namespace {namespace} {name}`.")
    if not parents:
        raise NotThere(f"no route in namespace {seen.place.namespace} has a Service as its parent")
    others = f"{some(len(profiles), 'ServiceProfile')}, of other Services" if profiles else "there is none"
    return ok(f"{others}: the routes count")


def _parents(seen: Observed) -> Iterator[tuple[tuple[str, str], str]]:
    """((Service, namespace), its route's title)"""
    for kind in (HTTP_ROUTES, GRPC_ROUTES):
        try:
            routes = seen.own(kind)
        except NotThere:
            continue
        for route in routes:
            for parent in route["spec"].get("parentRefs") or ():
                if parent.get("kind") == "Service":
                    namespace = parent.get("namespace") or route["metadata"]["namespace"]
                    yield (parent["name"], namespace), title(route, kind)
