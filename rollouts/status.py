"""A Rollout's status: what one pass leaves for the next.

The names are those of Argo's `.status`, in snake_case. Times are seconds since the epoch, cut to whole
seconds as Kubernetes stores them. All of it is Structs: each pass makes a status and compares it with the one before,
and dataclasses take their time over that.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from rollouts.analysis.model import Phase
from rollouts.value import Value

MAX_WEIGHT = 100


class RolloutPhase(StrEnum):
    HEALTHY = "Healthy"
    PROGRESSING = "Progressing"
    PAUSED = "Paused"
    DEGRADED = "Degraded"


class PauseReason(StrEnum):
    CANARY_PAUSE_STEP = "CanaryPauseStep"
    BLUE_GREEN_PAUSE = "BlueGreenPause"
    INCONCLUSIVE_ANALYSIS_RUN = "InconclusiveAnalysisRun"


class PauseCondition(Value, frozen=True):
    reason: PauseReason
    start_time: int


class Condition(Value, frozen=True):
    """`status` is "True", "False" or "Unknown", as Kubernetes writes it."""

    type: str
    status: str
    reason: str
    message: str
    last_update_time: int
    last_transition_time: int


class WeightDestination(Value, frozen=True):
    weight: int
    pod_template_hash: str
    service_name: str


class Weights(Value, frozen=True):
    """How the traffic is split; the weights sum to MAX_WEIGHT."""

    canary: WeightDestination
    stable: WeightDestination
    additional: tuple[WeightDestination, ...] = ()


class Services(Value, frozen=True):
    """The hashes that the stable and the canary Service select; "" until the Service was adopted.

    Not part of Argo's status (it reads the Services). Kept here so that a pass needs no other memory.
    """

    stable_hash: str = ""
    canary_hash: str = ""


class AnalysisRunReference(Value, frozen=True):
    """The current run of a kind; PENDING also stands for a run that was only just created."""

    name: str
    status: Phase = Phase.PENDING
    message: str = ""


class CanaryStatus(Value, frozen=True):
    weights: Weights | None = None
    current_step_analysis_run_status: AnalysisRunReference | None = None
    current_background_analysis_run_status: AnalysisRunReference | None = None


class BlueGreenStatus(Value, frozen=True):
    """The hashes that the Services select, "" until they were pointed; whether the preview may grow to full size."""

    active_selector: str = ""
    preview_selector: str = ""
    scale_up_preview_check_point: bool = False
    pre_promotion_analysis_run_status: AnalysisRunReference | None = None
    post_promotion_analysis_run_status: AnalysisRunReference | None = None


class RolloutStatus(Value, frozen=True):
    phase: RolloutPhase = RolloutPhase.PROGRESSING
    message: str = ""
    abort: bool = False
    aborted_at: int | None = None
    promote_full: bool = False
    pause_conditions: tuple[PauseCondition, ...] = ()
    controller_pause: bool = False
    stable_rs: str = ""
    current_pod_hash: str = ""
    current_step_hash: str = ""
    current_step_index: int | None = None
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    hpa_replicas: int = 0
    selector: str = ""
    observed_generation: str = ""
    restarted_at: int | None = None
    conditions: tuple[Condition, ...] = ()
    canary: CanaryStatus = CanaryStatus()
    blue_green: BlueGreenStatus = BlueGreenStatus()
    services: Services = Services()

    @classmethod
    def initial(cls) -> RolloutStatus:
        """The status of a Rollout that no pass has seen yet."""
        return cls()

    @property
    def fully_promoted(self) -> bool:
        """Argo: utils/rollout/rolloututil.go (IsFullyPromoted); true before the first status, "" being ""."""
        return self.stable_rs == self.current_pod_hash

    def paused_because(self, reason: PauseReason) -> PauseCondition | None:
        for pause in self.pause_conditions:
            if pause.reason is reason:
                return pause
        return None


def to_argo(status: RolloutStatus) -> dict[str, Any]:
    """The JSON of Argo's `.status`, as Go writes it: zero values left out."""
    document: dict[str, Any] = {
        "abort": status.abort,
        "pauseConditions": [
            {"reason": str(pause.reason), "startTime": _time(pause.start_time)} for pause in status.pause_conditions
        ],
        "controllerPause": status.controller_pause,
        "restartedAt": None if status.restarted_at is None else _time(status.restarted_at),
        "abortedAt": None if status.aborted_at is None else _time(status.aborted_at),
        "currentPodHash": status.current_pod_hash,
        "currentStepHash": status.current_step_hash,
        "replicas": status.replicas,
        "updatedReplicas": status.updated_replicas,
        "readyReplicas": status.ready_replicas,
        "availableReplicas": status.available_replicas,
        "observedGeneration": status.observed_generation,
        "conditions": [_condition(condition) for condition in status.conditions],
        "HPAReplicas": status.hpa_replicas,
        "selector": status.selector,
        "stableRS": status.stable_rs,
        "promoteFull": status.promote_full,
    }
    if status.observed_generation:  # before that no pass has judged the Rollout, and Argo has no phase
        document |= {"phase": str(status.phase), "message": status.message}
    document = {name: value for name, value in document.items() if value}
    if status.current_step_index is not None:  # a pointer in Go: 0 is written
        document["currentStepIndex"] = status.current_step_index
    return document | {"canary": _canary(status.canary), "blueGreen": _blue_green(status.blue_green)}


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _condition(condition: Condition) -> dict[str, str]:
    return {
        "type": condition.type,
        "status": condition.status,
        "lastUpdateTime": _time(condition.last_update_time),
        "lastTransitionTime": _time(condition.last_transition_time),
        "reason": condition.reason,
        "message": condition.message,
    }


def _canary(canary: CanaryStatus) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if canary.current_step_analysis_run_status is not None:
        document["currentStepAnalysisRunStatus"] = _run(canary.current_step_analysis_run_status)
    if canary.current_background_analysis_run_status is not None:
        document["currentBackgroundAnalysisRunStatus"] = _run(canary.current_background_analysis_run_status)
    if canary.weights is not None:
        document["weights"] = _weights(canary.weights)
    return document


def _blue_green(blue_green: BlueGreenStatus) -> dict[str, Any]:
    pre, post = blue_green.pre_promotion_analysis_run_status, blue_green.post_promotion_analysis_run_status
    document: dict[str, Any] = {
        "previewSelector": blue_green.preview_selector,
        "activeSelector": blue_green.active_selector,
        "scaleUpPreviewCheckPoint": blue_green.scale_up_preview_check_point,
        "prePromotionAnalysisRunStatus": None if pre is None else _run(pre),
        "postPromotionAnalysisRunStatus": None if post is None else _run(post),
    }
    return {name: value for name, value in document.items() if value}


def _run(reference: AnalysisRunReference) -> dict[str, str]:
    # A run that nobody has assessed yet has no phase in Argo.
    phase = "" if reference.status is Phase.PENDING else str(reference.status)
    document = {"name": reference.name, "status": phase}
    return document | ({"message": reference.message} if reference.message else {})


def _weights(weights: Weights) -> dict[str, Any]:
    document: dict[str, Any] = {
        "canary": _destination(weights.canary),
        "stable": _destination(weights.stable),
    }
    if weights.additional:
        document["additional"] = [_destination(destination) for destination in weights.additional]
    return document


def _destination(destination: WeightDestination) -> dict[str, Any]:
    named = {"serviceName": destination.service_name, "podTemplateHash": destination.pod_template_hash}
    return {"weight": destination.weight} | {name: value for name, value in named.items() if value}
