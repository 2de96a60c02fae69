"""See platforms/doctor/checks/callers.py."""

from platforms.doctor.checks import callers
from platforms.kube.doctor.observed import Observed
from platforms.kube.doctor.routing import splits_traffic
from platforms.kube.objects import HASH, label, owned_by
from platforms.kube.resources import REPLICA_SETS, ROLLOUTS
from seam.doctor import Finding


def check(seen: Observed) -> Finding:
    split = [one for one in seen.own(ROLLOUTS) if splits_traffic(one)]
    by_hash = {
        label(replica_set, HASH): str(rollout["metadata"]["name"])
        for rollout in split
        for replica_set in owned_by(rollout, seen.own(REPLICA_SETS))
    }
    return callers.check(seen.measured.callers.value(), by_hash)
