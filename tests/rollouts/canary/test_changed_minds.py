from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts import abort

if TYPE_CHECKING:
    from tests.rollouts.canary.conftest import Cluster, MakeCluster

ANALYSIS = {"analysis": {"templates": [{"templateName": "t"}]}}


def paused(cluster: Cluster) -> Cluster:
    cluster.release("v2")
    cluster.advance(20)
    return cluster


def test_back_to_stable_skips_the_steps_raises_the_revision_and_keeps_the_canary_for_a_while(
    make_cluster: MakeCluster,
) -> None:
    cluster = paused(make_cluster(ANALYSIS))
    cluster.events.clear()
    cluster.release("v1")
    assert cluster.status.current_step_index == 6
    assert cluster.canary_weights == [0, 30, 0]
    assert cluster.status.stable_rs == cluster.revision(3).hash
    assert cluster.sizes() == {3: 4, 2: 2}
    assert cluster.status.phase == "Healthy"
    assert all(run.terminate for run in cluster.runs.values())
    assert cluster.reasons() == ["RolloutUpdated", "SkipSteps", "RolloutResumed", "TrafficWeightUpdated"]
    cluster.advance(31)
    assert cluster.sizes() == {3: 4}


def test_a_third_revision_starts_from_the_first_step_with_the_first_still_stable(
    make_cluster: MakeCluster,
) -> None:
    cluster = paused(make_cluster(ANALYSIS, startup=5))
    first = cluster.status.stable_rs
    cluster.release("v3")
    assert cluster.status.current_step_index == 0
    assert cluster.status.pause_conditions == ()
    assert cluster.canary_weights[-1] == 0
    assert cluster.sizes() == {1: 4, 2: 2, 3: 2}
    cluster.advance(20)
    assert cluster.sizes() == {1: 4, 3: 2}
    assert cluster.status.stable_rs == first
    assert (cluster.status.message, cluster.canary_weights[-1]) == ("CanaryPauseStep", 30)
    assert [run.terminate for run in cluster.runs.values()] == [True, False]


def test_a_replaced_revision_stays_while_the_canary_service_still_selects_it(make_cluster: MakeCluster) -> None:
    cluster = paused(make_cluster(startup=5))
    second = cluster.revision(2).hash
    cluster.release("v3")
    cluster.advance(4)
    assert cluster.services.canary_hash == second
    assert cluster.revision(2).desired == 2
    cluster.advance(2)
    assert cluster.services.canary_hash == cluster.revision(3).hash
    assert cluster.revision(2).desired == 0


def test_a_new_template_leaves_the_abort_behind(make_cluster: MakeCluster) -> None:
    cluster = paused(make_cluster())
    cluster.command(abort(cluster.status, cluster.now))
    cluster.release("v3")
    cluster.advance(20)
    assert (cluster.status.phase, cluster.status.abort) == ("Paused", False)
    assert cluster.canary_weights == [0, 30, 0, 0, 30]


def test_an_old_template_gets_its_old_replica_set_back(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"steps": []})
    cluster.release("v2")
    cluster.advance(60)
    cluster.release("v1")
    cluster.advance(60)
    assert len(cluster.pods) == 2
    assert cluster.sizes() == {3: 4}


def test_a_paused_spec_scales_nothing_and_completes_no_step(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"steps": [{"setWeight": 30}, {"pause": {"duration": 5}}, {"setWeight": 60}]})
    cluster.release("v2", paused=True)
    cluster.advance(1000)
    assert (cluster.status.phase, cluster.status.message) == ("Paused", "manually paused")
    assert (cluster.sizes(), cluster.status.current_step_index) == ({1: 4}, 0)
    conditions = {one.type: one for one in cluster.status.conditions}
    assert conditions["Progressing"].reason == "RolloutPaused"
    assert conditions["Paused"].status == "True"
    cluster.apply(paused=False)
    cluster.advance(120)
    assert cluster.status.phase == "Healthy"


def test_a_pause_seen_from_its_conditions_one_pass_later(make_cluster: MakeCluster) -> None:
    cluster = paused(make_cluster())
    conditions = {one.type: one for one in cluster.status.conditions}
    assert (conditions["Progressing"].status, conditions["Progressing"].reason) == ("Unknown", "RolloutPaused")
    assert conditions["Paused"].message == "Rollout is paused"
    paused_at = next(i for i, decision in enumerate(cluster.passes) if decision.status.pause_conditions)
    then = {one.type: one for one in cluster.passes[paused_at].status.conditions}
    assert then["Progressing"].reason != "RolloutPaused"
    assert cluster.passes[paused_at].status.phase == "Paused"
