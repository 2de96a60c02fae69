"""A whole cluster on a virtual clock: the engine, pods that become ready, and metrics that are answered.

Nothing waits and nothing is random: an hour of a Rollout passes as fast as its passes can be computed, and the same
inputs give the same states.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec.structs import replace

from rollouts import providers
from rollouts.actions import (
    Action,
    CreateAnalysisRun,
    CreateReplicaSet,
    DeleteAnalysisRun,
    DeleteReplicaSet,
    Emit,
    Event,
    EvictPod,
    ScaleReplicaSet,
    SetRevision,
    SetScaleDownDeadline,
    TerminateAnalysisRun,
)
from rollouts.analysis import AnalysisRun, Assessment, Metric, Outcome, assess, build_run, measured_at_once
from rollouts.pods import Pods
from rollouts.reconcile import decide
from rollouts.status import RolloutStatus
from rollouts.value import Value
from rollouts.world import Observed, Pod, ReplicaSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rollouts.analysis import AnalysisTemplate
    from rollouts.model import Rollout

    Answer: TypeAlias = Callable[[providers.HttpRequest, float], providers.Response]
    Startup: TypeAlias = Callable[[Mapping[str, Any]], float | None]

# So long an order for pods is on its way, in seconds: no pass that gives one sees it carried out.
_ON_ITS_WAY_S = 0.01
# A Rollout that finds no rest within so many passes never will.
_MOST_PASSES = 200


class State(Value, frozen=True):
    """Everything after a pass that changed something. `t` in seconds since the epoch."""

    t: float
    status: RolloutStatus
    replica_sets: tuple[ReplicaSet, ...]
    analysis_runs: tuple[AnalysisRun, ...]


class NoRestError(RuntimeError):
    """The controller changes something in every pass, for ever: so would Argo's own."""


