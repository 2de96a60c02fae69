"""Scenarios on the real controller, several at a time: each has its own namespace and its own start time."""

import asyncio
import contextlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from conformance.played_pods import number_of
from conformance.provider import Provider
from conformance.replica_sets import play_replica_sets
from conformance.scenario import (
    DEEDS,
    NAME,
    PROVIDER,
    Deed,
    Document,
    Scenario,
    image_of,
    merged,
    time_of,
    with_image,
)
from conformance.trace import UNFINISHED, Trace
from platforms.kube import commands
from platforms.kube.client import Cluster
from platforms.kube.resources import (
    ANALYSIS_RUNS,
    ANALYSIS_TEMPLATES,
    NAMESPACES,
    PODS,
    REPLICA_SETS,
    ROLLOUTS,
    SECRETS,
    Object,
    Resource,
)
from platforms.kube.views import HASH
from seam.errors import UserError

_SERVICES = Resource("v1", "services", "Service")
_WATCHED = (ROLLOUTS, REPLICA_SETS, PODS, ANALYSIS_RUNS, _SERVICES)
_CLUSTER_TEMPLATES = Resource(
    "argoproj.io/v1alpha1", "clusteranalysistemplates", "ClusterAnalysisTemplate", namespaced=False
)
_TRAEFIK_SERVICES = Resource("traefik.io/v1alpha1", "traefikservices", "TraefikService")
_COMMANDS: Mapping[str, Callable[[Object], commands.Patches]] = {
    "promote": commands.promote,
    "promote-full": commands.promote_full,
    "abort": commands.abort,
    "retry": commands.retry,
    "skip-step": lambda rollout: _at_step(min(_steps(rollout), rollout["status"].get("currentStepIndex", 0) + 1)),
    "skip-all": lambda rollout: _at_step(_steps(rollout)),
}
# No more at a time: times are compared, and a controller with a long queue is late.
AT_A_TIME = 8


@dataclass(slots=True)
class _Seen:
    """Every state of a namespace's objects, in order, with the time at which it was seen."""

    rollouts: list[tuple[float, Object]] = field(default_factory=list)
    replica_sets: list[Object] = field(default_factory=list)
    pods: list[Object] = field(default_factory=list)
    services: list[Object] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    analysis_runs: list[Object] = field(default_factory=list)

    def take(self, resource: Resource, one: Object, *, gone: bool) -> None:
        if gone:
            if resource is ANALYSIS_RUNS:
                self.gone.append(one["metadata"]["name"])
        elif resource is ROLLOUTS:
            self.rollouts.append((time.time(), one))
        else:
            kept = {REPLICA_SETS: self.replica_sets, PODS: self.pods, ANALYSIS_RUNS: self.analysis_runs}
            kept.get(resource, self.services).append(one)

    def traced(self, began: float) -> Trace:
        images = {one["metadata"]["labels"][HASH]: image_of(one["spec"]["template"]) for one in self.replica_sets}
        trace = Trace()
        for at, rollout in self.rollouts:
            trace.status(at - began, rollout.get("status") or {}, images)
        for one in self.replica_sets:
            trace.size(image_of(one["spec"]["template"]), one["spec"].get("replicas", 0))
        for service in self.services:
            side = service["metadata"]["name"].removeprefix(f"{NAME}-")
            selected = images.get((service["spec"].get("selector") or {}).get(HASH, ""), "")
            if side == "stable" or (side == "canary" and not self._flaps(service)):
                trace.service(side, selected)
        for pod in self.pods:
            trace.pod(image_of(pod), number_of(pod["metadata"]["name"]))
        for run in self.analysis_runs:
            _trace_run(trace, run, images)
        for name in self.gone:
            trace.note(name, "it", {"is gone": True}, images)
        return trace

    def _flaps(self, service: Object) -> bool:
        """Whether Argo only passes by there: once aborted it switches the canary Service to the canary at the beginning
        of every pass, and to stable later in the same pass. An abort is over when the conditions say so, too: a pass
        may be under way when somebody retries.
        """
        earlier = [one for _, one in self.rollouts if _version(one) < _version(service)]
        status = (earlier[-1].get("status") or {}) if earlier else {}
        reasons = {condition.get("reason") for condition in status.get("conditions") or ()}
        aborted = status.get("abort") or "RolloutAborted" in reasons
        return bool(aborted) and service["spec"]["selector"].get(HASH) == status.get("currentPodHash")


def _version(one: Object) -> int:
    """Of what was stored first it is the least, whatever it is."""
    return int(one["metadata"]["resourceVersion"])


def _trace_run(trace: Trace, run: Object, images: Mapping[str, str]) -> None:
    status, name = run.get("status") or {}, run["metadata"]["name"]
    trace.run(name, status.get("phase", ""), status.get("message", ""), images)
    for kind in ("labels", "annotations"):
        trace.note(name, kind, run["metadata"].get(kind) or {}, images)
    if status.get("phase", "") not in UNFINISHED:
        trace.note(name, "runs", status.get("runSummary") or {}, images)
        trace.note(name, "dry runs", status.get("dryRunSummary") or {}, images)
    for result in status.get("metricResults") or ():
        trace.note(name, result["name"], {key: result.get(key, "") for key in ("phase", "message")}, images)
        seen = [(one["phase"], one.get("value", "")) for one in result.get("measurements") or ()]
        trace.measured(name, result["name"], seen, images)


