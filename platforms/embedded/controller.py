"""The asyncio shell around the engine: observe, decide, act, and again until nothing changes.

One controller per Rollout. It holds what the API server holds on a cluster (the Rollout, its status, its ReplicaSets)
and does what the ReplicaSet controller does. Every decision is `rollouts.decide`'s.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from platforms.embedded import commands
from platforms.embedded.analyses import Analyses
from platforms.embedded.gate import PlannedAnalysis, planned_analyses
from platforms.embedded.manifests.reading import Manifests, pod_template
from platforms.embedded.mesh import traffic
from platforms.embedded.mesh.values import MeshedSet, ServiceRoute, SetKey
from platforms.embedded.processes.replicas import ReplicaContext, ReplicaSetRunner
from platforms.embedded.rollout_view import rollout_view
from rollouts import actions
from rollouts.model import Rollout
from rollouts.reconcile import decide
from rollouts.status import RolloutStatus, Weights
from rollouts.world import Observed
from seam.errors import PlatformFailed
from seam.releases import PodChange, next_version, released, version_of
from seam.views import EventView, RolloutView

_log = logging.getLogger(__name__)
_RETRY_S, _LOOK_S, _OBSERVED_LIMIT_S = 1.0, 0.005, 10.0
_KEPT_EVENTS, _SHOWN_EVENTS = 200, 50


class Controller:
    def __init__(self, rollout: Rollout, manifests: Manifests, context: ReplicaContext, analyses: Analyses) -> None:
        self.rollout, self._manifests, self._context, self._analyses = rollout, manifests, context, analyses
        self.status = RolloutStatus.initial()
        self._events: deque[EventView] = deque(maxlen=_KEPT_EVENTS)
        self._sets: dict[str, ReplicaSetRunner] = {}
        self._routing = traffic.Routing()
        self._acknowledged: Weights | None = None
        self._planned_for: tuple[int, str, str] | None = None
        self._planned_analyses: tuple[PlannedAnalysis, ...] = ()
        self._trouble = ""
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._listeners: set[Callable[[], None]] = set()
        analyses.changed = self.wake

    @property
    def runners(self) -> tuple[ReplicaSetRunner, ...]:
        return tuple(self._sets.values())

    # --- the loop ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._analyses.close()

    def wake(self) -> None:
        """Something changed: look again."""
        self._wake.set()
        for listener in tuple(self._listeners):
            listener()

    @contextlib.contextmanager
    def listening(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call `listener` at each change of what `view` shows."""
        self._listeners.add(listener)
        try:
            yield
        finally:
            self._listeners.discard(listener)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                pause = await self._pass()
            except Exception:  # noqa: BLE001 - a defect of ours must not end the rollout in silence
                _log.exception("%s: a pass failed", self.rollout.name)
                pause = _RETRY_S
            # Not wait_for: Python 3.11's forgets that it is cancelled when the event comes at the same moment.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _pass(self) -> float | None:
        """One reconcile pass; returns the seconds until the next one is due (0 after a change, None: on a change)."""
        now = time.time()
        decision = decide(self.rollout, self.status, self._observe(now), now)
        changed = decision.status != self.status or bool(decision.actions)
        if decision.trouble != self._trouble:
            self._trouble = decision.trouble
            if decision.trouble:
                _log.warning("%s stands still: %s", self.rollout.name, decision.trouble)
        # Before the actions, not after: a command that comes while they are carried out changes this status.
        self.status = decision.status
        for action in decision.actions:
            await self._act(action)
        if changed:
            self.wake()
            return 0
        due = [moment for moment in (decision.requeue_at, self._next_available(now)) if moment is not None]
        return max(0.0, min(due) - time.time()) if due else None

    def _observe(self, now: float) -> Observed:
        min_ready = self.rollout.spec.min_ready_seconds
        return Observed(tuple(runner.observed(min_ready, now) for runner in self.runners), self._analyses.runs)

    def _next_available(self, now: float) -> float | None:
        """When a ready replica becomes an available one."""
        min_ready = self.rollout.spec.min_ready_seconds
        since = [replica.ready_since for runner in self.runners for replica in runner.ready]
        moments = [moment + min_ready for moment in since if moment is not None]
        return min((moment for moment in moments if moment > now), default=None)

    async def _act(self, action: actions.Action) -> None:
        match action:
            case actions.SetWeights():
                self._routing = self._routing.weighted(action.weights)
                await self._settled()
                self._acknowledged = action.weights
            case actions.PointServices():
                self._routing = self._routing.pointed(self.rollout, action.stable_hash, action.canary_hash)
                await self._settled()
            case actions.CreateAnalysisRun():
                self._analyses.create(action.request, self._manifests)
            case actions.TerminateAnalysisRun():
                self._analyses.terminate(action.name)
            case actions.DeleteAnalysisRun():
                self._analyses.delete(action.name)
            case actions.Emit():
                event = action.event
                self._events.append(EventView(time.time(), event.reason, event.message, event.type))
                _log.info("%s: %s: %s", self.rollout.name, event.reason, event.message)
            case _:
                await self._act_on_replica_set(action)

    async def _act_on_replica_set(self, action: actions.Action) -> None:
        match action:
            case actions.CreateReplicaSet():
                self._sets[action.name] = ReplicaSetRunner(
                    action.name, action.pod_template_hash, action.revision, action.template, self._context
                )
            case actions.SetRevision():
                self._sets[action.name].revision = action.revision
            case actions.ScaleReplicaSet():
                self._sets[action.name].scale(action.replicas, action.rollout_replicas)
            case actions.EvictPod():
                self._sets[action.replica_set].evict(action.pod)
            case actions.SetScaleDownDeadline():
                self._sets[action.name].scale_down_deadline = action.deadline
            case actions.DeleteReplicaSet():
                await self._sets.pop(action.name).gone()

    async def _settled(self) -> None:
        """Wait for the data plane however long it takes: an action may be late, but it may not be lost."""
        while True:
            try:
                return await self._context.settle()
            except PlatformFailed as error:
                _log.warning("%s: the data plane does not follow: %s", self.rollout.name, error)
                await asyncio.sleep(_RETRY_S)

    # --- what the data plane asks -----------------------------------------------------------------------------

    def routes(self) -> list[ServiceRoute]:
        return traffic.routes(self.rollout, self._manifests.services, self.runners, self._routing)

    def sets(self) -> dict[SetKey, MeshedSet]:
        return traffic.sets(self.rollout, self._manifests.services, self.runners)

    # --- what people ask --------------------------------------------------------------------------------------

    @property
    def events(self) -> tuple[EventView, ...]:
        """All that are kept, oldest first."""
        return tuple(self._events)

    def view(self) -> RolloutView:
        current = self.status.current_pod_hash
        revision = next((runner.revision for runner in self.runners if runner.pod_template_hash == current), 0)
        return rollout_view(
            self.rollout,
            self.status,
            self._acknowledged,
            self.runners,
            self._planned(revision),
            self._analyses.of(current, revision),
            self.events[-_SHOWN_EVENTS:],
            time.time(),
            measured=self._analyses.measured(current),
        )

    def _planned(self, revision: int) -> tuple[PlannedAnalysis, ...]:
        """Worked out once for each revision and each change of a manifest: there is a view every few milliseconds."""
        key = (self.rollout.generation, self.status.current_pod_hash, self.status.stable_rs)
        if self._planned_for != key:
            self._planned_for = key
            self._planned_analyses = planned_analyses(self.rollout, self._manifests, self.status, revision)
        return self._planned_analyses

    async def release(self, name: str, change: PodChange, version: str | None) -> str:
        """Change the pod template; returns the version released, the next number unless one is given."""
        known = [runner.version for runner in self.runners] + [version_of(self.rollout.spec.template)]
        version = version or next_version(known)
        self._change(released(self.rollout.spec.template, name, version, change))
        await self._until_observed()
        return version

    def apply(self, rollout: Rollout, manifests: Manifests) -> None:
        self._manifests, self._planned_for = manifests, None
        if rollout.spec != self.rollout.spec:
            self._replace(rollout)

    async def promote(self, *, full: bool) -> None:
        await self._until_observed()
        status = commands.promote(self.rollout, self.status, full=full)
        if self.rollout.spec.paused:  # the kubectl plugin unsets it along the way
            spec = self.rollout.spec.model_copy(update={"paused": False})
            self._replace(replace(self.rollout, spec=spec))
        self._command(status)

    async def abort(self) -> None:
        await self._until_observed()
        self._command(commands.abort(self.rollout, self.status, time.time()))

    async def retry(self) -> None:
        await self._until_observed()
        status = commands.retry(self.rollout, self.status)
        if self.status.aborted_at is not None:  # else no pass has noticed the abort, and nothing was ended by it
            self._analyses.start_over()
        self._command(status)

    async def undo(self, revision: int | None) -> None:
        await self._until_observed()
        self._change(commands.undo(self.rollout, self._observe(time.time()).replica_sets, revision))
        await self._until_observed()

    async def _until_observed(self) -> None:
        """Wait until a pass has seen the present spec: the status of the one before is no answer to a command."""
        with contextlib.suppress(TimeoutError):  # it stands still, and its status says so
            async with asyncio.timeout(_OBSERVED_LIMIT_S):
                while not self._observed:
                    await asyncio.sleep(_LOOK_S)

    @property
    def _observed(self) -> bool:
        seen = self.status.observed_generation, self.status.current_pod_hash
        return seen == (str(self.rollout.generation), self.rollout.spec.template_hash)

    def _command(self, status: RolloutStatus) -> None:
        self.status = status
        self.wake()

    def _change(self, template: Mapping[str, Any]) -> None:
        spec = self.rollout.spec.model_copy(update={"template": template})
        self._replace(replace(self.rollout, spec=spec))

    def _replace(self, rollout: Rollout) -> None:
        """A new generation of the Rollout, if its pods can be run here."""
        pod_template(rollout, "release")
        self.rollout = replace(rollout, generation=self.rollout.generation + 1)
        self.wake()
