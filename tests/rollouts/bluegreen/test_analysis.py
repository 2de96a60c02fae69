from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rollouts import to_argo
from rollouts.analysis.model import Phase, RunKind

if TYPE_CHECKING:
    from tests.rollouts.bluegreen.conftest import MakeWorld

FAILED = 'analysis phase error/failed: Metric "rate" assessed Failed due to failed (1) > failureLimit (0)'
ABORTED = "RolloutAborted: Rollout aborted update to revision 2: Blue/green"


def test_pre_promotion_analysis_begins_with_the_last_pod_and_blocks_the_switch(
    make_world: MakeWorld, analysis: dict[str, Any]
) -> None:
    world = make_world({"v2": 10}, prePromotionAnalysis=analysis)
    world.release("v2")
    world.pass_time(9)
    assert world.runs == []
    world.pass_time(1)
    (run,) = world.runs
    assert (run.kind, run.name) == (RunKind.PRE_PROMOTION, f"smiley-{run.pod_template_hash}-2-pre")
    assert world.active == "v1"
    world.pass_time(6)
    assert (world.active, world.stable) == ("v2", "v2")
    assert to_argo(world.status)["blueGreen"] == {
        "activeSelector": run.pod_template_hash,
        "previewSelector": run.pod_template_hash,
        "prePromotionAnalysisRunStatus": {"name": run.name, "status": "Successful"},
    }


def test_a_failed_one_aborts_before_the_switch(make_world: MakeWorld, analysis: dict[str, Any]) -> None:
    world = make_world(prePromotionAnalysis=analysis)
    world.rate = 0.2
    world.release("v2")
    assert (world.active, world.told) == ("v1", ("Degraded", f"{ABORTED} pre-promotion {FAILED}"))


def test_the_pause_begins_after_the_analysis(make_world: MakeWorld, analysis: dict[str, Any]) -> None:
    world = make_world(prePromotionAnalysis=analysis, autoPromotionEnabled=False)
    world.release("v2")
    assert world.told == ("Progressing", "active service cutover pending")
    world.pass_time(6)
    assert world.told == ("Paused", "BlueGreenPause")


def test_a_small_preview_is_judged_with_its_few_pods(make_world: MakeWorld, analysis: dict[str, Any]) -> None:
    world = make_world(prePromotionAnalysis=analysis, previewReplicaCount=1)
    world.release("v2")
    assert (len(world.runs), world.sizes) == (1, {"v1": 3, "v2": 1})
    world.pass_time(6)
    assert (world.sizes["v2"], world.active) == (3, "v2")


def test_post_promotion_analysis_begins_after_the_switch_and_makes_stable(
    make_world: MakeWorld, analysis: dict[str, Any]
) -> None:
    world = make_world(postPromotionAnalysis=analysis)
    world.release("v2")
    assert (world.active, world.stable) == ("v2", "v1")
    assert world.told == ("Progressing", "waiting for analysis to complete")
    assert world.runs[0].kind is RunKind.POST_PROMOTION
    world.pass_time(6)
    assert (world.stable, world.told) == ("v2", ("Healthy", ""))


def test_a_failed_one_switches_back(make_world: MakeWorld, analysis: dict[str, Any]) -> None:
    world = make_world(postPromotionAnalysis=analysis)
    world.release("v2")
    world.rate = 0.2
    world.pass_time(6)
    assert (world.active, world.stable) == ("v1", "v1")
    assert world.told == ("Degraded", f"{ABORTED} post-promotion {FAILED}")
    world.pass_time(31)
    assert world.sizes == {"v1": 3}


def test_it_still_speaks_at_a_retry(make_world: MakeWorld, analysis: dict[str, Any]) -> None:
    world = make_world(postPromotionAnalysis=analysis)
    world.rate = 0.2
    world.release("v2")
    world.rate = 0.99
    world.retry()
    assert (world.active, world.status.abort, len(world.runs)) == ("v1", True, 1)


def test_a_failed_pre_promotion_analysis_is_asked_anew_at_a_retry(
    make_world: MakeWorld, analysis: dict[str, Any]
) -> None:
    world = make_world(prePromotionAnalysis=analysis)
    world.rate = 0.2
    world.release("v2")
    world.rate = 0.99
    world.retry()
    assert [run.name[-6:] for run in world.runs] == ["-2-pre", "-pre.1"]
    world.pass_time(6)
    assert world.active == "v2"


@pytest.mark.parametrize("when", ["pre", "post"])
def test_an_inconclusive_one_pauses_until_a_human_asks_for_another(
    make_world: MakeWorld, analysis: dict[str, Any], when: str
) -> None:
    world = make_world(**{f"{when}PromotionAnalysis": analysis})
    world.rate = 0.7
    world.release("v2")
    world.pass_time(600)
    assert (world.active, world.stable) == ("v2" if when == "post" else "v1", "v1")
    assert world.told == ("Paused", "InconclusiveAnalysisRun")
    assert world.sizes == {"v1": 3, "v2": 3}
    world.rate = 0.99
    world.promote()
    assert [run.status.phase for run in world.runs] == [Phase.INCONCLUSIVE, Phase.RUNNING]
    world.pass_time(6)
    assert (world.stable, world.told) == ("v2", ("Healthy", ""))


def test_a_pause_after_the_switch_comes_to_rest(make_world: MakeWorld, analysis: dict[str, Any]) -> None:
    world = make_world(postPromotionAnalysis=analysis)
    world.release("v2")
    world.set(paused=True)
    assert world.told == ("Paused", "manually paused")
    progressing = next(one for one in world.status.conditions if one.type == "Progressing")
    assert progressing.reason == "RolloutPaused"


def test_a_full_promotion_cancels_what_runs(make_world: MakeWorld, analysis: dict[str, Any]) -> None:
    world = make_world(prePromotionAnalysis=analysis, postPromotionAnalysis=analysis)
    world.release("v2")
    world.promote(full=True)
    assert (world.active, world.stable) == ("v2", "v2")
    assert [(run.kind, run.terminate) for run in world.runs] == [(RunKind.PRE_PROMOTION, True)]


def test_another_version_cancels_what_runs(make_world: MakeWorld, analysis: dict[str, Any]) -> None:
    world = make_world(prePromotionAnalysis=analysis)
    world.release("v2")
    world.release("v3")
    assert [run.terminate for run in world.runs] == [True, False]
    world.pass_time(6)
    assert world.active == "v3"


def test_the_deadline_counts_on_while_an_analysis_runs(make_world: MakeWorld, analysis: dict[str, Any]) -> None:
    world = make_world(prePromotionAnalysis=analysis, spec={"progressDeadlineSeconds": 3})
    world.release("v2")
    world.pass_time(4)
    assert world.status.phase == "Degraded"
    world.pass_time(2)
    assert (world.active, world.told) == ("v2", ("Healthy", ""))
