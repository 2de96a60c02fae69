"""What an analysis is, as values: templates come in as documents, runs live as frozen status.

The names are Argo Rollouts' own (AnalysisRun, metricResults, measurements, phases). All times are
seconds since the epoch, as floats; whoever persists them truncates to whole seconds, as Kubernetes does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rollouts.analysis.spec import Metric


class Phase(StrEnum):
    """The verdict of a measurement, of a metric, and of a whole run."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCESSFUL = "Successful"
    FAILED = "Failed"
    ERROR = "Error"
    INCONCLUSIVE = "Inconclusive"

    @property
    def completed(self) -> bool:
        return self not in (Phase.PENDING, Phase.RUNNING)


class RunKind(StrEnum):
    """Where a run belongs; the value is that of the label `rollout-type`."""

    STEP = "Step"
    BACKGROUND = "Background"


@dataclass(frozen=True, slots=True)
class Measurement:
    phase: Phase
    started_at: float
    finished_at: float | None = None
    value: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class MetricResult:
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
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnalysisRunStatus:
    phase: Phase = Phase.PENDING
    message: str = ""
    metric_results: tuple[MetricResult, ...] = ()
    started_at: float | None = None
    completed_at: float | None = None


@dataclass(frozen=True, slots=True)
class AnalysisRunRequest:
    """An order of the rollout: create this run. Arguments are resolved on the rollout's side only.

    `templates` names AnalysisTemplates; `args` are the rollout's arguments by name.
    """

    name: str
    kind: RunKind
    pod_template_hash: str
    revision: int
    templates: tuple[str, ...]
    args: Mapping[str, str]
    step_index: int | None = None


@dataclass(frozen=True, slots=True)
class AnalysisRun:
    """One run: its metrics with every argument substituted, and where it stands."""

    name: str
    kind: RunKind
    pod_template_hash: str
    metrics: tuple[Metric, ...]
    step_index: int | None = None
    terminate: bool = False
    status: AnalysisRunStatus = field(default_factory=AnalysisRunStatus)
