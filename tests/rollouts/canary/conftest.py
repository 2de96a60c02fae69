"""A cluster on a virtual clock: pods become available after a delay, analysis runs end as scripted."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from msgspec.structs import replace

from rollouts import (
    CreateAnalysisRun,
    CreateReplicaSet,
    Decision,
    DeleteAnalysisRun,
    DeleteReplicaSet,
    Emit,
    Event,
    Observed,
    PointServices,
    ReplicaSet,
    Rollout,
    RolloutStatus,
    ScaleReplicaSet,
    Services,
    SetRevision,
    SetScaleDownDeadline,
    SetWeights,
    TerminateAnalysisRun,
    Weights,
    decide,
    parse_rollout,
)
from rollouts.analysis.model import AnalysisRun, AnalysisRunRequest, AnalysisRunStatus, Phase, RunKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rollouts import Action

START = 1_700_000_000.25


@dataclass(slots=True)
class Pods:
    """A ReplicaSet and the times at which its pods were started."""

    name: str
    hash: str
    revision: int
    created_at: float
    template: Mapping[str, Any]
    rollout_replicas: int | None
    desired: int = 0
    started: list[float] = field(default_factory=list)
    deadline: float | None = None


class Cluster:
    """Carries out decide()'s orders, and keeps a record of what became of them."""

    def __init__(self, document: dict[str, Any], startup: float = 3.0) -> None:
        self.document = document
        self.rollout: Rollout = parse_rollout(document)
        self.startup = startup
        self.broken_images: set[str] = set()
        self.notes_sizes = True
        self.now = START
        self.status = RolloutStatus.initial()
        self.pods: dict[str, Pods] = {}
        self.runs: dict[str, AnalysisRun] = {}
        self.requests: list[AnalysisRunRequest] = []
        self.weights: list[Weights] = []
        self.services = Services()
        self.events: list[Event] = []
        self.story: list[tuple[str, str]] = []
        self.passes: list[Decision] = []
        self.deleted: list[str] = []

    # --- what people do -------------------------------------------------------------------------------

    def release(self, image: str, **spec: Any) -> None:
        """Apply the Rollout again with another image."""
        self.document["spec"]["template"]["spec"]["containers"][0]["image"] = image
        self.apply(**spec)

    def apply(self, **spec: Any) -> None:
        self.document["spec"].update(spec)
        generation = self.document["metadata"].get("generation", 1) + 1
        self.document["metadata"]["generation"] = generation
        self.rollout = parse_rollout(self.document)
        self.settle()

    def command(self, status: RolloutStatus) -> None:
        self.status = status
        self.settle()

    def finish(self, kind: RunKind, phase: Phase, message: str = "") -> None:
        """End every running analysis of this kind."""
        for name, run in self.runs.items():
            if run.kind is kind and not run.status.phase.completed:
                self.runs[name] = replace(run, status=AnalysisRunStatus(phase, message))
        self.settle()

    # --- time ------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Pass after pass until nothing changes any more."""
        for _ in range(60):
            decision = self.one_pass()
            if not decision.actions and decision.status == self.passes[-2].status:
                return
        raise AssertionError("decide() finds no rest")

    def one_pass(self) -> Decision:
        decision = decide(self.rollout, self.status, self.observed(), self.now)
        if not self.passes:
            self.passes.append(Decision(self.status))
        self.passes.append(decision)
        self.status = decision.status
        for action in decision.actions:
            self._carry_out(action)
        line = (str(self.status.phase), self.status.message)
        if self.status.observed_generation and (not self.story or self.story[-1] != line):
            self.story.append(line)
        return decision

    def advance(self, seconds: float) -> None:
        """Let time pass; decide() is called whenever a pod becomes available, and when it asked to be."""
        end = self.now + seconds
        self.settle()
        while (moment := min([*self._moments(), end])) < end:
            self.now = moment
            self.settle()
        self.now = end
        self.settle()

    def _moments(self) -> Iterator[float]:
        asked = self.passes[-1].requeue_at
        if asked is not None:
            yield asked
        for pods in self.pods.values():
            if not self._broken(pods):
                yield from (at + self.startup for at in pods.started if at + self.startup > self.now)

    # --- what there is ---------------------------------------------------------------------------------

    def observed(self) -> Observed:
        sets = tuple(self._replica_set(pods) for pods in self.pods.values())
        return Observed(sets, tuple(self.runs.values()))

    def sizes(self) -> dict[int, int]:
        """Ordered pods by revision, empty ReplicaSets left out."""
        return {pods.revision: pods.desired for pods in self.pods.values() if pods.desired}

    def revision(self, number: int) -> Pods:
        return next(pods for pods in self.pods.values() if pods.revision == number)

    @property
    def canary_weights(self) -> list[int]:
        return [weights.canary.weight for weights in self.weights]

    def reasons(self) -> list[str]:
        return [event.reason for event in self.events]

    def _broken(self, pods: Pods) -> bool:
        return pods.template["spec"]["containers"][0]["image"] in self.broken_images

    def _replica_set(self, pods: Pods) -> ReplicaSet:
        up = 0 if self._broken(pods) else sum(at + self.startup <= self.now for at in pods.started)
        return ReplicaSet(
            name=pods.name,
            pod_template_hash=pods.hash,
            revision=pods.revision,
            created_at=pods.created_at,
            template=pods.template,
            desired=pods.desired,
            replicas=len(pods.started),
            ready=up,
            available=up,
            scale_down_deadline=pods.deadline,
            rollout_replicas=pods.rollout_replicas if self.notes_sizes else None,
        )

    def _carry_out(self, action: Action) -> None:
        match action:
            case CreateReplicaSet(name, hashed, revision, template, replicas):
                self.pods[name] = Pods(name, hashed, revision, self.now, template, replicas)
            case SetRevision(name, revision):
                self.pods[name].revision = revision
            case ScaleReplicaSet(name, replicas, rollout_replicas):
                self._scale(self.pods[name], replicas)
                self.pods[name].rollout_replicas = rollout_replicas
            case SetScaleDownDeadline(name, deadline):
                self.pods[name].deadline = deadline
            case DeleteReplicaSet(name):
                self.deleted.append(name)
                del self.pods[name]
            case SetWeights(weights):
                self.weights.append(weights)
            case PointServices(stable_hash, canary_hash):
                self.services = Services(stable_hash, canary_hash)
            case Emit(event):
                self.events.append(event)
            case _:
                self._carry_out_on_run(action)

    def _scale(self, pods: Pods, replicas: int) -> None:
        pods.desired = replicas
        missing = replicas - len(pods.started)
        pods.started = pods.started[:replicas] + [self.now] * missing

    def _carry_out_on_run(self, action: Action) -> None:
        match action:
            case CreateAnalysisRun(request):
                assert request.name not in self.runs
                self.requests.append(request)
                running = AnalysisRunStatus(Phase.RUNNING, started_at=self.now)
                self.runs[request.name] = AnalysisRun(
                    request.name, request.kind, request.pod_template_hash, (), request.step_index, status=running
                )
            case TerminateAnalysisRun(name):
                ended = AnalysisRunStatus(Phase.SUCCESSFUL, "Run Terminated")
                self.runs[name] = replace(self.runs[name], terminate=True, status=ended)
            case DeleteAnalysisRun(name):
                self.deleted.append(name)
                del self.runs[name]
            case _:
                raise AssertionError(action)


