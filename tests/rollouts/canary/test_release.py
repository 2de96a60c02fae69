from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from rollouts import CreateReplicaSet, Observed, ReplicaSet, decide, promote, to_argo

if TYPE_CHECKING:
    from tests.rollouts.canary.conftest import Cluster, MakeCluster, MakeDocument

PREPARING = ("Progressing", "more replicas need to be updated")
PAUSED = ("Paused", "CanaryPauseStep")


def test_the_default_release_goes_30_50_70_100_and_ends_with_both_services_on_the_new_revision(
    make_cluster: MakeCluster,
) -> None:
    cluster = make_cluster()
    cluster.release("v2")
    for _ in range(3):
        cluster.advance(20)
        assert (cluster.status.phase, cluster.status.message) == PAUSED
        cluster.command(promote(cluster.rollout, cluster.status))
    cluster.advance(20)
    assert cluster.canary_weights == [0, 30, 50, 70, 100, 0]
    assert cluster.story == [
        ("Healthy", ""),
        *[PREPARING, PAUSED] * 3,
        PREPARING,
        ("Progressing", "waiting for all steps to complete"),
        ("Healthy", ""),
    ]
    last = cluster.weights[-1]
    new = cluster.status.current_pod_hash
    assert (last.stable.weight, last.stable.pod_template_hash, last.canary.pod_template_hash) == (100, new, new)
    assert (cluster.services.stable_hash, cluster.services.canary_hash) == (new, new)


def test_the_whole_sequence_of_events_is_argos(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"steps": [{"setWeight": 50}, {"pause": {"duration": "10s"}}]})
    cluster.release("v2")
    cluster.advance(120)
    name = cluster.revision(2).name
    hashed = cluster.revision(2).hash
    assert [(event.reason, event.message) for event in cluster.events] == [
        ("RolloutUpdated", "Rollout updated to revision 2"),
        ("NewReplicaSetCreated", f"Created ReplicaSet {name} (revision 2)"),
        ("RolloutNotCompleted", f"Rollout not completed, started update to revision 2 ({hashed})"),
        ("TrafficWeightUpdated", "Traffic weight updated "),
        ("ScalingReplicaSet", f"Scaled up ReplicaSet {name} (revision 2) from 0 to 2"),
        ("TrafficWeightUpdated", "Traffic weight updated from 0 to 50"),
        ("RolloutStepCompleted", "Rollout step 1/2 completed (setWeight: 50)"),
        ("RolloutPaused", "Rollout is paused (CanaryPauseStep)"),
        ("RolloutStepCompleted", "Rollout step 2/2 completed (pause: 10s)"),
        ("RolloutResumed", "Rollout is resumed"),
        ("ScalingReplicaSet", f"Scaled up ReplicaSet {name} (revision 2) from 2 to 4"),
        ("TrafficWeightUpdated", "Traffic weight updated from 50 to 100"),
        (
            "RolloutCompleted",
            f"Rollout completed update to revision 2 ({hashed}): Completed all 2 canary steps",
        ),
        ("TrafficWeightUpdated", "Traffic weight updated from 100 to 0"),
        (
            "ScalingReplicaSet",
            f"Scaled down ReplicaSet {cluster.revision(1).name} (revision 1) from 4 to 0",
        ),
    ]


def test_traffic_waits_for_the_pods_of_its_step(make_cluster: MakeCluster) -> None:
    cluster = make_cluster(startup=10)
    cluster.release("v2")
    cluster.advance(9)
    assert cluster.sizes() == {1: 4, 2: 2}
    assert cluster.canary_weights == [0]
    cluster.advance(2)
    assert cluster.canary_weights == [0, 30]


def test_a_pause_with_a_duration_ends_strictly_after_it(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"steps": [{"setWeight": 50}, {"pause": {"duration": 10}}, {"pause": {}}]})
    cluster.release("v2")
    cluster.advance(3)
    (pause,) = cluster.status.pause_conditions
    assert pause.start_time == int(cluster.now)
    cluster.advance(pause.start_time + 10 - cluster.now)
    assert (cluster.now, cluster.status.current_step_index) == (pause.start_time + 10, 1)
    cluster.advance(0.001)
    assert cluster.status.current_step_index == 2


def test_an_initial_deploy_runs_no_step_and_is_stable_before_a_pod_is_ready(
    new_cluster: type[Cluster], document: MakeDocument
) -> None:
    cluster = new_cluster(document(), startup=5)
    assert isinstance(cluster.one_pass().actions[0], CreateReplicaSet)
    assert "phase" not in to_argo(cluster.status)
    cluster.settle()
    assert cluster.status.stable_rs == cluster.status.current_pod_hash
    assert cluster.status.current_step_index == 6
    assert (cluster.status.phase, cluster.status.available_replicas) == ("Progressing", 0)
    assert cluster.weights == []
    cluster.advance(6)
    assert cluster.story == [
        PREPARING,
        ("Progressing", "updated replicas are still becoming available"),
        ("Healthy", ""),
    ]
    assert cluster.canary_weights == [0]