class RealController:
    """Plays scenarios on a control plane."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._seen: defaultdict[str, _Seen] = defaultdict(_Seen)

    async def play(
        self,
        scenarios: Iterable[Scenario],
        tell: Callable[[Scenario], None] = lambda _: None,
        at_a_time: int = AT_A_TIME,
    ) -> dict[str, Trace]:
        """{name: trace}. A name can be played only once; `tell` is called for each scenario that is over."""
        named = {scenario.name: scenario for scenario in scenarios}
        began: dict[str, float] = {}
        provider = Provider(named, began)
        address = await provider.start()
        room = asyncio.Semaphore(at_a_time)
        traces: dict[str, Trace] = {}

        def startup(namespace: str, image: str) -> float | None:
            return named[namespace].startup(image)

        def has_pods(namespace: str) -> bool:
            return named[namespace].restarts

        async def one(scenario: Scenario) -> None:
            async with room:
                await self._prepare(scenario, address)
                now = time.time()
                began[scenario.name] = int(now) + 1
                await asyncio.sleep(began[scenario.name] + DEEDS - now)
                await self._follow(scenario, began[scenario.name])
                traces[scenario.name] = self._seen[scenario.name].traced(began[scenario.name])
                tell(scenario)

        try:
            async with asyncio.TaskGroup() as tasks:
                helpers = [tasks.create_task(self._watch(resource)) for resource in _WATCHED]
                helpers.append(tasks.create_task(play_replica_sets(self._cluster, startup, has_pods)))
                await asyncio.gather(*(one(scenario) for scenario in named.values()))
                for helper in helpers:
                    helper.cancel()
        finally:
            await provider.close()
        return traces

    async def _watch(self, resource: Resource) -> None:
        version = (await self._cluster.get(resource.path()))["metadata"]["resourceVersion"]
        while True:
            async with contextlib.aclosing(self._cluster.watch(resource.path(), version)) as changes:
                async for change in changes:
                    one = change["object"]
                    version = one["metadata"]["resourceVersion"]
                    if change["type"] != "BOOKMARK":
                        gone = change["type"] == "DELETED"
                        self._seen[one["metadata"]["namespace"]].take(resource, one, gone=gone)

    async def _prepare(self, scenario: Scenario, address: str) -> None:
        create, name = self._cluster.create, scenario.name
        await create(NAMESPACES.path(), {"metadata": {"name": name}})
        for service in _services(scenario.rollout()):
            spec = {"selector": {"app": NAME}, "ports": [{"port": 80}]}
            await create(_SERVICES.path(name), {"metadata": {"name": service}, "spec": spec})
        if scenario.routed:
            weighted = {"services": [{"name": f"{NAME}-{kind}", "port": 80} for kind in ("stable", "canary")]}
            document = {"apiVersion": "traefik.io/v1alpha1", "kind": "TraefikService", "metadata": {"name": NAME}}
            await create(_TRAEFIK_SERVICES.path(name), {**document, "spec": {"weighted": weighted}})
        for secret, data in scenario.secrets.items():
            await create(SECRETS.path(name), {"metadata": {"name": secret}, "stringData": data})
        for template in scenario.analysis_templates():
            told = json.loads(json.dumps(template).replace(PROVIDER, f"{address}/{name}"))
            kind = ANALYSIS_TEMPLATES if template["kind"] == "AnalysisTemplate" else _CLUSTER_TEMPLATES
            await create(kind.path(name), told)

    async def _follow(self, scenario: Scenario, began: float) -> None:
        document = scenario.rollout()
        await self._cluster.create(ROLLOUTS.path(scenario.name), document)
        for deed in sorted(scenario.script, key=lambda one: one.at):
            await asyncio.sleep(began + deed.moment - time.time())
            await self._do(deed, scenario.name, began)
        await asyncio.sleep(began + scenario.until + DEEDS - time.time())
        await self._cluster.delete(ROLLOUTS.path(scenario.name, NAME))

    async def _do(self, deed: Deed, namespace: str, began: float) -> None:
        path = ROLLOUTS.path(namespace, NAME)
        live = await self._cluster.get(path)
        if deed.command is not None:
            with contextlib.suppress(UserError):  # the command had nothing to do, which is a result, too
                patches = _COMMANDS[deed.command](live)
                if patches.status is not None:
                    await self._cluster.patch(f"{path}/status", patches.status)
                if patches.spec is not None:
                    await self._cluster.patch(path, patches.spec)
        elif deed.release is not None:
            await self._cluster.patch(
                path, {"spec": {"template": with_image(dict(live), deed.release)["spec"]["template"]}}
            )
        elif deed.set is not None:
            await self._cluster.patch(path, {"spec": deed.set})
        elif deed.restart is not None:
            await self._cluster.patch(path, {"spec": {"restartAt": time_of(began + deed.restart)}})
        elif deed.undo is not None:
            owned = (await self._cluster.get(REPLICA_SETS.path(namespace)))["items"]
            template = commands.undo(live, owned, deed.undo or None)
            if template is not None:
                await self._cluster.patch(path, merged({}, {"spec": {"template": template}}))


def _steps(rollout: Object) -> int:
    return len(rollout["spec"]["strategy"]["canary"]["steps"])


def _at_step(index: int) -> commands.Patches:
    return commands.Patches({"status": {"currentStepIndex": index}})


def _services(rollout: Document) -> list[str]:
    (strategy,) = rollout["spec"]["strategy"].values()
    fields = ("stableService", "canaryService", "activeService", "previewService")
    return [strategy[field] for field in fields if strategy.get(field)]
