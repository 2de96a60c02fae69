"""Whether the routes say what the Rollouts have ordered: a weight that differs was written by somebody else."""

from collections.abc import Iterator

from platforms.doctor.checking import NotThere, failed, together
from platforms.kube.doctor.observed import Observed
from platforms.kube.doctor.routing import Driven, driven_by, rules_of
from platforms.kube.resources import ROLLOUTS, Object
from seam.doctor import Finding

_CONTROLLER = "rollouts-controller"


def check(seen: Observed) -> Finding:
    steady = [one for one in seen.own(ROLLOUTS) if one["metadata"]["name"] not in seen.moved]
    driven = [one for rollout in steady for one in driven_by(rollout)]
    pairs = [(one, found) for one in driven if (found := one.found(seen)) is not None and _ordered(one) is not None]
    if not pairs:
        raise NotThere(f"no Rollout in namespace {seen.place.namespace} has ordered weights that stay for a moment")
    said = ", ".join(f"{one.name} {_ordered(one)} %" for one, _ in pairs)
    return together([finding for one, found in pairs for finding in _of(one, found)], f"as ordered: {said}")


def _ordered(one: Driven) -> int | None:
    """The canary's weight that the controller has last written."""
    weights = ((one.rollout.get("status") or {}).get("canary") or {}).get("weights")
    return int(weights["canary"].get("weight", 0)) if weights else None


def _of(one: Driven, found: Object) -> Iterator[Finding]:
    canary, stable = one.services
    for rule in rules_of(found, one.kind):
        total = rule.get(canary, 0) + rule.get(stable, 0)
        if not {canary, stable} <= set(rule) or not total:
            continue
        share, ordered = round(100 * rule[canary] / total), _ordered(one)
        if share != ordered:
            name = one.rollout["metadata"]["name"]
            yield failed(
                f"Rollout {name} has given its canary {ordered} %, and {one.title} says {share} %{_by_whom(found)}",
                "Somebody else writes this weight: an Argo CD that heals itself, another controller, or a hand.",
            )


def _by_whom(found: Object) -> str:
    """`, written last by kubectl-patch`, if anybody but the controller has."""
    writes = [one for one in found["metadata"].get("managedFields") or () if one.get("subresource") != "status"]
    last = max(writes, key=lambda one: str(one.get("time") or ""), default=None)
    return f", written last by {last['manager']}" if last and last.get("manager") != _CONTROLLER else ""
