"""A whole cluster on a virtual clock: the engine, pods that become ready, and metrics that are answered.

Nothing waits and nothing is random: an hour of a Rollout passes as fast as its passes can be computed, and the same
inputs give the same states.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from rollouts import providers
from rollouts.actions import (
    Action,
    CreateAnalysisRun,
    CreateReplicaSet,
    DeleteAnalysisRun,
    DeleteReplicaSet,
    Emit,
    Event,
    ScaleReplicaSet,
    SetRevision,
    SetScaleDownDeadline,
    TerminateAnalysisRun,
)
from rollouts.analysis import AnalysisRun, Metric, Outcome, assess, begin, build_run, complete
from rollouts.reconcile import decide
from rollouts.spec import parse_rollout
from rollouts.status import RolloutStatus
from rollouts.world import Observed, ReplicaSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rollouts.analysis import AnalysisTemplate
    from rollouts.model import Rollout

    Answer: TypeAlias = Callable[[providers.HttpRequest, float], providers.Response]
    Startup: TypeAlias = Callable[[Mapping[str, Any]], float | None]

# A Rollout that finds no rest within so many passes never will.
_MOST_PASSES = 200


@dataclass(frozen=True, slots=True)
class State:
    """Everything after a pass that changed something. `t` in seconds since the epoch."""

    t: float
    status: RolloutStatus
    replica_sets: tuple[ReplicaSet, ...]
    analysis_runs: tuple[AnalysisRun, ...]


@dataclass(slots=True)
class _Pods:
    """A ReplicaSet, and when each of its pods becomes ready."""

    made: ReplicaSet
    ready_at: list[float] = field(default_factory=list)

    def observed(self, min_ready_seconds: int, now: float) -> ReplicaSet:
        ready = sum(at <= now for at in self.ready_at)
        available = sum(at + min_ready_seconds <= now for at in self.ready_at)
        return replace(self.made, replicas=len(self.ready_at), ready=ready, available=available)


class Simulation:
    """One Rollout. `answer` is every provider of metrics; `startup` says how many seconds the pods of a template take
    until they are ready, None for never.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        templates: Mapping[str, AnalysisTemplate],
        answer: Answer,
        startup: Startup = lambda _: 0.01,
        now: float = 0.0,
    ) -> None:
        self.rollout: Rollout = parse_rollout(document)
        self.status = RolloutStatus.initial()
        self.now = now
        self.states: list[State] = []
        self.events: list[Event] = []
        self._templates, self._answer, self._startup = templates, answer, startup
        self._pods: dict[str, _Pods] = {}
        self._runs: dict[str, AnalysisRun] = {}
        self._next_pass: float | None = None

    # --- what people do -----------------------------------------------------------------------------------------

    def apply(self, document: Mapping[str, Any]) -> None:
        """Change the spec. Raises SpecError, and then nothing has changed."""
        rollout = parse_rollout(document)
        if rollout.spec != self.rollout.spec:
            self.rollout = rollout.model_copy(update={"generation": self.rollout.generation + 1})

    def command(self, command: Callable[[Rollout, RolloutStatus], RolloutStatus]) -> None:
        """One of rollouts.commands: a patch of the status."""
        status = command(self.rollout, self.status)
        if status != self.status:
            self.status = status
            self._note()

    # --- time ---------------------------------------------------------------------------------------------------

    def advance(self, until: float) -> None:
        """Let everything happen that happens before `until`, and at it."""
        while True:
            self._settle()
            moment = min(self._moments(), default=math.inf)
            if moment > until:
                break
            self.now = moment
        self.now = until
        self._settle()

    def observed(self) -> Observed:
        min_ready = self.rollout.spec.min_ready_seconds
        sets = tuple(pods.observed(min_ready, self.now) for pods in self._pods.values())
        return Observed(sets, tuple(self._runs.values()))

    def _settle(self) -> None:
        """Pass after pass, until nothing changes any more."""
        for _ in range(_MOST_PASSES):
            measured = self._analyse()
            if not self._pass() and not measured:
                return
        raise RuntimeError(f"{self.rollout.name} finds no rest at {self.now:g} s")

    def _moments(self) -> Iterator[float]:
        """When something happens next."""
        if self._next_pass is not None:
            yield self._next_pass
        min_ready = self.rollout.spec.min_ready_seconds
        for pods in self._pods.values():
            for ready_at in pods.ready_at:
                yield from (at for at in (ready_at, ready_at + min_ready) if self.now < at < math.inf)
        for run in self._runs.values():
            next_at = assess(run, self.now).next_at
            if next_at is not None:
                yield next_at

    # --- the controllers ----------------------------------------------------------------------------------------

    def _pass(self) -> bool:
        """One pass of the Rollout's controller; whether it changed anything."""
        decision = decide(self.rollout, self.status, self.observed(), self.now)
        changed = decision.status != self.status or bool(decision.actions)
        self.status, self._next_pass = decision.status, decision.requeue_at
        for action in decision.actions:
            self._carry_out(action)
        if changed:
            self._note()
        return changed

    def _analyse(self) -> bool:
        """One pass over the AnalysisRuns: every metric that is due is measured, which takes no time."""
        changed = False
        for name, run in list(self._runs.items()):
            assessment = assess(run, self.now)
            judged = assessment.run
            for metric in assessment.due:
                judged = begin(judged, metric.name, self.now)
                judged = complete(judged, metric.name, self._measured(metric), self.now)
            self._runs[name] = judged
            if judged != run:
                changed = True
                self._note()
        return changed

    def _measured(self, metric: Metric) -> Outcome:
        asked = providers.request(metric)
        if isinstance(asked, Outcome):
            return asked
        return providers.interpret(metric, self._answer(asked, self.now))

    def _note(self) -> None:
        observed = self.observed()
        self.states.append(State(self.now, self.status, observed.replica_sets, observed.analysis_runs))

    def _carry_out(self, action: Action) -> None:
        match action:
            case CreateReplicaSet(name, hashed, revision, template, replicas):
                made = ReplicaSet(name, hashed, revision, self.now, template, 0, 0, 0, 0, rollout_replicas=replicas)
                self._pods[name] = _Pods(made)
            case SetRevision(name, revision):
                self._remake(name, revision=revision)
            case ScaleReplicaSet(name, replicas, rollout_replicas):
                self._scale(self._pods[name], replicas)
                self._remake(name, desired=replicas, rollout_replicas=rollout_replicas)
            case SetScaleDownDeadline(name, deadline):
                self._remake(name, scale_down_deadline=deadline)
            case DeleteReplicaSet(name):
                del self._pods[name]
            case CreateAnalysisRun(request):
                self._runs[request.name] = build_run(request, self._templates)
            case TerminateAnalysisRun(name):
                self._runs[name] = replace(self._runs[name], terminate=True)
            case DeleteAnalysisRun(name):
                del self._runs[name]
            case Emit(event):
                self.events.append(event)
            case _:  # weights and Services: they are in the status
                return

    def _remake(self, name: str, **changes: Any) -> None:
        pods = self._pods[name]
        pods.made = replace(pods.made, **changes)

    def _scale(self, pods: _Pods, replicas: int) -> None:
        """The youngest go first, as those that are not ready yet do in Kubernetes."""
        startup = self._startup(pods.made.template)
        ready_at = math.inf if startup is None else self.now + startup
        pods.ready_at = sorted(pods.ready_at)[:replicas] + [ready_at] * (replicas - len(pods.ready_at))
