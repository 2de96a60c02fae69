"""Whether the API server answers, and is new enough."""

from platforms.doctor.checking import NotSeen, NotThere, failed, ok
from platforms.kube.doctor.observed import Observed
from platforms.kube.installation import kubernetes_too_old
from seam.doctor import Finding


def check(seen: Observed) -> Finding:
    try:
        version = seen.server.value()
    except (NotThere, NotSeen) as reason:
        return failed(str(reason).rstrip("."), "Nothing else can be looked at: try `kubectl cluster-info`.")
    too_old = kubernetes_too_old(version)
    if too_old:
        return failed(too_old.rstrip("."), "Take a newer cluster.")
    return ok(f"Kubernetes {version['gitVersion']} answers at {seen.where}")
