"""What everybody sees of a rollout: values that are the same on every platform.

The names are those of Argo's own `.status` where Argo has one. `wire.py` has them as JSON, `verdict.py` in a sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seam.values import Bound


@dataclass(frozen=True, slots=True)
class MeasurementView:
    """One measurement. `t` is when it was finished, in seconds since the epoch; `run` names its AnalysisRun."""

    t: float
    metric: str
    value: str
    phase: str
    run: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class MetricView:
    """One metric of an analysis: what it demands, and where it stands.

    `run` names the AnalysisRun; it is empty for a metric of the present release that no run has begun to measure yet.
    `demands` is in words, and `bound` the same as a number where the conditions say no more than that. `unit` is one of
    seam.values.UNITS. A limit of -1 is switched off; `count` None: measured until the run ends. `consecutive_errors`
    and the four counts before it are what the run has counted so far. `next_at` is when the metric is to be measured
    next, in seconds since the epoch: None when it will not be, or while it is being measured.
    """

    name: str
    run: str = ""
    phase: str = "Pending"
    unit: str = ""
    demands: str = ""
    bound: Bound | None = None
    failure_limit: int = 0
    inconclusive_limit: int = 0
    consecutive_error_limit: int = 4
    count: int | None = None
    successful: int = 0
    failed: int = 0
    inconclusive: int = 0
    errors: int = 0
    consecutive_errors: int = 0
    next_at: float | None = None
    query: str = ""


@dataclass(frozen=True, slots=True)
class EventView:
    """A Kubernetes event of the Rollout. `t` is when it happened (last), in seconds since the epoch."""

    t: float
    reason: str
    message: str
    type: str = "Normal"


@dataclass(frozen=True, slots=True)
class AnalysisRunView:
    name: str
    kind: str
    phase: str
    message: str


@dataclass(frozen=True, slots=True)
class PodView:
    """`pid` is the process where pods are processes; `admin` the address of its /metrics, if one can reach it.

    `waiting` is Kubernetes' reason why no container runs (CrashLoopBackOff); `last_exit_code` and `last_reason`
    (OOMKilled, Error, Completed) are of the one that ran before, None and empty if none did.
    """

    name: str
    ready: bool
    pid: int | None = None
    admin: str | None = None
    restarts: int = 0
    waiting: str = ""
    last_exit_code: int | None = None
    last_reason: str = ""

    @property
    def trouble(self) -> str:
        """What a person should know of its container, `CrashLoopBackOff, 3 restarts, exit code 137 (OOMKilled)`."""
        ended = f"exit code {self.last_exit_code} ({self.last_reason})" if self.last_exit_code is not None else ""
        times = f"{self.restarts} restart{'s' if self.restarts > 1 else ''}" if self.restarts else ""
        return ", ".join(filter(None, (self.waiting, times, ended)))


@dataclass(frozen=True, slots=True)
class ReplicaSetView:
    """`images` are those of its containers, in the order of the pod template."""

    name: str
    pod_template_hash: str
    revision: int
    version: str
    desired: int
    ready: int
    pods: tuple[PodView, ...] = ()
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """That what runs came as a commit. `commit` is the one that Argo CD has compared the cluster with; `sync` (Synced,
    OutOfSync) and `health` (Healthy, Degraded, ...) are those of its Application.
    """

    commit: str
    sync: str
    health: str


@dataclass(frozen=True, slots=True)
class RolloutView:
    """One Rollout at one moment. Weights are what the data plane has acknowledged, in percent.

    `analysis_runs`, `measurements` and `metrics` are of the present revision. `measured` says whether any measurement
    of the present pod template was ever Successful, under whatever revision. `events` are the last fifty. `delivery`
    None: what runs did not come as a commit. `strategy` is Canary or BlueGreen.
    """

    name: str
    namespace: str
    phase: str
    message: str
    revision: int
    stable_hash: str
    current_hash: str
    stable_version: str
    current_version: str
    current_step_index: int | None
    steps: tuple[Mapping[str, Any], ...]
    canary_weight: int
    stable_weight: int
    aborted: bool
    release: str | None = None
    pause_reason: str = ""
    measured: bool = False
    analysis_runs: tuple[AnalysisRunView, ...] = ()
    measurements: tuple[MeasurementView, ...] = ()
    metrics: tuple[MetricView, ...] = ()
    events: tuple[EventView, ...] = ()
    replica_sets: tuple[ReplicaSetView, ...] = ()
    delivery: DeliveryView | None = None
    strategy: str = "Canary"

    @property
    def settled(self) -> bool:
        """Whether nothing more happens by itself: promoted, aborted with stable at 100 %, or at rest."""
        return self.canary_weight == 0 and (self.aborted or self.phase == "Healthy")

    @property
    def unmeasured(self) -> bool:
        """Whether this release was promoted although not one measurement said that it is good."""
        promoted = self.phase == "Healthy" and self.stable_hash == self.current_hash
        return promoted and not self.measured and (self.release is not None or bool(self.analysis_runs))

    @property
    def repository_disagrees(self) -> bool:
        """Whether it was rolled back in the cluster, while the repository that it came from still wants the release."""
        return self.aborted and self.delivery is not None and self.delivery.sync == "Synced"

    @property
    def pauses_until_promoted(self) -> bool:
        """Whether the present step is a pause without a duration: a person has to end it."""
        index = self.current_step_index
        if self.phase != "Paused" or index is None or index >= len(self.steps):
            return False
        pause = self.steps[index].get("pause")
        return pause is not None and not pause.get("duration")

    def metric(self, name: str, run: str = "") -> MetricView | None:
        """The metric of that name: of that run, else of any."""
        named = [metric for metric in self.metrics if metric.name == name]
        return next((metric for metric in named if metric.run == run), named[0] if named else None)


@dataclass(frozen=True, slots=True)
class PlatformView:
    """The whole platform at one moment."""

    platform: str
    engine: str
    gui: str
    prometheus: str
    rollouts: tuple[RolloutView, ...] = ()
    processes: Mapping[str, int | None] = field(default_factory=dict)
