from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rollouts import parse_rollout, promote, retry
from rollouts.analysis.model import Phase, RunKind
from rollouts.analysis.spec import DryRun, MeasurementRetention

if TYPE_CHECKING:
    from tests.rollouts.canary.conftest import Cluster, MakeCluster, MakeDocument

WHY = 'Metric "ok" assessed Failed due to failed (2) > failureLimit (1)'
BACKGROUND = {
    "analysis": {
        "templates": [{"templateName": "success-rate"}],
        "args": [
            {"name": "service", "value": "smiley"},
            {"name": "canary-hash", "valueFrom": {"podTemplateHashValue": "Latest"}},
            {"name": "stable-hash", "valueFrom": {"podTemplateHashValue": "Stable"}},
            {"name": "namespace", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
            {"name": "name", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "team", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['team']"}}},
        ],
    }
}
INLINE = {
    "steps": [
        {"setWeight": 30},
        {"analysis": {"templates": [{"templateName": "success-rate"}]}},
        {"setWeight": 60},
        {"pause": {}},
    ]
}


def released(cluster: Cluster) -> Cluster:
    cluster.release("v2")
    cluster.advance(10)
    return cluster


def test_a_failed_background_analysis_aborts_with_argos_message(make_cluster: MakeCluster) -> None:
    cluster = released(make_cluster(BACKGROUND))
    assert cluster.canary_weights == [0, 30]
    cluster.finish(RunKind.BACKGROUND, Phase.FAILED, WHY)
    assert (cluster.status.phase, cluster.status.message) == (
        "Degraded",
        "RolloutAborted: Rollout aborted update to revision 2: Background analysis phase error/failed: " + WHY,
    )
    assert (cluster.status.abort, cluster.status.aborted_at) == (True, int(cluster.now))
    assert cluster.status.current_step_index == 0
    assert cluster.status.canary.current_background_analysis_run_status is None


def test_the_traffic_is_back_in_the_pass_after_the_one_that_saw_the_failure(make_cluster: MakeCluster) -> None:
    cluster = released(make_cluster(BACKGROUND))
    before = len(cluster.passes)
    cluster.finish(RunKind.BACKGROUND, Phase.FAILED, WHY)
    saw, moved = cluster.passes[before : before + 2]
    assert saw.status.abort
    assert saw.status.canary.weights is not None
    assert saw.status.canary.weights.canary.weight == 30
    assert moved.status.canary.weights is not None
    assert (moved.status.canary.weights.canary.weight, moved.status.canary.weights.stable.weight) == (0, 100)
    assert cluster.services.canary_hash == cluster.status.stable_rs


@pytest.mark.parametrize(("field", "delay"), [({}, 30), ({"abortScaleDownDelaySeconds": 5}, 5)])
def test_an_aborted_canary_keeps_its_pods_until_its_deadline(
    make_cluster: MakeCluster, field: dict[str, int], delay: int
) -> None:
    cluster = released(make_cluster({**BACKGROUND, **field}))
    cluster.finish(RunKind.BACKGROUND, Phase.ERROR)
    deadline = cluster.revision(2).deadline
    assert deadline == int(cluster.now + delay)
    cluster.advance(deadline - cluster.now - 0.01)
    assert cluster.sizes() == {1: 4, 2: 2}
    cluster.advance(0.02)
    assert cluster.sizes() == {1: 4}
    assert cluster.revision(2).deadline == deadline
    assert cluster.status.phase == "Degraded"


def test_an_abort_delay_of_zero_sets_no_deadline(make_cluster: MakeCluster) -> None:
    cluster = released(make_cluster({**BACKGROUND, "abortScaleDownDelaySeconds": 0}))
    cluster.finish(RunKind.BACKGROUND, Phase.FAILED)
    assert cluster.revision(2).deadline is None
    assert cluster.sizes() == {1: 4}


def test_background_analysis_begins_before_a_canary_pod_is_ready_with_its_arguments(
    make_cluster: MakeCluster,
) -> None:
    cluster = make_cluster(BACKGROUND)
    cluster.release("v2")
    (request,) = cluster.requests
    hashed = cluster.revision(2).hash
    assert cluster.canary_weights == [0]
    assert request.name == f"smiley-{hashed}-2"
    assert (request.kind, request.step_index, request.revision) == (RunKind.BACKGROUND, None, 2)
    assert (request.pod_template_hash, request.templates) == (hashed, ("success-rate",))
    assert request.args == {
        "service": "smiley",
        "canary-hash": hashed,
        "stable-hash": cluster.status.stable_rs,
        "namespace": "faces",
        "name": "smiley",
        "team": "a",
    }


def test_a_run_is_ordered_with_the_rollouts_rules_and_its_labels_say_what_it_judges(make_cluster: MakeCluster) -> None:
    asked = {
        "templates": [{"templateName": "success-rate"}, {"templateName": "latency", "clusterScope": True}],
        "dryRun": [{"metricName": "latency"}],
        "measurementRetention": [{"metricName": "rate", "limit": 3}],
        "analysisRunMetadata": {"labels": {"team": "b", "app": "x"}, "annotations": {"why": "y"}},
    }
    cluster = released(make_cluster({"steps": [{"setWeight": 30}, {"analysis": asked}]}))
    (request,) = cluster.requests
    assert request.templates == ("success-rate", "ClusterAnalysisTemplate/latency")
    assert request.dry_run == (DryRun(metric_name="latency"),)
    assert request.measurement_retention == (MeasurementRetention(metric_name="rate", limit=3),)
    assert request.labels == {
        "rollouts-pod-template-hash": cluster.revision(2).hash,
        "rollout-type": "Step",
        "step-index": "1",
        "team": "b",
        "app": "smiley",
    }
    assert request.annotations == {"rollout.argoproj.io/revision": "2", "why": "y"}


def test_the_order_of_labels_makes_no_other_steps(document: MakeDocument) -> None:
    hashes = set()
    for labels in ({"a": "1", "b": "2"}, {"b": "2", "a": "1"}):
        analysis = {"templates": [{"templateName": "t"}], "analysisRunMetadata": {"labels": labels}}
        hashes.add(parse_rollout(document({"steps": [{"analysis": analysis}]})).steps_hash)
    assert len(hashes) == 1


def test_background_analysis_waits_for_its_starting_step(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"analysis": {**BACKGROUND["analysis"], "startingStep": 2}})
    released(cluster)
    assert cluster.requests == []
    cluster.command(promote(cluster.rollout, cluster.status))
    assert len(cluster.requests) == 1


def test_background_analysis_is_terminated_by_the_promotion_and_not_awaited(make_cluster: MakeCluster) -> None:
    cluster = released(make_cluster(BACKGROUND))
    for _ in range(3):
        cluster.command(promote(cluster.rollout, cluster.status))
        cluster.advance(10)
    (run,) = cluster.runs.values()
    assert run.terminate
    assert cluster.status.stable_rs == cluster.revision(2).hash
    assert cluster.status.canary.current_background_analysis_run_status is None


def test_a_step_waits_for_its_analysis_and_goes_on_when_it_succeeds(make_cluster: MakeCluster) -> None:
    cluster = released(make_cluster(INLINE))
    assert [request.name for request in cluster.requests] == [f"smiley-{cluster.revision(2).hash}-2-1"]
    assert (cluster.requests[0].kind, cluster.requests[0].step_index) == (RunKind.STEP, 1)
    cluster.advance(1000)
    assert cluster.status.current_step_index == 1
    assert cluster.status.phase == "Progressing"
    cluster.finish(RunKind.STEP, Phase.SUCCESSFUL)
    cluster.advance(10)
    assert (cluster.status.current_step_index, cluster.canary_weights) == (3, [0, 30, 60])
    name = cluster.requests[0].name
    event = f"Step Analysis Run '{name}' Status New: 'Successful' Previous: 'Running'"
    assert [one.message for one in cluster.events if one.reason == "AnalysisRunSuccessful"] == [event]


@pytest.mark.parametrize("phase", [Phase.FAILED, Phase.ERROR])
def test_a_bad_step_analysis_aborts(make_cluster: MakeCluster, phase: Phase) -> None:
    cluster = released(make_cluster(INLINE))
    cluster.finish(RunKind.STEP, phase, WHY)
    why = f"Step-based analysis phase error/failed: {WHY}"
    assert cluster.status.message == f"RolloutAborted: Rollout aborted update to revision 2: {why}"
    assert cluster.canary_weights == [0, 30, 0]
    (warning,) = [event for event in cluster.events if event.reason == f"AnalysisRun{phase}"]
    assert warning.type == "Warning"


def test_background_wins_when_both_analyses_fail_in_one_pass(make_cluster: MakeCluster) -> None:
    cluster = released(make_cluster({**INLINE, **BACKGROUND}))
    for name, run in list(cluster.runs.items()):
        cluster.runs[name] = type(run)(
            name, run.kind, run.pod_template_hash, (), run.step_index, status=type(run.status)(Phase.FAILED, name)
        )
    cluster.settle()
    assert "Background analysis phase error/failed" in cluster.status.message


def test_an_inconclusive_step_pauses_and_a_plain_promote_skips_it(make_cluster: MakeCluster) -> None:
    cluster = released(make_cluster(INLINE))
    cluster.finish(RunKind.STEP, Phase.INCONCLUSIVE)
    assert (cluster.status.phase, cluster.status.message) == ("Paused", "InconclusiveAnalysisRun")
    assert not cluster.status.abort
    assert cluster.canary_weights == [0, 30]
    cluster.command(promote(cluster.rollout, cluster.status))
    cluster.advance(10)
    assert (cluster.status.current_step_index, cluster.canary_weights) == (3, [0, 30, 60])
    assert len(cluster.requests) == 1


def test_an_inconclusive_background_analysis_is_run_again_after_a_resume(make_cluster: MakeCluster) -> None:
    steps = [{"setWeight": 30}, {"setWeight": 60}, {"pause": {}}]
    cluster = make_cluster({**BACKGROUND, "steps": steps}, startup=20)
    cluster.release("v2")
    cluster.finish(RunKind.BACKGROUND, Phase.INCONCLUSIVE)
    assert cluster.status.message == "InconclusiveAnalysisRun"
    cluster.advance(100)
    assert cluster.status.message == "InconclusiveAnalysisRun"
    cluster.command(promote(cluster.rollout, cluster.status))
    assert [request.name for request in cluster.requests] == [
        f"smiley-{cluster.revision(2).hash}-2",
        f"smiley-{cluster.revision(2).hash}-2.1",
    ]
    cluster.advance(100)
    assert cluster.status.message == "CanaryPauseStep"


def test_nothing_is_scaled_while_an_inconclusive_analysis_waits_for_a_human(make_cluster: MakeCluster) -> None:
    cluster = released(make_cluster(INLINE))
    cluster.finish(RunKind.STEP, Phase.INCONCLUSIVE)
    cluster.apply(replicas=8)
    cluster.advance(100)
    assert cluster.sizes() == {1: 4, 2: 2}


def test_a_retry_runs_the_steps_again_with_new_analysis_runs(make_cluster: MakeCluster) -> None:
    cluster = released(make_cluster(BACKGROUND))
    cluster.finish(RunKind.BACKGROUND, Phase.FAILED, WHY)
    cluster.advance(10)
    assert cluster.revision(2).deadline is not None
    cluster.command(retry(cluster.status))
    assert cluster.revision(2).deadline is None
    assert cluster.status.aborted_at is None
    cluster.advance(10)
    assert (cluster.status.phase, cluster.status.current_step_index) == ("Paused", 1)
    assert cluster.canary_weights == [0, 30, 0, 30]
    hashed = cluster.revision(2).hash
    assert [request.name for request in cluster.requests] == [f"smiley-{hashed}-2", f"smiley-{hashed}-2.1"]


def test_a_retry_is_told_by_the_progressing_condition_before_anything_moves(make_cluster: MakeCluster) -> None:
    cluster = released(make_cluster(BACKGROUND))
    cluster.finish(RunKind.BACKGROUND, Phase.FAILED)
    cluster.status = retry(cluster.status)
    decision = cluster.one_pass()
    (progressing,) = [one for one in decision.status.conditions if one.type == "Progressing"]
    assert (progressing.status, progressing.reason) == ("Unknown", "RolloutRetry")
    assert progressing.message == "Retrying Rollout after abort"
    assert decision.actions == ()


def test_old_analysis_runs_are_deleted_beyond_their_limits(make_cluster: MakeCluster) -> None:
    cluster = make_cluster(
        {**BACKGROUND, "steps": [{"pause": {}}]},
        analysis={"successfulRunHistoryLimit": 1, "unsuccessfulRunHistoryLimit": 2},
    )
    cluster.release("v2")
    for _ in range(5):
        cluster.finish(RunKind.BACKGROUND, Phase.FAILED)
        cluster.command(retry(cluster.status))
    phases = [run.status.phase for run in cluster.runs.values()]
    assert phases.count(Phase.FAILED) == 2
    assert len(cluster.requests) == 6
