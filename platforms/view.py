"""What everybody sees of a rollout: the answer to `faces status`, the strip of the page, the story in the terminal.

The same on every platform, under the names of Argo's own `.status` where Argo has one.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class MeasurementView:
    """One measurement. `t` is when it was finished, in seconds since the epoch; `run` names its AnalysisRun."""

    t: float
    metric: str
    value: str
    phase: str
    run: str
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        shown = {
            "t": self.t,
            "metric": self.metric,
            "value": self.value,
            "phase": self.phase,
            "run": self.run,
        }
        return shown | ({"message": self.message} if self.message else {})


@dataclass(frozen=True, slots=True)
class AnalysisRunView:
    name: str
    kind: str
    phase: str
    message: str


@dataclass(frozen=True, slots=True)
class PodView:
    """`pid` is the process where pods are processes; `admin` the address of its /metrics, if one can reach it."""

    name: str
    ready: bool
    pid: int | None = None
    admin: str | None = None


@dataclass(frozen=True, slots=True)
class ReplicaSetView:
    name: str
    pod_template_hash: str
    revision: int
    version: str
    desired: int
    ready: int
    pods: tuple[PodView, ...] = ()


@dataclass(frozen=True, slots=True)
class RolloutView:
    """One Rollout at one moment. Weights are what the data plane has acknowledged, in percent."""

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
    analysis_runs: tuple[AnalysisRunView, ...] = ()
    measurements: tuple[MeasurementView, ...] = ()
    replica_sets: tuple[ReplicaSetView, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether nothing more happens by itself: promoted, aborted with stable at 100 %, or at rest."""
        return self.canary_weight == 0 and (self.aborted or self.phase == "Healthy")

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "namespace": self.namespace,
            "phase": self.phase,
            "message": self.message,
            "revision": self.revision,
            "stableRS": self.stable_hash,
            "currentPodHash": self.current_hash,
            "stableVersion": self.stable_version,
            "canaryVersion": self.current_version,
            "currentStepIndex": self.current_step_index,
            "steps": list(self.steps),
            "weights": {"canary": self.canary_weight, "stable": self.stable_weight},
            "aborted": self.aborted,
            "pauseReason": self.pause_reason,
            "release": {"version": self.current_version, "fault": self.release} if self.release else None,
            "analysisRuns": [
                {"name": run.name, "kind": run.kind, "phase": run.phase, "message": run.message}
                for run in self.analysis_runs
            ],
            "measurements": [measurement.to_json() for measurement in self.measurements],
            "replicaSets": [
                {
                    "name": rs.name,
                    "podTemplateHash": rs.pod_template_hash,
                    "revision": rs.revision,
                    "version": rs.version,
                    "replicas": rs.desired,
                    "readyReplicas": rs.ready,
                    "pods": [asdict(pod) for pod in rs.pods],
                }
                for rs in self.replica_sets
            ],
            "verdict": verdict(self),
        }


def from_json(shown: Mapping[str, Any]) -> RolloutView:
    """The inverse of `to_json`."""
    release = shown["release"]
    return RolloutView(
        name=shown["name"],
        namespace=shown["namespace"],
        phase=shown["phase"],
        message=shown["message"],
        revision=shown["revision"],
        stable_hash=shown["stableRS"],
        current_hash=shown["currentPodHash"],
        stable_version=shown["stableVersion"],
        current_version=shown["canaryVersion"],
        current_step_index=shown["currentStepIndex"],
        steps=tuple(shown["steps"]),
        canary_weight=shown["weights"]["canary"],
        stable_weight=shown["weights"]["stable"],
        aborted=shown["aborted"],
        pause_reason=shown["pauseReason"],
        release=release["fault"] if release else None,
        analysis_runs=tuple(AnalysisRunView(**run) for run in shown["analysisRuns"]),
        measurements=tuple(MeasurementView(**measurement) for measurement in shown["measurements"]),
        replica_sets=tuple(
            ReplicaSetView(
                rs["name"],
                rs["podTemplateHash"],
                rs["revision"],
                rs["version"],
                rs["replicas"],
                rs["readyReplicas"],
                tuple(PodView(**pod) for pod in rs["pods"]),
            )
            for rs in shown["replicaSets"]
        ),
    )


def verdict(view: RolloutView) -> str:
    """Where the rollout stands, in one short sentence for people: it is read from the back row."""
    if view.aborted:
        return f"{_why_aborted(view)}: rolled back to {view.stable_version}."
    if view.phase == "Degraded":
        return f"{view.current_version} is in trouble: {view.message}"
    return _at_rest(view) if view.stable_hash == view.current_hash else _under_way(view)


def _at_rest(view: RolloutView) -> str:
    if view.phase == "Healthy":
        return f"{view.stable_version} serves everybody."
    return (
        f"{view.stable_version} is settling: {view.message}." if view.message else f"{view.stable_version} is settling."
    )


def _under_way(view: RolloutView) -> str:
    new, share = view.current_version, f"{view.canary_weight} %"
    if view.pause_reason == "InconclusiveAnalysisRun":
        return f"{new} could not be judged and waits at {share} for a person."
    if view.phase == "Paused" and _pauses_for_good(view):
        return f"{new} has {share} and waits to be promoted."
    bad = sum(measurement.phase == "Failed" for measurement in view.measurements)
    if bad:
        return f"{new} has {share} and was bad {_times(bad)}."
    return f"{new} has {share} of the traffic; {view.stable_version} has {view.stable_weight} %."


def _why_aborted(view: RolloutView) -> str:
    new, ended = view.current_version, {run.phase for run in view.analysis_runs}
    bad = sum(measurement.phase == "Failed" for measurement in view.measurements)
    if "Failed" in ended and bad:
        return f"{new} was bad {_times(bad)}"
    if "Error" in ended:
        return f"{new} could not be measured"
    return f"{new} was aborted"


def _pauses_for_good(view: RolloutView) -> bool:
    index = view.current_step_index
    if index is None or index >= len(view.steps):
        return False
    pause = view.steps[index].get("pause")
    return pause is not None and not pause.get("duration")


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


@dataclass(frozen=True, slots=True)
class PlatformView:
    """The whole platform at one moment."""

    platform: str
    engine: str
    gui: str
    prometheus: str
    rollouts: tuple[RolloutView, ...] = ()
    processes: Mapping[str, int | None] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "platform": self.platform,
            "engine": self.engine,
            "gui": self.gui,
            "prometheus": self.prometheus,
            "rollouts": [view.to_json() for view in self.rollouts],
            "processes": dict(self.processes),
        }


def platform_from_json(shown: Mapping[str, Any]) -> PlatformView:
    """The inverse of `PlatformView.to_json`."""
    return PlatformView(
        platform=shown["platform"],
        engine=shown["engine"],
        gui=shown["gui"],
        prometheus=shown["prometheus"],
        rollouts=tuple(from_json(view) for view in shown["rollouts"]),
        processes=shown["processes"],
    )
