from collections.abc import Callable
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from platforms.embedded.gate import StoredRun, metric_views, planned_analyses, stored
from platforms.embedded.manifests import Manifests, load
from rollouts.analysis import AnalysisRunRequest, MetricResult, Phase, RunKind, build_run
from rollouts.analysis.model import AnalysisRunStatus, Measurement
from rollouts.status import RolloutStatus
from seam.views import MetricView

Documents = dict[str, list[dict[str, Any]]]
WriteFolder = Callable[[Documents], Path]

NOW = 1_000_000.0
ARGUMENTS = {
    "namespace": "faces",
    "canary-hash": "abc",
    "canary-service": "smiley-canary",
    "stable-hash": "aaa",
    "stable-service": "smiley",
}
STATUS = replace(RolloutStatus.initial(), current_pod_hash="abc", stable_rs="aaa")


def run_of(manifests: Manifests, *templates: str, step: int | None = None, name: str = "run") -> StoredRun:
    kind = RunKind.BACKGROUND if step is None else RunKind.STEP
    request = AnalysisRunRequest(name, kind, "abc", 2, templates, ARGUMENTS, step_index=step)
    return stored(build_run(request, manifests.templates), 2, templates, manifests)


def shown(manifests: Manifests, *runs: StoredRun) -> tuple[MetricView, ...]:
    planned = planned_analyses(manifests.rollouts["smiley"], manifests, STATUS, 2)
    return metric_views(planned, runs, NOW)


def test_before_any_run_every_analysis_is_shown_as_it_is_planned(manifests: Manifests) -> None:
    views = shown(manifests)
    assert [(view.name, view.run, view.phase, view.unit, view.demands) for view in views] == [
        ("success-rate", "", "Pending", "ratio", "at least 95 %"),
        ("latency-p99-ms", "", "Pending", "ms", "at most 500 ms"),
        ("slow-bodies", "", "Pending", "ratio", "at most 5 %"),
        ("unreachable", "", "Pending", "ratio", "at most 5 %"),
        ("canary-share", "", "Pending", "ratio", "at least 5 %"),
        ("denied", "", "Pending", "ratio", "at most 5 %"),
        ("certificate-left", "", "Pending", "s", "more than 0 s"),
        ("gate", "", "Pending", "ratio", "at least 95 %"),
        ("gate", "", "Pending", "ratio", "at least 95 %"),
    ]
    assert {view.next_at for view in views} == {None}
    assert (views[0].failure_limit, views[0].inconclusive_limit, views[0].count) == (1, 5, None)
    assert (views[-1].failure_limit, views[-1].count) == (0, 1)


def test_a_planned_query_has_the_arguments_that_are_known_already(manifests: Manifests) -> None:
    query = shown(manifests)[0].query
    assert 'namespace="faces"' in query
    assert 'rollouts_pod_template_hash=~"abc|smiley-canary"' in query
    assert "{{" not in query
    early = planned_analyses(manifests.rollouts["smiley"], manifests, RolloutStatus.initial(), 0)
    assert '=~"{{args.canary-hash}}|smiley-canary"' in early[0].metrics[0].query


def test_a_run_takes_the_place_of_the_plan_of_its_analysis_and_of_no_other(manifests: Manifests) -> None:
    background = run_of(manifests, "success-rate", "latency", name="smiley-abc-2")
    last_gate = run_of(manifests, "promotion-gate", step=7, name="smiley-abc-2-7")
    views = shown(manifests, background, last_gate)
    assert [(view.name, view.run) for view in views] == [
        ("success-rate", "smiley-abc-2"),
        ("latency-p99-ms", "smiley-abc-2"),
        ("gate", ""),
        ("gate", "smiley-abc-2-7"),
    ]


def test_two_runs_of_one_analysis_are_both_shown(manifests: Manifests) -> None:
    runs = [run_of(manifests, "promotion-gate", step=4, name=name) for name in ("first", "first.1")]
    assert [view.run for view in shown(manifests, *runs) if view.name == "gate"] == ["first", "first.1", ""]


def test_the_run_of_a_step_that_was_taken_away_is_still_shown(manifests: Manifests) -> None:
    assert shown(manifests, run_of(manifests, "promotion-gate", step=99, name="gone"))[-1].run == "gone"


def test_a_metric_in_a_run_says_what_was_counted_and_when_it_is_measured_next(manifests: Manifests) -> None:
    background = run_of(manifests, "success-rate", "latency")
    failed = Measurement(Phase.FAILED, NOW - 3, NOW - 2.5, "[0.6]")
    result = MetricResult("success-rate", Phase.RUNNING, "", (failed,), 3, successful=1, failed=1, error=1)
    status = AnalysisRunStatus(Phase.RUNNING, "", (result,), started_at=NOW - 30)
    success, latency, *_ = shown(manifests, replaced(background, run=replace(background.run, status=status)))
    assert (success.phase, success.successful, success.failed, success.errors) == ("Running", 1, 1, 1)
    assert success.next_at == NOW - 3 + 5  # five seconds after the second in which the last one ended
    assert (latency.phase, latency.successful, latency.next_at) == ("Pending", 0, NOW - 30 + 18)


def test_a_run_that_has_ended_measures_nothing_more(manifests: Manifests) -> None:
    background = run_of(manifests, "success-rate", "latency")
    ended = replace(background.run, status=AnalysisRunStatus(Phase.FAILED, started_at=NOW - 30))
    assert {view.next_at for view in shown(manifests, replaced(background, run=ended))} == {None}


@pytest.mark.parametrize("name", ["gui", "face"])
def test_a_rollout_has_the_metrics_of_its_own_analyses(manifests: Manifests, name: str) -> None:
    rollout = manifests.rollouts[name]
    views = metric_views(planned_analyses(rollout, manifests, STATUS, 1), (), NOW)
    assert bool(views) == (rollout.canary.analysis is not None)


def test_a_changed_template_demands_what_it_says(shipped: Documents, write_folder: WriteFolder) -> None:
    metric = shipped["analysis/success-rate.yaml"][0]["spec"]["metrics"][0]
    metric |= {"successCondition": "len(result) > 0 && result[0] >= 0.99", "failureLimit": 3}
    view = shown(load(write_folder(shipped), lambda: "a-token"))[0]
    assert (view.demands, view.failure_limit) == ("at least 99 %", 3)
