"""Whether those who call the split workloads are in the mesh: a caller outside of it never sees a weight."""

from collections.abc import Mapping, Sequence

from platforms.doctor.checking import NotThere, failed, ok, together
from platforms.doctor.measured import Sample
from seam.doctor import Finding, Result
from seam.values import RATIO, in_words

_HASH = "rollouts_pod_template_hash"
_LEAST_REQUESTS = 10
# A stray request of somebody who looks is not what a release is judged by.
_LEAST_SHARE = 0.01
_NEXT = "Mesh whoever calls {rollout}: annotate its namespace with linkerd.io/inject=enabled, then restart it."


def check(samples: Sequence[Sample], rollouts: Mapping[str, str]) -> Finding:
    """`samples`: requests by the called pods' hash and by `tls`; `rollouts`: the split Rollout of each hash."""
    told = [one for one in samples if one.labels.get("tls") and one.labels.get(_HASH) in rollouts]
    if not told:
        raise NotThere("no request was counted that says whether its caller is in a mesh")
    findings = [_of(name, told, rollouts) for name in sorted(set(rollouts.values()))]
    looked_at = [one for one in findings if one.result is not Result.SKIPPED]
    if not looked_at:
        raise NotThere("too few requests in the last 5 minutes to tell who calls")
    return together(looked_at, "all requests of the last 5 minutes to split workloads came from inside the mesh")


def _of(rollout: str, samples: Sequence[Sample], rollouts: Mapping[str, str]) -> Finding:
    own = [one for one in samples if rollouts[one.labels[_HASH]] == rollout]
    requests = sum(one.value for one in own)
    outside = sum(one.value for one in own if one.labels["tls"] != "true")
    if requests < _LEAST_REQUESTS:
        return Finding(Result.SKIPPED, f"{rollout} had {requests:.0f} requests")
    if outside / requests <= _LEAST_SHARE:
        return ok(rollout)
    share = in_words(outside / requests, RATIO)
    saw = f"{share} of {requests:.0f} requests to {rollout} came from outside of the mesh: those never see its weight"
    return failed(saw, _NEXT.format(rollout=rollout))
