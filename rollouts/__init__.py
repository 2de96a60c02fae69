"""Argo Rollouts' canary and blue-green as a pure function: no clock, no IO, no randomness.

`decide()` is one pass of the controller. Everything it needs comes in as values, everything it wants is
returned as values; who runs it keeps the status and carries out the actions.
"""

from rollouts.actions import (
    Action,
    CreateAnalysisRun,
    CreateReplicaSet,
    DeleteAnalysisRun,
    DeleteReplicaSet,
    Emit,
    Event,
    EvictPod,
    PointServices,
    ScaleReplicaSet,
    SetRevision,
    SetScaleDownDeadline,
    SetWeights,
    SwitchService,
    TerminateAnalysisRun,
)
from rollouts.commands import (
    abort,
    nothing_to_promote,
    nothing_to_undo,
    promote,
    promote_full,
    retry,
    skip_all_steps,
    skip_current_step,
    undo,
)
from rollouts.errors import Invalid, Malformed, SpecError, UnknownRevision, Unsupported
from rollouts.hashing import pod_template_hash, steps_hash
from rollouts.model import Rollout, RolloutSpec
from rollouts.reconcile import Decision, decide
from rollouts.spec import parse_rollout
from rollouts.status import (
    AnalysisRunReference,
    BlueGreenStatus,
    CanaryStatus,
    Condition,
    PauseCondition,
    PauseReason,
    RolloutPhase,
    RolloutStatus,
    Services,
    WeightDestination,
    Weights,
    to_argo,
)
from rollouts.world import Observed, ReplicaSet

__all__ = [
    "Action",
    "AnalysisRunReference",
    "BlueGreenStatus",
    "CanaryStatus",
    "Condition",
    "CreateAnalysisRun",
    "CreateReplicaSet",
    "Decision",
    "DeleteAnalysisRun",
    "DeleteReplicaSet",
    "Emit",
    "Event",
    "EvictPod",
    "Invalid",
    "Malformed",
    "Observed",
    "PauseCondition",
    "PauseReason",
    "PointServices",
    "ReplicaSet",
    "Rollout",
    "RolloutPhase",
    "RolloutSpec",
    "RolloutStatus",
    "ScaleReplicaSet",
    "Services",
    "SetRevision",
    "SetScaleDownDeadline",
    "SetWeights",
    "SpecError",
    "SwitchService",
    "TerminateAnalysisRun",
    "UnknownRevision",
    "Unsupported",
    "WeightDestination",
    "Weights",
    "abort",
    "decide",
    "nothing_to_promote",
    "nothing_to_undo",
    "parse_rollout",
    "pod_template_hash",
    "promote",
    "promote_full",
    "retry",
    "skip_all_steps",
    "skip_current_step",
    "steps_hash",
    "to_argo",
    "undo",
]