class Simulation:
    """One Rollout. `answer` is every provider of metrics; `startup` says how many seconds the pods of a template take
    until they are ready, None for never; `secrets` are by name and key.
    """

    def __init__(
        self,
        rollout: Rollout,
        templates: Mapping[str, AnalysisTemplate],
        answer: Answer,
        startup: Startup = lambda _: 0.0,
        now: float = 0.0,
        secrets: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self.rollout = rollout
        self.status = RolloutStatus.initial()
        self.now = now
        self.states: list[State] = []
        self.events: list[Event] = []
        self._templates, self._answer, self._startup, self._secrets = templates, answer, startup, secrets
        self._sets: dict[str, ReplicaSet] = {}
        self._pods: dict[str, Pods] = {}
        self._orders: dict[str, float] = {}
        self._runs: dict[str, AnalysisRun] = {}
        # None: it has been changed since.
        self._looks: dict[str, Assessment | None] = {}
        # When the pods are to be counted, and the Rollout is to be looked at, whatever else happens.
        self._next_count = self._next_pass = math.inf
        # Whether anything has changed since the last pass that the Rollout's controller hears of. What happens to a pod
        # alone is none of it: it asks for pods, and hears of ReplicaSets; nor are single measurements.
        self._news = True

    # --- what people do -----------------------------------------------------------------------------------------

    def apply(self, rollout: Rollout) -> None:
        """Change the spec."""
        if rollout.spec != self.rollout.spec:
            self.rollout = dataclasses.replace(rollout, generation=self.rollout.generation + 1)
            self._next_count, self._news = self.now, True

    def command(self, command: Callable[[Rollout, RolloutStatus], RolloutStatus]) -> None:
        """One of rollouts.commands: a patch of the status."""
        status = command(self.rollout, self.status)
        if status != self.status:
            self.status, self._news = status, True
            self._note()

    # --- time ---------------------------------------------------------------------------------------------------

    def advance(self, until: float) -> None:
        """Run everything that happens up to and including `until`."""
        while True:
            self._settle()
            moment = min(self._moments(), default=math.inf)
            if moment > until:
                break
            self.now = moment
        self.now = until
        self._settle()

    def observed(self) -> Observed:
        runs = tuple(self._runs.values())
        if self.rollout.spec.restart_at is None:
            return Observed(tuple(self._sets.values()), runs)
        return Observed(tuple([replace(one, pods=self._pods_of(one.name)) for one in self._sets.values()]), runs)

    def _pods_of(self, name: str) -> tuple[Pod, ...]:
        waits = self.rollout.spec.min_ready_seconds
        return tuple(
            [
                Pod(f"{name}-{pod.number:04}", pod.created_at, pod.ready_at + waits <= self.now)
                for pod in self._pods[name].pods
            ]
        )

    def _settle(self) -> None:
        """Run passes until nothing changes any more."""
        for name in [name for name, at in self._orders.items() if at <= self.now]:
            del self._orders[name]
            self._obey(self._sets[name])
            self._next_count = self.now
        if self._next_count <= self.now:
            self._count_pods()
        for _ in range(_MOST_PASSES):
            self._analyse()
            if not self._pass():
                return
        raise NoRestError(f"{self.rollout.name} finds no rest at {self.now:g} s")

    def _moments(self) -> Iterator[float]:
        """The moments at which something happens next."""
        yield self._next_count
        yield self._next_pass
        yield from self._orders.values()
        for look in self._looks.values():
            if look is not None and look.next_at is not None:
                yield look.next_at

    # --- the controllers ----------------------------------------------------------------------------------------

    def _pass(self) -> bool:
        """One pass of the Rollout's controller, if there is something new for it; whether it changed anything."""
        if not self._news and self.now < self._next_pass:
            return False
        decision = decide(self.rollout, self.status, self.observed(), self.now)
        self._news, self.status = decision.status != self.status, decision.status
        self._next_pass = math.inf if decision.requeue_at is None else decision.requeue_at
        for action in decision.actions:
            self._carry_out(action)
        changed = self._news or bool(decision.actions)
        if changed:
            self._note()
        return changed

    def _analyse(self) -> None:
        """One pass over the AnalysisRuns that are new, or have a metric that is due."""
        for name, look in self._looks.items():
            if look is None or (look.next_at is not None and look.next_at <= self.now):
                before, seen = self._runs[name], self._followed(look or assess(self._runs[name], self.now))
                self._looks[name] = seen
                if seen.run != before:
                    self._runs[name] = seen.run
                    self._news = self._news or seen.run.verdict != before.verdict
                    self._note()

    def _followed(self, look: Assessment) -> Assessment:
        """The look after every metric that is due was measured, which takes no time."""
        while due := look.due_at(self.now):
            outcomes = {metric.name: self._measured(metric) for metric in due}
            look = assess(measured_at_once(look.run, outcomes, self.now), self.now)
        return look

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
            case Emit(event):
                self.events.append(event)
            case CreateAnalysisRun(request):
                self._runs[request.name] = build_run(request, self._templates, self._secrets)
                self._looks[request.name], self._news = None, True
            case TerminateAnalysisRun(name):
                self._runs[name] = replace(self._runs[name], terminate=True)
                self._looks[name], self._news = None, True
            case DeleteAnalysisRun(name):
                del self._runs[name], self._looks[name]
                self._news = True
            case _:
                self._carry_out_on_replica_set(action)

    def _carry_out_on_replica_set(self, action: Action) -> None:
        match action:
            case CreateReplicaSet(name, hashed, revision, template, replicas):
                self._pods[name] = Pods()
                self._sets[name] = ReplicaSet(
                    name, hashed, revision, self.now, template, 0, 0, 0, 0, rollout_replicas=replicas
                )
                self._news = True
            case SetRevision(name, revision):
                self._remake(name, revision=revision)
            case ScaleReplicaSet(name, replicas, rollout_replicas):
                self._orders[name] = self.now + _ON_ITS_WAY_S
                self._remake(name, desired=replicas, rollout_replicas=rollout_replicas)
            case EvictPod(name, pod):
                startup = self._startup(self._sets[name].template)
                self._pods[name].evict(int(pod.rpartition("-")[2]), self.now, startup)
                self._orders[name] = self.now + _ON_ITS_WAY_S
            case SetScaleDownDeadline(name, deadline):
                self._remake(name, scale_down_deadline=deadline)
            case DeleteReplicaSet(name):
                del self._sets[name], self._pods[name]
                self._orders.pop(name, None)
                self._news = True
            case _:  # weights and Services: they are in the status
                return

    def _obey(self, replica_set: ReplicaSet) -> None:
        self._pods[replica_set.name].scale(replica_set.desired, self.now, self._startup(replica_set.template))

    def _count_pods(self) -> None:
        self._next_count, min_ready = math.inf, self.rollout.spec.min_ready_seconds
        for name, replica_set in self._sets.items():
            pods = self._pods[name]
            counts, change = pods.counts(min_ready, self.now), pods.next_change(min_ready, self.now)
            if change is not None:
                self._next_count = min(self._next_count, change)
            if counts != (replica_set.replicas, replica_set.ready, replica_set.available):
                self._remake(name, **counts._asdict())

    def _remake(self, name: str, **changes: Any) -> None:
        before = self._sets[name]
        after = self._sets[name] = replace(before, **changes)
        self._news = self._news or after != before
