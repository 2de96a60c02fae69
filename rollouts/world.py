"""What the shell observes before each pass: the ReplicaSets and AnalysisRuns of one Rollout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rollouts.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rollouts.analysis.model import AnalysisRun


class ReplicaSet(Value, frozen=True):
    """The pods of one revision.

    `desired` is what was ordered (`spec.replicas`), `replicas`, `ready` and `available` are what runs
    (`status`); `ready` may be less than `replicas`, `available` are those ready for minReadySeconds.
    `scale_down_deadline` is the annotation of that name, in seconds since the epoch.
    `rollout_replicas` is the annotation `rollout.argoproj.io/desired-replicas`: the size of the whole
    Rollout when this ReplicaSet was last sized. None means the shell does not keep it; a change of
    `spec.replicas` is then obeyed without a pass of its own. `pods` are asked for only while spec.restartAt is set.
    """

    name: str
    pod_template_hash: str
    revision: int
    created_at: float
    template: Mapping[str, Any]
    desired: int
    replicas: int
    ready: int
    available: int
    scale_down_deadline: float | None = None
    rollout_replicas: int | None = None
    pods: tuple[Pod, ...] = ()


class Pod(Value, frozen=True):
    """`leaving` means that it is terminating. `created_at` is in seconds since the epoch."""

    name: str
    created_at: float
    available: bool
    leaving: bool = False


class Observed(Value, frozen=True):
    """One look at the world. `analysis_runs` come in the order of their creation, oldest first."""

    replica_sets: tuple[ReplicaSet, ...] = ()
    analysis_runs: tuple[AnalysisRun, ...] = ()
