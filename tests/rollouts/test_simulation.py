"""The virtual cluster: fast, and the same every time."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rollouts import Decision, Observed, Rollout, RolloutStatus, commands, decide, parse_rollout, to_argo
from rollouts.analysis import AnalysisRunStatus, AnalysisTemplate, parse_analysis_template
from rollouts.providers import HttpRequest, HttpResponse
from rollouts.simulation import Simulation

TEMPLATE = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "AnalysisTemplate",
    "metadata": {"name": "success"},
    "spec": {
        "metrics": [
            {
                "name": "rate",
                "interval": "5s",
                "failureLimit": 1,
                "successCondition": "result >= 0.95",
                "provider": {"web": {"url": "http://provider/rate", "jsonPath": "{$.value}"}},
            }
        ]
    },
}
STEPS = [{"setWeight": 30}, {"pause": {"duration": "10m"}}, {"setWeight": 50}, {"pause": {"duration": "50m"}}]


def rollout(image: str = "v1", **canary: Any) -> Rollout:
    routing = {"traefik": {"weightedTraefikServiceName": "smiley"}}
    services = {"stableService": "smiley-stable", "canaryService": "smiley-canary", "trafficRouting": routing}
    analysis = {"templates": [{"templateName": "success"}]}
    document = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "smiley", "namespace": "faces"},
        "spec": {
            "replicas": 4,
            "selector": {"matchLabels": {"app": "smiley"}},
            "template": {
                "metadata": {"labels": {"app": "smiley"}},
                "spec": {"containers": [{"name": "smiley", "image": image}]},
            },
            "strategy": {"canary": {**services, "steps": STEPS, "analysis": analysis, **canary}},
        },
    }
    return parse_rollout(document)


def templates() -> Mapping[str, AnalysisTemplate]:
    return {"success": parse_analysis_template(TEMPLATE)}


def simulation(*rates: tuple[float, float]) -> Simulation:
    """`rates` are (from when on, what is measured)."""

    def answer(_: HttpRequest, now: float) -> HttpResponse:
        present = next(rate for since, rate in reversed(rates) if since <= now)
        return HttpResponse(200, json.dumps({"value": present}).encode())

    return Simulation(rollout(), templates(), answer)


def test_an_hour_passes_at_once() -> None:
    world = simulation((0, 0.99))
    world.advance(10)
    world.apply(rollout("v2"))
    world.advance(3500)
    assert (world.status.phase, world.status.current_step_index) == ("Paused", 3)
    world.advance(3700)
    assert world.status.phase == "Healthy"
    assert world.status.stable_rs == world.status.current_pod_hash
    measured = sum(result.count for run in world.observed().analysis_runs for result in run.status.metric_results)
    assert measured > 700


def test_a_version_that_turns_bad_is_rolled_back_when_it_does() -> None:
    world = simulation((0, 0.99), (100, 0.5))
    world.advance(10)
    world.apply(rollout("v2"))
    world.advance(200)
    aborted = next(state for state in world.states if state.status.abort)
    assert 100 < aborted.t <= 110
    assert "due to failed (2) > failureLimit (1)" in world.status.message


@pytest.mark.parametrize("rates", [[(0, 0.99)], [(0, 0.99), (100, 0.5)]])
def test_as_long_as_the_simulation_makes_no_pass_none_would_decide_anything(rates: list[tuple[float, float]]) -> None:
    world = simulation(*rates)
    for second in range(1000):
        if second == 10:
            world.apply(rollout("v2"))
        world.advance(second + 0.25)
        decision = decide(world.rollout, world.status, world.observed(), world.now)
        assert (decision.status, decision.actions) == (world.status, ())


@pytest.mark.parametrize("rates", [[(0, 0.99)], [(0, 0.99), (100, 0.5)]])
def test_a_pass_sees_of_a_run_nothing_that_changes_but_its_verdict(
    rates: list[tuple[float, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = 0

    def decided(rollout: Rollout, status: RolloutStatus, observed: Observed, now: float) -> Decision:
        nonlocal measured
        measured += sum(bool(run.status.metric_results) for run in observed.analysis_runs)
        told = [AnalysisRunStatus(run.status.phase, run.status.message) for run in observed.analysis_runs]
        runs = [replace(run, status=status) for run, status in zip(observed.analysis_runs, told, strict=True)]
        decision = decide(rollout, status, observed, now)
        assert decide(rollout, status, replace(observed, analysis_runs=tuple(runs)), now) == decision
        return decision

    monkeypatch.setattr("rollouts.simulation.decide", decided)
    world = simulation(*rates)
    world.advance(10)
    world.apply(rollout("v2"))
    world.advance(4000)
    assert measured > 0


DEEDS = st.lists(
    st.one_of(
        st.sampled_from(["v1", "v2", "v3"]).map(lambda image: ("release", image)),
        st.sampled_from(["promote", "promote_full", "retry"]).map(lambda name: ("command", name)),
        st.sampled_from([1, 15, 100]).map(lambda seconds: ("advance", seconds)),
    ),
    max_size=10,
)


@settings(max_examples=15, deadline=None)
@given(deeds=DEEDS, turns_bad=st.sampled_from([20, 300, 100_000]))
def test_the_same_inputs_give_the_same_states_byte_for_byte_and_keep_the_invariants(
    deeds: list[tuple[str, Any]], turns_bad: int
) -> None:
    told = []
    for _ in range(2):
        world = simulation((0, 0.99), (turns_bad, 0.1))
        world.advance(10)
        for deed, argument in deeds:
            if deed == "release":
                world.apply(rollout(argument))
            elif deed == "command":
                _command(world, argument)
            else:
                world.advance(world.now + argument)
        world.advance(world.now + 60)
        told.append(json.dumps([to_argo(state.status) for state in world.states]))
        _invariants(world)
    assert told[0] == told[1]


def _command(world: Simulation, name: str) -> None:
    if name == "retry":
        world.command(lambda _, status: commands.retry(status))
    else:
        world.command(getattr(commands, name))


def _invariants(world: Simulation) -> None:
    for state in world.states:
        weights = state.status.canary.weights
        if weights is not None:
            assert weights.canary.weight + weights.stable.weight == 100
        if state.status.abort and state.status.phase == "Degraded" and state is world.states[-1]:
            assert weights is not None
            assert weights.stable.weight == 100
    for before, after in zip(world.states, world.states[1:], strict=False):
        failed = {run.pod_template_hash for run in before.analysis_runs if run.status.phase in ("Failed", "Error")}
        promoted = after.status.stable_rs != before.status.stable_rs and after.status.stable_rs in failed
        assert not promoted or before.status.promote_full or _retried(world, after.status.stable_rs)


def _retried(world: Simulation, pod_template_hash: str) -> bool:
    """Whether somebody asked again after a failure: there is a later run of the same version."""
    return sum(run.pod_template_hash == pod_template_hash for run in world.observed().analysis_runs) > 1
