from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from rollouts import (
    UnknownRevision,
    abort,
    nothing_to_promote,
    nothing_to_undo,
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


@pytest.mark.parametrize(
    ("revisions", "wanted", "problem"),
    [
        ((1, 2, 4), 99, "There is no revision 99; there are 1, 2 and 4."),
        ((2, 1), 3, "There is no revision 3; there are 1 and 2."),
        ((1,), 9, "There is no revision 9; there is 1."),
        ((), 1, "There is no revision 1; there is none yet."),
        ((1,), None, "Rollout smiley has no earlier revision: there is nothing to undo."),
        ((3,), 0, "Rollout smiley has no earlier revision: there is nothing to undo."),
    ],
)
def test_an_undo_that_leads_nowhere_says_which_revisions_there_are(
    make_cluster: MakeCluster, revisions: tuple[int, ...], wanted: int | None, problem: str
) -> None:
    cluster = make_cluster()
    (only,) = cluster.observed().replica_sets
    sets = [replace(only, revision=revision) for revision in revisions]
    for ask in (undo, nothing_to_undo):
        with pytest.raises(UnknownRevision, match=f"^{problem}$"):
            ask(cluster.rollout, sets, wanted)


def test_an_undo_to_the_present_template_is_said_to_change_nothing(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"steps": []})
    cluster.release("v2")
    cluster.advance(60)
    sets = cluster.observed().replica_sets
    assert nothing_to_undo(cluster.rollout, sets, 2) == "Revision 2 is the present one; there are 1 and 2."
    assert [nothing_to_undo(cluster.rollout, sets, revision) for revision in (None, 1)] == [None, None]


class TestNothingToPromote:
    def test_there_is_nothing_to_promote_once_all_is_promoted(self, make_cluster: MakeCluster) -> None:
        cluster = make_cluster()
        problem = "Rollout smiley is fully promoted: there is nothing to promote."
        assert nothing_to_promote(cluster.rollout, cluster.status) == problem
        assert nothing_to_promote(cluster.rollout, cluster.status, full=True) == problem

    def test_a_pause_and_a_step_that_runs_can_be_promoted(self, make_cluster: MakeCluster) -> None:
        cluster = paused(make_cluster())
        assert nothing_to_promote(cluster.rollout, cluster.status) is None
        assert nothing_to_promote(cluster.rollout, cluster.status, full=True) is None
        steps = [{"analysis": {"templates": [{"templateName": "t"}]}}, {"pause": {}}]
        analysed = make_cluster({"steps": steps})
        analysed.release("v2")
        assert nothing_to_promote(analysed.rollout, analysed.status) is None

    def test_a_rollout_that_was_paused_in_its_spec_can_be_promoted(self, make_cluster: MakeCluster) -> None:
        cluster = make_cluster()
        cluster.apply(paused=True)
        assert nothing_to_promote(cluster.rollout, cluster.status) is None
        assert nothing_to_promote(cluster.rollout, cluster.status, full=True) is None

    def test_what_was_aborted_is_promoted_in_full_or_not_at_all(self, make_cluster: MakeCluster) -> None:
        cluster = paused(make_cluster())
        cluster.command(abort(cluster.status, cluster.now))
        problem = "Rollout smiley was aborted: retry it, or promote it in full."
        assert nothing_to_promote(cluster.rollout, cluster.status) == problem
        assert nothing_to_promote(cluster.rollout, cluster.status, full=True) is None

    def test_without_a_pause_or_a_step_only_a_full_promotion_skips_anything(self, make_cluster: MakeCluster) -> None:
        cluster = make_cluster({"steps": []})
        cluster.release("v2")
        assert not cluster.status.fully_promoted
        problem = "Rollout smiley is not paused and has no step left to skip: there is nothing to promote."
        assert nothing_to_promote(cluster.rollout, cluster.status) == problem
        assert nothing_to_promote(cluster.rollout, cluster.status, full=True) is None

    def test_a_full_promotion_under_way_is_not_begun_again(self, make_cluster: MakeCluster) -> None:
        cluster = paused(make_cluster())
        status = promote_full(cluster.rollout, replace(cluster.status, pause_conditions=()))
        assert nothing_to_promote(cluster.rollout, status, full=True) == (
            "Rollout smiley is already being promoted in full."
        )


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