def test_one_pass_completes_at_most_one_step(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"steps": [{"setWeight": 0}] * 4 + [{"pause": {}}]})
    cluster.release("v2")
    indexes = [decision.status.current_step_index or 0 for decision in cluster.passes[-12:]]
    steps = [after - before for before, after in pairwise(indexes) if after > before]
    assert steps == [1, 1, 1, 1]
    assert cluster.status.current_step_index == 4


def test_a_routed_canary_without_steps_moves_all_traffic_with_its_promotion(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"steps": []})
    cluster.release("v2")
    cluster.advance(60)
    assert cluster.status.phase == "Healthy"
    assert cluster.status.current_step_index is None
    assert set(cluster.canary_weights) == {0}
    assert cluster.weights[-1].stable.pod_template_hash == cluster.revision(2).hash


def test_the_old_stable_keeps_its_pods_until_its_deadline(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"steps": [], "scaleDownDelaySeconds": 45})
    cluster.release("v2")
    cluster.advance(4)
    promoted_at = next(
        condition.last_update_time
        for condition in cluster.status.conditions
        if condition.type == "Completed" and condition.status == "True"
    )
    assert cluster.revision(1).deadline == promoted_at + 45
    cluster.advance(promoted_at + 45 - cluster.now - 0.01)
    assert cluster.sizes() == {1: 4, 2: 4}
    cluster.advance(0.02)
    assert cluster.sizes() == {2: 4}
    assert cluster.revision(1).deadline is None


def test_only_so_many_old_revisions_are_kept_up_as_the_delay_limit_allows(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"steps": [], "scaleDownDelaySeconds": 600, "scaleDownDelayRevisionLimit": 1})
    for image in ("v2", "v3", "v4"):
        cluster.release(image)
        cluster.advance(30)
    assert cluster.sizes() == {3: 4, 4: 4}


def test_empty_replica_sets_beyond_the_history_limit_are_deleted_oldest_first(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"steps": []}, revisionHistoryLimit=2)
    for i in range(2, 7):
        cluster.release(f"v{i}")
        cluster.advance(60)
    assert sorted(pods.revision for pods in cluster.pods.values()) == [4, 5, 6]


def test_changed_steps_start_again_from_the_first_one(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    cluster.release("v2")
    cluster.advance(10)
    cluster.command(promote(cluster.rollout, cluster.status))
    cluster.advance(10)
    assert cluster.status.current_step_index == 3
    strategy = cluster.document["spec"]["strategy"]["canary"]
    strategy["steps"] = [{"setWeight": 10}, {"pause": {}}]
    cluster.apply()
    cluster.advance(10)
    assert cluster.status.current_step_index == 1
    assert cluster.canary_weights[-1] == 10


def test_a_changed_size_is_ordered_before_anything_else(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    cluster.release("v2")
    cluster.advance(10)
    cluster.apply(replicas=8)
    assert cluster.sizes() == {1: 8, 2: 3}
    cluster.advance(10)
    assert cluster.canary_weights[-1] == 30
    assert {pods.rollout_replicas for pods in cluster.pods.values()} == {8}


@pytest.mark.parametrize("notes_sizes", [True, False])
@pytest.mark.parametrize("replicas", [0, 2, 9])
def test_a_healthy_rollout_is_resized_whether_or_not_the_shell_notes_sizes(
    make_cluster: MakeCluster,
    replicas: int,
    notes_sizes: bool,  # noqa: FBT001
) -> None:
    cluster = make_cluster()
    cluster.notes_sizes = notes_sizes
    cluster.apply(replicas=replicas)
    cluster.advance(20)
    assert cluster.sizes() == ({1: replicas} if replicas else {})
    assert (cluster.status.phase, cluster.status.replicas) == ("Healthy", replicas)
    assert cluster.canary_weights == []


def test_a_pass_reuses_a_replica_set_of_the_same_template_under_any_hash(
    new_cluster: type[Cluster], document: MakeDocument
) -> None:
    cluster = new_cluster(document())
    stamped = {"app": "smiley", "rollouts-pod-template-hash": "abc"}
    template = {**cluster.document["spec"]["template"], "metadata": {"labels": stamped}}
    known = ReplicaSet("smiley-abc", "abc", 7, 0.0, template, 0, 0, 0, 0)
    decision = decide(cluster.rollout, cluster.status, Observed((known,)), cluster.now)
    assert decision.status.current_pod_hash == "abc"
    assert not any(isinstance(action, CreateReplicaSet) for action in decision.actions)
