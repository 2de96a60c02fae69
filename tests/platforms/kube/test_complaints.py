from typing import Any

from platforms.kube.complaints import why_not_healthy
from platforms.kube.objects import Objects
from tests.platforms.kube.objects import pod, replica_set, rollout

ON_ITS_WAY = {
    "observedGeneration": "1",
    "phase": "Progressing",
    "message": "updated replicas are still becoming available",
}
PROGRESSING = "smiley is Progressing: updated replicas are still becoming available"


def told(*pods: dict[str, Any], replica_sets: list[dict[str, Any]] | None = None) -> str:
    sets = [replica_set()] if replica_sets is None else replica_sets
    return why_not_healthy(rollout(status=ON_ITS_WAY), Objects((), (), sets, pods))


def with_status(**status: Any) -> dict[str, Any]:
    return pod(ready=False) | {"status": status}


def waiting(reason: str, **more: str) -> dict[str, Any]:
    return with_status(containerStatuses=[{"state": {"waiting": {"reason": reason, **more}}}])


def test_a_rollout_that_nobody_has_looked_at_asks_for_its_controller() -> None:
    assert why_not_healthy(rollout(status={}), Objects()) == (
        "smiley: no controller has looked at it; is the Argo Rollouts controller running?"
    )


def test_an_image_that_cannot_be_had_is_named() -> None:
    reason = 'Back-off pulling image "faces:dev"'
    assert (
        told(waiting("ImagePullBackOff", message=reason)) == f"{PROGRESSING}: smiley-aaa-1: ImagePullBackOff: {reason}."
    )
    assert told(waiting("CrashLoopBackOff")) == f"{PROGRESSING}: smiley-aaa-1: CrashLoopBackOff."


def test_a_pod_without_a_node_says_why() -> None:
    condition = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available: Insufficient cpu."}
    assert told(with_status(conditions=[condition])) == (
        f"{PROGRESSING}: smiley-aaa-1: 0/1 nodes are available: Insufficient cpu."
    )


def test_pods_that_may_not_be_made_say_why() -> None:
    failed = replica_set()
    failed["status"]["conditions"] = [{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: small"}]
    assert told(replica_sets=[failed]) == f"{PROGRESSING}: exceeded quota: small."


def test_without_a_better_reason_the_pod_that_is_not_ready_is_named() -> None:
    assert told(waiting("ContainerCreating")) == f"{PROGRESSING}: smiley-aaa-1 is not ready."
    assert told(pod("smiley-aaa-0"), with_status()) == f"{PROGRESSING}: smiley-aaa-1 is not ready."
    assert told(pod()) == f"{PROGRESSING}."
