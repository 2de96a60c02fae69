"""Why a Rollout is not Healthy, gathered from the objects around it. Pure."""

from collections.abc import Iterator

from platforms.kube.objects import Objects, is_ready, owned_by, phase_of
from platforms.kube.resources import Object

# A container waits for these reasons whenever a pod starts.
_ON_ITS_WAY = frozenset({"ContainerCreating", "PodInitializing"})


def why_not_healthy(rollout: Object, objects: Objects) -> str:
    """One sentence, with the first reason that is found."""
    name = rollout["metadata"]["name"]
    if not rollout.get("status"):
        return f"{name}: no controller has looked at it; is the Argo Rollouts controller running?"
    phase, message = phase_of(rollout)
    reason = next(_reasons(rollout, objects), "")
    return f"{name} is {phase}" + "".join(f": {part}" for part in (message, reason) if part).rstrip(".") + "."


def _reasons(rollout: Object, objects: Objects) -> Iterator[str]:
    for replica_set in owned_by(rollout, objects.replica_sets):
        for condition in (replica_set.get("status") or {}).get("conditions") or ():
            if condition["type"] == "ReplicaFailure":
                yield condition["message"]
        for pod in owned_by(replica_set, objects.pods):
            if not is_ready(pod):
                yield from _of_pod(pod)


def _of_pod(pod: Object) -> Iterator[str]:
    name, status = pod["metadata"]["name"], pod.get("status") or {}
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            yield f"{name}: {condition.get('message', 'it has no node')}"
    for container in (status.get("initContainerStatuses") or []) + (status.get("containerStatuses") or []):
        waiting = (container.get("state") or {}).get("waiting")
        if waiting and waiting.get("reason") not in _ON_ITS_WAY:
            yield f"{name}: {waiting.get('reason')}" + (f": {waiting['message']}" if waiting.get("message") else "")
    yield f"{name} is not ready"
