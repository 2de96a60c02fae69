"""What an analysis is, as values: templates come in as documents, runs live as frozen status.

The names are Argo Rollouts' own (AnalysisRun, metricResults, measurements, phases). All times are
seconds since the epoch, as floats; whoever persists them truncates to whole seconds, as Kubernetes does,
and `assess.py` reckons with whole seconds either way. What is made for each measurement is Structs, as a
Rollout's status is (rollouts/status.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rollouts.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rollouts.analysis.spec import DryRun, MeasurementRetention, Metric


HIDDEN = "*****"  # what is shown for a secret
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Phase(StrEnum):
    """The verdict of a measurement, of a metric, and of a whole run."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCESSFUL = "Successful"
    FAILED = "Failed"
    ERROR = "Error"
    INCONCLUSIVE = "Inconclusive"

    @cached_property
    def completed(self) -> bool:
        return self not in (Phase.PENDING, Phase.RUNNING)


class RunKind(StrEnum):
    """Where a run belongs; the value is that of the label `rollout-type`."""

    STEP = "Step"
    BACKGROUND = "Background"
    PRE_PROMOTION = "PrePromotion"
    POST_PROMOTION = "PostPromotion"


class Measurement(Value, frozen=True):
    phase: Phase
    started_at: float
    finished_at: float | None = None
    value: str = ""
    message: str = ""
    metadata: Mapping[str, str] = _NOTHING


class Outcome(Value, frozen=True):
    """What a provider has to say: the measurement that is under way becomes this."""

    phase: Phase
    value: str = ""
    message: str = ""
    metadata: Mapping[str, str] = _NOTHING


class MetricResult(Value, frozen=True):
    """The counters and the last measurements of one metric of one run (`status.metricResults[]`)."""

    name: str
    phase: Phase = Phase.PENDING
    message: str = ""
    measurements: tuple[Measurement, ...] = ()
    count: int = 0
    successful: int = 0
    failed: int = 0
    inconclusive: int = 0
    error: int = 0
    consecutive_error: int = 0
    consecutive_success: int = 0
    dry_run: bool = False
    metadata: Mapping[str, str] = _NOTHING


class RunSummary(Value, frozen=True):
    """How many metrics there are, and how those that have ended did (`status.runSummary`)."""

    count: int = 0
    successful: int = 0
    failed: int = 0
    inconclusive: int = 0
    error: int = 0


class AnalysisRunStatus(Value, frozen=True):
    phase: Phase = Phase.PENDING
    message: str = ""
    metric_results: tuple[MetricResult, ...] = ()
    started_at: float | None = None
    completed_at: float | None = None
    run_summary: RunSummary = RunSummary()
    dry_run_summary: RunSummary = RunSummary()

    def result_of(self, metric_name: str) -> MetricResult | None:
        return next((result for result in self.metric_results if result.name == metric_name), None)


class AnalysisRunRequest(Value, frozen=True):
    """An order of the rollout: create this run. Arguments are resolved on the rollout's side only.

    `templates` are the keys of AnalysisTemplates (see there); `args` are the rollout's arguments by name. `dry_run` and
    `measurement_retention` are the rollout's rules, which come before those of the templates.
    """

    name: str
    kind: RunKind
    pod_template_hash: str
    revision: int
    templates: tuple[str, ...]
    args: Mapping[str, str]
    step_index: int | None = None
    dry_run: tuple[DryRun, ...] = ()
    measurement_retention: tuple[MeasurementRetention, ...] = ()
    labels: Mapping[str, str] = _NOTHING
    annotations: Mapping[str, str] = _NOTHING


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a run must not show: the secret values, and its metrics with them, by name. repr() shows nothing."""

    values: tuple[str, ...] = field(default=(), repr=False)
    metrics: Mapping[str, Metric] = field(default_factory=dict, repr=False)


class AnalysisRun(Value, frozen=True):
    """One run: its metrics with every argument substituted (secrets as *****), and where it stands.

    `dry_run` names the metrics that never decide, `retention` how many measurements of a metric are kept where it is
    not the default.
    """

    name: str
    kind: RunKind
    pod_template_hash: str
    metrics: tuple[Metric, ...]
    step_index: int | None = None
    terminate: bool = False
    status: AnalysisRunStatus = AnalysisRunStatus()
    dry_run: frozenset[str] = frozenset()
    retention: Mapping[str, int] = _NOTHING
    secrets: Secrets = Secrets()
    labels: Mapping[str, str] = _NOTHING
    annotations: Mapping[str, str] = _NOTHING

    @property
    def verdict(self) -> tuple[str, Phase, str, bool]:
        """All that changes in a run and matters to its Rollout; single measurements do not."""
        return self.name, self.status.phase, self.status.message, self.terminate