class MakeDocument(Protocol):
    def __call__(self, canary: Mapping[str, Any] | None = None, **spec: Any) -> dict[str, Any]: ...


class MakeCluster(Protocol):
    def __call__(self, canary: Mapping[str, Any] | None = None, *, startup: float = 3.0, **spec: Any) -> Cluster: ...


ROUTED = {
    "stableService": "smiley-stable",
    "canaryService": "smiley-canary",
    "trafficRouting": {"plugins": {"argoproj-labs/gatewayAPI": {"httpRoute": "smiley", "namespace": "faces"}}},
    "steps": [
        {"setWeight": 30},
        {"pause": {}},
        {"setWeight": 50},
        {"pause": {}},
        {"setWeight": 70},
        {"pause": {}},
    ],
}


def _document(canary: Mapping[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "smiley", "namespace": "faces", "labels": {"team": "a"}},
        "spec": {
            "replicas": 4,
            "selector": {"matchLabels": {"app": "smiley"}},
            "template": {
                "metadata": {"labels": {"app": "smiley"}},
                "spec": {"containers": [{"name": "smiley", "image": "v1"}]},
            },
            "strategy": {"canary": copy.deepcopy({**ROUTED, **(canary or {})})},
            **spec,
        },
    }


@pytest.fixture(scope="session")
def document() -> MakeDocument:
    return _document


@pytest.fixture
def make_cluster() -> MakeCluster:
    """A cluster that runs revision 1 of a Rollout, healthy and at rest; its record begins there."""

    def make(canary: Mapping[str, Any] | None = None, *, startup: float = 3.0, **spec: Any) -> Cluster:
        cluster = Cluster(_document(canary, **spec), startup)
        cluster.advance(60)
        assert cluster.status.phase == "Healthy"
        cluster.weights.clear()
        cluster.events.clear()
        cluster.story.clear()
        return cluster

    return make


@pytest.fixture(scope="session")
def new_cluster() -> type[Cluster]:
    return Cluster
