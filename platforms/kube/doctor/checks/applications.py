"""Whether an Argo CD Application fights the weights.

One that heals itself puts the weights of the repository back within a second or two, unless it ignores them. The canary
then has no traffic, its analysis no data, and a bad version is never rolled back.
"""

from collections.abc import Iterator, Sequence

from platforms.doctor.checking import NotThere, failed, listed, together, warning
from platforms.kube.doctor.kinds import APPLICATIONS
from platforms.kube.doctor.observed import Observed
from platforms.kube.doctor.routing import Driven, driven_by
from platforms.kube.resources import ROLLOUTS, Object
from seam.doctor import Finding

_MANAGER = "rollouts-controller"
# What a jq path or a JSON pointer has to speak of, in each kind's own words, to take the weights out.
_FIELDS = {
    "TraefikService": ("weight", ".spec.weighted.services", "/spec/weighted"),
    "HTTPRoute": ("weight", ".spec.rules", "/spec/rules"),
    "GRPCRoute": ("weight", ".spec.rules", "/spec/rules"),
}


def check(seen: Observed) -> Finding:
    applications = [one for one in seen.of(APPLICATIONS) if _delivers(one, seen.place.namespace)]
    if not applications:
        raise NotThere(f"no Application of Argo CD delivers to namespace {seen.place.namespace}")
    driven = [one for rollout in seen.own(ROLLOUTS) for one in driven_by(rollout)]
    names = listed(one["metadata"]["name"] for one in applications)
    findings = [finding for one in applications for finding in _of(one, driven)]
    return together(findings, f"{names}: leaves the weights to Argo Rollouts")


def _delivers(application: Object, namespace: str) -> bool:
    return bool((application["spec"].get("destination") or {}).get("namespace") == namespace)


def _of(application: Object, driven: Sequence[Driven]) -> Iterator[Finding]:
    policy, name = application["spec"].get("syncPolicy") or {}, f"Application {application['metadata']['name']}"
    options = set(policy.get("syncOptions") or ())
    heals = bool((policy.get("automated") or {}).get("selfHeal"))
    kinds = dict.fromkeys(one.kind.kind for one in driven)
    fought = [kind for kind in kinds if not _ignores(application, kind)]
    if fought and heals:
        yield failed(
            f"{name} heals itself and does not ignore the weights of {listed(fought)}: it sets them back at once, and "
            "a bad version is not rolled back",
            f"Add ignoreDifferences for {fought[0]} (jqPathExpressions, or managedFieldsManagers: [{_MANAGER}]) and "
            "the syncOption ApplyOutOfSyncOnly=true.",
        )
    elif fought:
        saw = (
            f"{name} does not ignore the weights of {listed(fought)}: each sync in the middle of a release resets them"
        )
        yield warning(saw, "Add ignoreDifferences and the syncOption ApplyOutOfSyncOnly=true.")
    elif kinds and "RespectIgnoreDifferences=true" in options:
        saw = f"{name} has RespectIgnoreDifferences=true: other changes to the same lists never land"
        yield warning(saw, "Take ApplyOutOfSyncOnly=true in its place.")
    elif kinds and "ApplyOutOfSyncOnly=true" not in options:
        saw = f"{name} applies everything at each sync: one in the middle of a release resets the weights"
        yield warning(saw, "Add the syncOption ApplyOutOfSyncOnly=true.")
    if "ServerSideApply=true" in options:
        saw = f"{name} has ServerSideApply=true: its Rollouts stay OutOfSync for good"
        yield warning(saw, "Take it out of the syncOptions.")


def _ignores(application: Object, kind: str) -> bool:
    rules = application["spec"].get("ignoreDifferences") or ()
    return any(rule.get("kind") in (kind, "*") and _takes_weights(rule, kind) for rule in rules)


def _takes_weights(rule: Object, kind: str) -> bool:
    paths = [*(rule.get("jqPathExpressions") or ()), *(rule.get("jsonPointers") or ())]
    managers = rule.get("managedFieldsManagers") or ()
    return _MANAGER in managers or any(word in path for path in paths for word in _FIELDS[kind])
