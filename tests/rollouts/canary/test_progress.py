from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.rollouts.canary.conftest import Cluster, MakeCluster


def stuck(cluster: Cluster) -> Cluster:
    cluster.broken_images.add("v2")
    cluster.release("v2")
    return cluster


def test_a_canary_that_never_becomes_available_times_out_and_recovers_without_an_abort(
    make_cluster: MakeCluster,
) -> None:
    cluster = stuck(make_cluster(progressDeadlineSeconds=60))
    cluster.advance(59)
    assert cluster.status.phase == "Progressing"
    cluster.advance(3)
    name = cluster.revision(2).name
    timed_out = f'ProgressDeadlineExceeded: ReplicaSet "{name}" has timed out progressing.'
    assert (cluster.status.phase, cluster.status.message) == ("Degraded", timed_out)
    assert not cluster.status.abort
    assert set(cluster.canary_weights) == {0}
    cluster.broken_images.clear()
    cluster.advance(10)
    assert cluster.status.phase == "Paused"


def test_the_deadline_aborts_when_the_spec_asks_for_it(make_cluster: MakeCluster) -> None:
    cluster = stuck(make_cluster(progressDeadlineSeconds=60, progressDeadlineAbort=True))
    cluster.advance(62)
    name = cluster.revision(2).name
    why = f'ReplicaSet "{name}" has timed out progressing.'
    assert cluster.status.message == f"RolloutAborted: Rollout aborted update to revision 2: {why}"
    assert cluster.status.abort
    cluster.advance(60)
    assert cluster.sizes() == {1: 4}


def test_a_pause_step_does_not_time_out(make_cluster: MakeCluster) -> None:
    cluster = make_cluster(progressDeadlineSeconds=30)
    cluster.release("v2")
    cluster.advance(10_000)
    assert cluster.status.phase == "Paused"


def test_an_analysis_step_does_not_time_out(make_cluster: MakeCluster) -> None:
    steps = [{"analysis": {"templates": [{"templateName": "t"}]}}]
    cluster = make_cluster({"steps": steps}, progressDeadlineSeconds=30)
    cluster.release("v2")
    cluster.advance(10_000)
    assert cluster.status.phase == "Progressing"


def test_the_old_pods_of_a_promoted_rollout_make_it_unhealthy_only_as_a_condition(
    make_cluster: MakeCluster,
) -> None:
    cluster = make_cluster({"steps": []}, progressDeadlineSeconds=10)
    cluster.release("v2")
    cluster.advance(25)
    conditions = {one.type: one.status for one in cluster.status.conditions}
    assert cluster.status.phase == "Healthy"
    assert (conditions["Healthy"], conditions["Completed"]) == ("False", "True")
    cluster.advance(20)
    assert {one.type: one.status for one in cluster.status.conditions}["Healthy"] == "True"


def test_a_stable_pod_that_fails_later_is_told_as_not_available(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    cluster.revision(1).started[0] = cluster.now + 5
    cluster.settle()
    conditions = {one.type: one for one in cluster.status.conditions}
    assert conditions["Progressing"].reason == "ReplicaSetNotAvailable"
    assert conditions["Available"].message == "Rollout does not have minimum availability"
    assert cluster.status.message == "updated replicas are still becoming available"
    cluster.advance(30)
    assert cluster.status.phase == "Healthy"


def test_the_last_transition_is_kept_while_progress_is_stamped_anew(make_cluster: MakeCluster) -> None:
    cluster = make_cluster(startup=7)
    cluster.release("v2")
    began = {one.type: one for one in cluster.status.conditions}["Progressing"]
    cluster.advance(7)
    progressing = [
        one
        for decision in cluster.passes
        for one in decision.status.conditions
        if (one.type, one.reason) == ("Progressing", "ReplicaSetUpdated")
    ][-1]
    assert progressing.last_transition_time == began.last_transition_time
    assert progressing.last_update_time == began.last_update_time + 7
