"""Whether the routes that Rollouts write their weights to are there, know both Services, and are attached.

A route that no controller has taken has no effect, and nobody says so but its status.
"""

from collections.abc import Iterator

from platforms.doctor.checking import NotSeen, NotThere, failed, listed, together, warning
from platforms.kube.doctor.kinds import GRPC_ROUTES, HTTP_ROUTES
from platforms.kube.doctor.observed import Observed, title
from platforms.kube.doctor.routing import Driven, driven_by, rules_of, splits_traffic, unknown_router
from platforms.kube.resources import ROLLOUTS, Object, Resource
from seam.doctor import Finding

_ROUTES = (HTTP_ROUTES, GRPC_ROUTES)
# Linkerd looks once, when it starts, which kinds of routes there are, and watches no other.
_UNTAKEN = (
    "In a mesh the parent is a Service: write kind, group and port; and see that Linkerd runs. If it was started "
    "before the API knew {kind}s, restart linkerd-destination."
)


def check(seen: Observed) -> Finding:
    rollouts = [one for one in seen.own(ROLLOUTS) if splits_traffic(one)]
    driven = [one for rollout in rollouts for one in driven_by(rollout)]
    unknown = next(filter(None, map(unknown_router, rollouts)), "")
    if not driven and unknown:
        raise NotSeen(f"the objects of the router {unknown} are not known here")
    findings = [finding for one in driven for finding in _of(one, seen)]
    names = [one.title for one in driven]
    for kind in _ROUTES:
        others = [one for one in _routes(seen, kind) if title(one, kind) not in names]
        names += [title(one, kind) for one in others]
        findings += [finding for one in others for finding in _attachment(one, kind)]
    if not names:
        raise NotThere(f"no Rollout in namespace {seen.place.namespace} routes traffic")
    return together(findings, f"{listed(names)}: there and attached")


def _routes(seen: Observed, kind: Resource) -> list[Object]:
    try:
        return list(seen.own(kind))
    except NotThere:
        return []


def _of(one: Driven, seen: Observed) -> Iterator[Finding]:
    name = one.rollout["metadata"]["name"]
    if one.namespace != seen.place.namespace:
        yield warning(f"Rollout {name} drives {one.title} in namespace {one.namespace}, where nobody has looked")
        return
    found = one.found(seen)
    if found is None:
        saw = f"Rollout {name} drives {one.title}, which does not exist"
        yield failed(saw, f"Apply it to namespace {one.namespace}: without it no weight is ever set.")
        return
    canary, stable = one.services
    if not any({canary, stable} <= set(rule) for rule in rules_of(found, one.kind)):
        saw = f"no rule of {one.title} has both {stable} and {canary}, between which Rollout {name} splits its traffic"
        yield failed(saw, "Add them as backends of one rule, with weights 100 and 0.")
    if one.kind in _ROUTES:
        yield from _attachment(found, one.kind)


def _attachment(route: Object, kind: Resource) -> Iterator[Finding]:
    for parent in route["spec"].get("parentRefs") or ():
        yield from _to_parent(route, kind, parent)


def _to_parent(route: Object, kind: Resource, parent: Object) -> Iterator[Finding]:
    # Without a kind, a Gateway is meant.
    name = f"{parent.get('kind', 'Gateway')} {parent['name']}"
    taken = [one for one in (route.get("status") or {}).get("parents") or () if _is_same(one["parentRef"], parent)]
    if not taken:
        saw = f"{title(route, kind)} is not attached: no controller has taken it for {name}"
        yield failed(saw, _UNTAKEN.format(kind=kind.kind))
        return
    conditions = [condition for one in taken for condition in one.get("conditions") or ()]
    for wanted in ("Accepted", "ResolvedRefs"):
        own = [one for one in conditions if one["type"] == wanted]
        if own and not any(one["status"] == "True" for one in own):
            why = ": ".join(filter(None, (own[0].get("reason"), own[0].get("message"))))
            saw = f"{title(route, kind)} is not attached to {name}: {wanted} is {own[0]['status']} ({why})"
            yield failed(saw, "Correct what the reason names: the parent, or a backend that does not exist.")
            return
    generation = route["metadata"].get("generation", 0)
    if any(one.get("observedGeneration", generation) < generation for one in conditions):
        yield warning(f"the status of {title(route, kind)} is of an earlier state of it", "Ask again in some seconds.")


def _is_same(one: Object, other: Object) -> bool:
    """Whether two references name the same parent, as far as both say it."""
    for field, default in (("kind", "Gateway"), ("name", ""), ("port", None), ("sectionName", None)):
        mine, theirs = one.get(field, default), other.get(field, default)
        if mine != theirs and (default is not None or None not in (mine, theirs)):
            return False
    return True
