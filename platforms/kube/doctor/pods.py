"""What pods say of themselves: whether they run, since when, and whether they are in a mesh. Pure."""

from collections.abc import Iterator

from platforms.kube.objects import is_ready, seconds
from platforms.kube.resources import Object

PROXY = "linkerd-proxy"
# A container waits for these reasons whenever a pod starts.
_ON_ITS_WAY = frozenset({"ContainerCreating", "PodInitializing"})


def is_meshed(pod: Object) -> bool:
    """Whether a proxy was injected, be it as a native sidecar."""
    spec = pod["spec"]
    return any(one["name"] == PROXY for part in ("containers", "initContainers") for one in spec.get(part) or ())


def is_live(pod: Object) -> bool:
    """Whether it is there to stay: neither over nor on its way out."""
    over = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
    return not over and "deletionTimestamp" not in pod["metadata"]


def trouble(pod: Object) -> str:
    """Why it does not run: `argo-rollouts-1: CrashLoopBackOff, 4 restarts`; empty if it does, or is on its way."""
    for status in _statuses(pod):
        waiting = (status.get("state") or {}).get("waiting") or {}
        ended = (status.get("state") or {}).get("terminated") or {}
        reason = waiting.get("reason") or (ended.get("reason") if ended.get("exitCode") else "")
        if reason and reason not in _ON_ITS_WAY:
            count = status.get("restartCount", 0)
            times = f", {count} restart{'' if count == 1 else 's'}" if count else ""
            return f"{pod['metadata']['name']}: {reason}{times}"
    return "" if is_ready(pod) or not is_live(pod) else f"{pod['metadata']['name']} is not ready"


def started_at(pod: Object) -> float | None:
    """When its containers were last started, in seconds since the epoch; None: not all of them run."""
    running = [(status.get("state") or {}).get("running") or {} for status in _statuses(pod)]
    times = [one.get("startedAt") for one in running]
    return max(map(seconds, filter(None, times))) if times and all(times) else None


def selects(labels: Object | None, pod: Object) -> bool:
    """Whether a selector of plain labels, as a Service has it, selects the pod. None selects nothing."""
    own = pod["metadata"].get("labels") or {}
    return bool(labels) and all(own.get(key) == value for key, value in (labels or {}).items())


def _statuses(pod: Object) -> Iterator[Object]:
    yield from (pod.get("status") or {}).get("containerStatuses") or ()
