"""One pass at work: what it was given, and what it has decided so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, nextafter
from typing import TYPE_CHECKING, NamedTuple

from rollouts.actions import Action, Emit, Event
from rollouts.status import BlueGreenStatus
from rollouts.steps import current_index

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rollouts.analysis.model import AnalysisRun
    from rollouts.model import CanaryStep, Rollout
    from rollouts.pausing import PauseDecisions
    from rollouts.status import CanaryStatus, Condition, RolloutStatus, Services
    from rollouts.world import Observed, ReplicaSet


class Split(NamedTuple):
    """How many pods canary and stable are to have."""

    canary: int
    stable: int


@dataclass(slots=True)
class Pass:
    """`status` is that of the previous pass: every decision is taken from it, never from the draft.

    `new` is the ReplicaSet of the current template, `stable` that of `status.stable_rs` (it may be
    `new`), `others` are all the rest. `canary`, `blue_green` and `services` are the parts of the next
    status that the pass writes as it goes along. `index` and `step` are those of the current step, None where there is
    none; `counts` are the pods to have, once they were asked for; `conditions` are those of `status`, by type.
    """

    rollout: Rollout
    status: RolloutStatus
    conditions: Mapping[str, Condition]
    observed: Observed
    now: float
    new: ReplicaSet
    stable: ReplicaSet | None
    others: tuple[ReplicaSet, ...]
    pausing: PauseDecisions
    canary: CanaryStatus
    services: Services
    step_run: AnalysisRun | None = None
    background_run: AnalysisRun | None = None
    blue_green: BlueGreenStatus = field(default_factory=BlueGreenStatus)
    pre_run: AnalysisRun | None = None
    post_run: AnalysisRun | None = None
    actions: list[Action] = field(default_factory=list)
    wake_ups: list[float] = field(default_factory=list)
    counts: Split | None = None
    restarted_at: int | None = field(init=False)
    replicas: int = field(init=False)
    replica_sets: tuple[ReplicaSet, ...] = field(init=False)
    available: int = field(init=False)
    index: int | None = field(init=False)
    step: CanaryStep | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.restarted_at = self.status.restarted_at
        self.replicas = self.rollout.spec.replicas
        self.replica_sets = self.observed.replica_sets
        self.available = sum([one.available for one in self.replica_sets])
        self.index = current_index(self.rollout, self.status)
        if self.index is not None and self.index < len(self.rollout.steps):
            self.step = self.rollout.steps[self.index]

    @property
    def rolls_back_to_stable(self) -> bool:
        """The wanted template is the stable one: nothing is left to try out."""
        return self.stable is not None and self.stable.name == self.new.name

    @property
    def rolls_back_within_window(self) -> bool:
        """Whether the wanted version was there before stable, and not more revisions ago than rollbackWindow allows.

        Argo: rollout/sync.go (isRollbackWithinWindow).
        """
        window, stable, new = self.rollout.spec.rollback_window, self.stable, self.new
        if window is None or window.revisions <= 0 or stable is None or int(new.created_at) >= int(stable.created_at):
            return False
        between = [
            one for one in self.replica_sets if int(new.created_at) < int(one.created_at) < int(stable.created_at)
        ]
        return len(between) < window.revisions

    def emit(self, reason: str, message: str, *, kind: str = "Normal") -> None:
        self.actions.append(Emit(Event(kind, reason, message)))

    def wake_at(self, time: float) -> None:
        if time > self.now:
            self.wake_ups.append(time)

    def wake_after(self, time: float) -> None:
        """For what is true only strictly after `time`."""
        self.wake_at(nextafter(time, inf))
