from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from rollouts import (
    UnknownRevision,
    abort,
    promote,
    promote_full,
    retry,
    skip_all_steps,
    skip_current_step,
    undo,
)
from rollouts.analysis.model import Phase, RunKind

if TYPE_CHECKING:
    from tests.rollouts.canary.conftest import Cluster, MakeCluster

ANALYSIS = {"analysis": {"templates": [{"templateName": "t"}]}}


def paused(cluster: Cluster, image: str = "v2") -> Cluster:
    cluster.release(image)
    cluster.advance(20)
    assert cluster.status.message == "CanaryPauseStep"
    return cluster


def test_an_abort_by_hand_gives_no_reason_and_moves_the_traffic_at_once(make_cluster: MakeCluster) -> None:
    cluster = paused(make_cluster())
    cluster.command(abort(cluster.status, cluster.now))
    assert cluster.status.message == "RolloutAborted: Rollout aborted update to revision 2"
    assert cluster.status.phase == "Degraded"
    assert cluster.canary_weights == [0, 30, 0]
    assert cluster.status.pause_conditions == ()
    cluster.advance(10_000)
    assert cluster.status.phase == "Degraded"
    assert cluster.sizes() == {1: 4}


def test_a_retry_keeps_no_trace_of_the_abort(make_cluster: MakeCluster) -> None:
    cluster = paused(make_cluster())
    cluster.command(abort(cluster.status, cluster.now))
    cluster.advance(100)
    cluster.command(retry(cluster.status))
    cluster.advance(20)
    assert (cluster.status.phase, cluster.status.message) == ("Paused", "CanaryPauseStep")
    assert cluster.sizes() == {1: 4, 2: 2}
    assert cluster.canary_weights == [0, 30, 0, 30]


def test_an_abort_of_what_is_already_stable_is_dropped(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    cluster.command(abort(cluster.status, cluster.now))
    assert not cluster.status.abort
    assert cluster.status.phase == "Healthy"


def test_skipping_a_step_moves_the_index_and_resumes_no_pause(make_cluster: MakeCluster) -> None:
    cluster = paused(make_cluster())
    skipped = skip_current_step(cluster.rollout, cluster.status)
    assert skipped == replace(cluster.status, current_step_index=2)
    assert skip_all_steps(cluster.rollout, cluster.status) == replace(cluster.status, current_step_index=6)
    at_the_end = skip_all_steps(cluster.rollout, cluster.status)
    assert skip_current_step(cluster.rollout, at_the_end) == at_the_end
    cluster.command(at_the_end)
    cluster.advance(10)
    assert cluster.status.phase == "Healthy"
    assert cluster.status.stable_rs == cluster.status.current_pod_hash


def test_there_is_nothing_to_skip_without_steps(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"steps": []})
    assert skip_current_step(cluster.rollout, cluster.status) == cluster.status
    assert skip_all_steps(cluster.rollout, cluster.status) == cluster.status


def test_promote_skips_a_running_analysis_step(make_cluster: MakeCluster) -> None:
    steps = [{"analysis": {"templates": [{"templateName": "t"}]}}, {"setWeight": 50}, {"pause": {}}]
    cluster = make_cluster({"steps": steps})
    cluster.release("v2")
    assert cluster.status.current_step_index == 0
    cluster.command(promote(cluster.rollout, cluster.status))
    cluster.advance(10)
    assert cluster.status.current_step_index == 2
    (run,) = cluster.runs.values()
    assert run.terminate


def test_promote_at_the_end_and_without_steps_changes_nothing(make_cluster: MakeCluster) -> None:
    with_steps, without = make_cluster(), make_cluster({"steps": []})
    assert promote(with_steps.rollout, with_steps.status) == with_steps.status
    assert promote(without.rollout, without.status) == without.status


def test_promote_leaves_an_abort_alone(make_cluster: MakeCluster) -> None:
    cluster = paused(make_cluster())
    cluster.command(abort(cluster.status, cluster.now))
    cluster.command(promote(cluster.rollout, cluster.status))
    assert cluster.status.abort
    assert cluster.status.phase == "Degraded"


def test_promote_full_skips_steps_and_analysis_and_moves_the_traffic_with_the_promotion(
    make_cluster: MakeCluster,
) -> None:
    cluster = paused(make_cluster(ANALYSIS))
    cluster.command(promote_full(cluster.rollout, cluster.status))
    assert cluster.status.current_step_index == 6
    assert cluster.canary_weights == [0, 30]
    (run,) = cluster.runs.values()
    assert run.terminate
    cluster.advance(10)
    assert cluster.canary_weights == [0, 30, 0]
    assert cluster.weights[-1].stable.pod_template_hash == cluster.revision(2).hash
    assert (cluster.status.phase, cluster.status.promote_full) == ("Healthy", False)
    (completed,) = [event for event in cluster.events if event.reason == "RolloutCompleted"]
    assert completed.message.endswith(": Full promotion requested")


def test_promote_full_works_from_aborted(make_cluster: MakeCluster) -> None:
    cluster = paused(make_cluster())
    cluster.command(abort(cluster.status, cluster.now))
    cluster.advance(100)
    cluster.command(promote_full(cluster.rollout, cluster.status))
    cluster.advance(100)
    assert cluster.status.phase == "Healthy"
    assert cluster.sizes() == {2: 4}


def test_promote_full_of_what_is_promoted_changes_nothing(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    assert promote_full(cluster.rollout, cluster.status) == cluster.status


def test_undo_gives_the_template_of_an_earlier_revision(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"steps": []})
    for image in ("v2", "v3"):
        cluster.release(image)
        cluster.advance(60)
    sets = cluster.observed().replica_sets

    def image_of(revision: int | None) -> str:
        image = undo(cluster.rollout, sets, revision)["spec"]["containers"][0]["image"]
        assert isinstance(image, str)
        return image

    assert [image_of(None), image_of(0), image_of(1), image_of(3)] == ["v2", "v2", "v1", "v3"]
    with pytest.raises(UnknownRevision, match="unable to find specified revision 9 in history"):
        undo(cluster.rollout, sets, 9)
    with pytest.raises(UnknownRevision, match='no revision found for rollout "smiley"'):
        undo(cluster.rollout, sets[:1])


def test_undo_does_not_give_back_the_label_of_a_replica_set(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    (only,) = cluster.observed().replica_sets
    labels = {"app": "smiley", "rollouts-pod-template-hash": only.pod_template_hash}
    template = {**only.template, "metadata": {"labels": labels}}
    stamped = type(only)(only.name, only.pod_template_hash, 1, 0.0, template, 4, 4, 4, 4)
    assert undo(cluster.rollout, [stamped], 1) == only.template


def test_an_undo_after_a_failed_analysis_heals_the_rollout(make_cluster: MakeCluster) -> None:
    cluster = paused(make_cluster(ANALYSIS))
    cluster.finish(RunKind.BACKGROUND, Phase.FAILED)
    assert cluster.status.phase == "Degraded"
    template = undo(cluster.rollout, cluster.observed().replica_sets)
    cluster.apply(template=dict(template))
    cluster.advance(60)
    assert cluster.status.phase == "Healthy"
    assert not cluster.status.abort
    assert cluster.sizes() == {3: 4}


def test_the_very_first_pass_after_an_abort_by_hand_moves_the_traffic(make_cluster: MakeCluster) -> None:
    cluster = paused(make_cluster())
    cluster.status = abort(cluster.status, cluster.now)
    cluster.one_pass()
    assert cluster.canary_weights == [0, 30, 0]
    assert cluster.services.canary_hash == cluster.status.stable_rs
