from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollouts import Decision, SetWeights, abort, decide, promote, promote_full, retry, to_argo
from rollouts.analysis.model import Phase, RunKind

if TYPE_CHECKING:
    from tests.rollouts.canary.conftest import Cluster, MakeDocument

BAD = (Phase.FAILED, Phase.ERROR)

STEPS = st.lists(
    st.one_of(
        st.integers(0, 100).map(lambda weight: {"setWeight": weight}),
        st.sampled_from([{"pause": {}}, {"pause": {"duration": 7}}]),
        st.just({"analysis": {"templates": [{"templateName": "t"}]}}),
    ),
    max_size=5,
)
DEEDS = st.lists(
    st.one_of(
        st.integers(1, 40).map(lambda seconds: ("advance", seconds)),
        st.sampled_from(["v1", "v2", "v3"]).map(lambda image: ("release", image)),
        st.sampled_from(["promote", "promote_full", "abort", "retry"]).map(lambda name: ("command", name)),
        st.tuples(
            st.just("finish"),
            st.tuples(st.sampled_from(RunKind), st.sampled_from([Phase.SUCCESSFUL, *BAD, Phase.INCONCLUSIVE])),
        ),
        st.booleans().map(lambda paused: ("paused", paused)),
        st.sampled_from([1, 3, 6]).map(lambda replicas: ("replicas", replicas)),
        st.sampled_from([set(), {"v2"}]).map(lambda images: ("broken", images)),
    ),
    max_size=14,
)
CASES = st.fixed_dictionaries({"steps": STEPS, "background": st.booleans(), "routed": st.booleans(), "deeds": DEEDS})


def canary_of(case: dict[str, Any]) -> dict[str, Any]:
    canary: dict[str, Any] = {"steps": case["steps"]}
    if case["background"]:
        canary["analysis"] = {"templates": [{"templateName": "t"}]}
    if not case["routed"]:
        canary |= {"trafficRouting": None, "stableService": None, "canaryService": None}
    return canary


def act(cluster: Cluster, deed: str, argument: Any) -> None:
    commands = {
        "promote": lambda: promote(cluster.rollout, cluster.status),
        "promote_full": lambda: promote_full(cluster.rollout, cluster.status),
        "abort": lambda: abort(cluster.status, cluster.now),
        "retry": lambda: retry(cluster.status),
    }
    match deed:
        case "advance":
            cluster.advance(argument)
        case "release":
            cluster.release(argument)
        case "command":
            cluster.command(commands[argument]())
        case "finish":
            cluster.finish(*argument)
        case "paused" | "replicas":
            cluster.apply(**{deed: argument})
        case "broken":
            cluster.broken_images = argument
            cluster.settle()


def check_pass(cluster: Cluster) -> None:
    """One pass, done twice over; then what must hold for any pass."""
    arguments = (cluster.rollout, cluster.status, cluster.observed(), cluster.now)
    decision = decide(*arguments)
    again = decide(*arguments)
    assert decision == again
    assert json.dumps(to_argo(decision.status)) == json.dumps(to_argo(again.status))
    for action in decision.actions:
        if isinstance(action, SetWeights):
            weights = action.weights
            assert weights.canary.weight + weights.stable.weight == 100
            assert 0 <= weights.canary.weight <= 100
    check_step(cluster, decision)
    check_promotion(cluster, decision)
    check_availability(cluster)


def check_step(cluster: Cluster, decision: Decision) -> None:
    before, after = cluster.status, decision.status
    same_update = (before.current_step_hash, before.current_pod_hash) == (
        after.current_step_hash,
        after.current_pod_hash,
    )
    start, end = before.current_step_index, after.current_step_index
    if not same_update or start is None or end is None or end <= start:
        return
    if after.stable_rs == after.current_pod_hash or before.promote_full:
        assert end == len(cluster.rollout.steps)
        return
    assert end == start + 1
    step = cluster.rollout.steps[start]
    if step.pause is not None and step.pause.duration is None:
        assert before.controller_pause
        assert not before.pause_conditions
    if step.analysis is not None:
        reference = before.canary.current_step_analysis_run_status
        assert reference is not None
        assert cluster.runs[reference.name].status.phase is Phase.SUCCESSFUL


def check_promotion(cluster: Cluster, decision: Decision) -> None:
    before = cluster.status
    if decision.status.stable_rs == before.stable_rs or before.promote_full:
        return
    canary = before.canary
    for reference in (canary.current_step_analysis_run_status, canary.current_background_analysis_run_status):
        if reference is not None:
            assert cluster.runs[reference.name].status.phase not in BAD


def check_availability(cluster: Cluster) -> None:
    """With a router no update ever takes a pod from stable."""
    status = cluster.status
    if cluster.rollout.routes_traffic and not status.fully_promoted and not cluster.rollout.spec.paused:
        for pods in cluster.pods.values():
            if pods.hash == status.stable_rs and pods.rollout_replicas == cluster.rollout.spec.replicas:
                assert pods.desired == cluster.rollout.spec.replicas


def check_rest(cluster: Cluster) -> None:
    status = cluster.status
    if status.abort and cluster.rollout.routes_traffic and status.canary.weights is not None:
        assert status.phase == "Degraded"
        assert (status.canary.weights.canary.weight, status.canary.weights.stable.weight) == (0, 100)
        assert status.current_step_index in (0, None)


@pytest.mark.timeout(90)  # sixty whole rollouts, on a machine that may be busy
@settings(max_examples=60, deadline=None, derandomize=True)
@given(CASES)
def test_whatever_happens_the_engine_rests_and_keeps_its_promises(
    new_cluster: type[Cluster], document: MakeDocument, case: dict[str, Any]
) -> None:
    class Watched(new_cluster):  # type: ignore[valid-type,misc]
        def one_pass(self) -> Decision:
            check_pass(self)
            return super().one_pass()  # type: ignore[no-any-return]

    cluster = Watched(document(canary_of(case), replicas=3))
    cluster.advance(10)
    for deed, argument in case["deeds"]:
        act(cluster, deed, argument)
        check_rest(cluster)
