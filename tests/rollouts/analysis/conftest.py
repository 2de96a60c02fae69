from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from rollouts.analysis import (
    AnalysisRun,
    AnalysisRunRequest,
    AnalysisTemplate,
    Metric,
    MetricResult,
    Outcome,
    Phase,
    RunKind,
    assess,
    begin,
    build_run,
    complete,
    parse_analysis_template,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

START = 1_000.0
PROMETHEUS = {"prometheus": {"address": "http://prometheus:9090", "query": "up"}}


@dataclass
class Laboratory:
    """Builds templates and runs from the fields that matter, and drives runs on a virtual clock."""

    taken: list[tuple[str, float]] = field(default_factory=list)

    def template(self, *metrics: Mapping[str, Any], name: str = "template", **spec: Any) -> AnalysisTemplate:
        written = [{"provider": PROMETHEUS, **metric} for metric in metrics]
        return parse_analysis_template(
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "AnalysisTemplate",
                "metadata": {"name": name},
                "spec": {"metrics": written, **spec},
            }
        )

    def request(self, *templates: str, **args: str) -> AnalysisRunRequest:
        return AnalysisRunRequest(
            name="smiley-abc-2-1",
            kind=RunKind.STEP,
            pod_template_hash="abc",
            revision=2,
            templates=templates or ("template",),
            args=args,
            step_index=1,
        )

    def run(self, *metrics: Mapping[str, Any], **spec: Any) -> AnalysisRun:
        return build_run(self.request(), {"template": self.template(*metrics, **spec)})

    def metric(self, **fields: Any) -> Metric:
        return self.template({"name": "metric", **fields}).metrics[0]

    def drive(
        self,
        run: AnalysisRun,
        outcome: Callable[[str, int], Phase | Outcome],
        *,
        seconds: float = 10_000,
        takes: float = 0.0,
        stop_at: float | None = None,
    ) -> AnalysisRun:
        """Assess at every `next_at` for `seconds`; the n-th measurement of a metric (from 0) has `outcome(metric, n)`.

        Measurements take `takes` seconds. At `stop_at` the run is told to terminate.
        """
        now = START
        while now <= START + seconds and not run.status.phase.completed:
            if stop_at is not None and now >= stop_at:
                run = replace(run, terminate=True)
            assessment = assess(run, now)
            run = assessment.run
            if assessment.due:
                run = self._measured(run, assessment.due, outcome, now, takes)
                now += takes
            elif assessment.next_at is not None:
                now = assessment.next_at if stop_at is None or now >= stop_at else min(assessment.next_at, stop_at)
            elif not run.status.phase.completed:
                raise AssertionError(f"the run waits for nothing: {run}")
        return run

    def _measured(
        self,
        run: AnalysisRun,
        due: Sequence[Metric],
        outcome: Callable[[str, int], Phase | Outcome],
        now: float,
        takes: float,
    ) -> AnalysisRun:
        for metric in due:
            run = begin(run, metric.name, now)
        for metric in due:
            nth = sum(name == metric.name for name, _at in self.taken)
            given = outcome(metric.name, nth)
            run = complete(run, metric.name, given if isinstance(given, Outcome) else Outcome(given), now + takes)
            self.taken.append((metric.name, now))
        return run

    def times(self, metric: str = "metric") -> list[float]:
        """Seconds after the start at which the metric was measured."""
        return [at - START for name, at in self.taken if name == metric]


def _result(run: AnalysisRun, metric: str = "metric") -> MetricResult:
    found = run.status.result_of(metric)
    assert found is not None
    return found


@pytest.fixture
def lab() -> Laboratory:
    return Laboratory()


@pytest.fixture
def result_of() -> Callable[..., MetricResult]:
    return _result


@pytest.fixture
def start() -> float:
    return START
