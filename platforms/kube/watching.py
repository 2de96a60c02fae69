"""The objects of one namespace: listed once, then followed change by change.

A watch that is lost (the API server restarts, the network fails, the server has forgotten the past: 410) is begun anew
with a list. Whoever reads the objects notices nothing of it but the time that it takes; the log says it.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Iterable, Mapping
from types import MappingProxyType

from platforms.kube.client import Cluster, Query, Unreachable
from platforms.kube.consistency import is_ahead_of_runs
from platforms.kube.listeners import KEPT_STATES, Listener
from platforms.kube.log import log
from platforms.kube.objects import Objects
from platforms.kube.refusals import Refused
from platforms.kube.resources import (
    ANALYSIS_RUNS,
    ANALYSIS_TEMPLATES,
    APPLICATIONS,
    CLUSTER_ANALYSIS_TEMPLATES,
    EVENTS,
    PODS,
    REPLICA_SETS,
    ROLLOUTS,
    Object,
    Resource,
    resource_version,
)
from platforms.kube.retrying import WATCH_BACKOFF_S, wait_s
from platforms.kube.store import Store
from platforms.kube.templates import named_cluster_templates
from seam.errors import PlatformError, PlatformFailed

WATCHED = (ROLLOUTS, ANALYSIS_RUNS, REPLICA_SETS, PODS, EVENTS, ANALYSIS_TEMPLATES)
_ONLY: Mapping[Resource, Query] = {EVENTS: {"fieldSelector": "involvedObject.kind=Rollout"}}
# An API server that restarts is back long before.
_LOST_S = 60.0
# A watch delivers a change within milliseconds, and within seconds where the API server restarts meanwhile.
_DELIVERY_LIMIT_S = 10.0


class Watching:
    """Follows one namespace from `start` to `close`. `queries` narrows a kind, as by a label selector."""

    def __init__(self, cluster: Cluster, namespace: str, queries: Mapping[Resource, Query]) -> None:
        self._cluster, self._namespace, self._queries = cluster, namespace, {**_ONLY, **queries}
        self._elsewhere: Mapping[Resource, str] = {}
        self._store = Store((*WATCHED, CLUSTER_ANALYSIS_TEMPLATES, APPLICATIONS))
        self._asked_for: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._listeners: set[Listener[Objects | PlatformError]] = set()
        # Up to which version the changes of a kind were delivered, and an event that is set when there are more.
        self._delivered: dict[Resource, int] = {}
        self._delivery = asyncio.Event()
        self._lost_since: dict[Resource, float] = {}
        self._failure: PlatformError | None = None

    async def start(self, elsewhere: Mapping[Resource, str] = MappingProxyType({})) -> None:
        """Return when everything was listed once. `elsewhere` are kinds that are watched in another namespace."""
        self._elsewhere = elsewhere
        watched = (*WATCHED, *elsewhere)
        versions = await asyncio.gather(*(self._list(resource) for resource in watched))
        for resource, version in zip(watched, versions, strict=True):
            self._tasks.append(asyncio.create_task(self._follow(resource, version)))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- what is known ------------------------------------------------------------------------------------------

    def objects(self) -> Objects:
        """All that is known now. Raises what has kept this from being the present for too long."""
        if self._failure is not None:
            raise self._failure
        return Objects(
            rollouts=self._store.of(ROLLOUTS),
            analysis_runs=self._store.of(ANALYSIS_RUNS),
            replica_sets=self._store.of(REPLICA_SETS),
            pods=self._store.of(PODS),
            events=self._store.of(EVENTS),
            templates=(*self._store.of(ANALYSIS_TEMPLATES), *self._store.of(CLUSTER_ANALYSIS_TEMPLATES)),
            applications=self._store.of(APPLICATIONS),
        )

    async def states(self) -> AsyncGenerator[Objects]:
        """All that is known now, then all of it after each change.

        Each state is newer than the one before. A listener that takes them more slowly than they come gets every one
        of them up to listeners.KEPT_STATES behind; beyond that states are skipped, and it gets the newest.
        """
        listener = Listener[Objects | PlatformError](KEPT_STATES)
        listener.put(self.objects())
        self._listeners.add(listener)
        try:
            while True:
                state = await listener.get()
                if isinstance(state, PlatformError):
                    raise state
                yield state
        finally:
            self._listeners.discard(listener)
            if listener.skipped:
                log.warning("slow listener", skipped_states=listener.skipped)

    async def until_delivered(self, resource: Resource, changed: Object) -> None:
        """Return when the watch has caught up with a change that was made here: `changed` is the answer to it.

        So whoever changes something sees it changed, and nobody sees it before what had happened until then. A watch
        that does not catch up in 10 s is not waited for any longer.
        """
        version = resource_version(changed)
        try:
            async with asyncio.timeout(_DELIVERY_LIMIT_S):
                while self._failure is None and self._delivered.get(resource, -1) < version:
                    await self._delivery.wait()
        except TimeoutError:
            log.warning("change not delivered", kind=resource.kind, name=changed["metadata"]["name"], version=version)
        if self._delivered.get(resource, -1) < version and self._store.put(resource, changed):
            self._publish()

    def _publish(self) -> None:
        """To everybody who listens: all that is known, or why that is not the present."""
        if self._listeners:
            state = self._failure or self.objects()
            for listener in self._listeners:
                listener.put(state)

    def _delivered_up_to(self, resource: Resource, version: int) -> None:
        self._delivered[resource] = version
        self._wake()

    def _wake(self) -> None:
        """Whoever waits for a delivery looks again."""
        self._delivery.set()
        self._delivery = asyncio.Event()

    # --- listing and following ----------------------------------------------------------------------------------

    async def _follow(self, resource: Resource, version: int | None) -> None:
        tries = 0
        while True:
            try:
                if version is None:
                    version = await self._list(resource)
                version = await self._stream(resource, version)
                tries = 0
                log.debug("watch ended by the server", kind=resource.kind, version=version)
            except (Refused, Unreachable) as error:
                version = None
                self._lost(resource, error)
                asked = error.retry_after_s if isinstance(error, Unreachable) else 0.0
                wait = min(wait_s(WATCH_BACKOFF_S, tries, asked), _LOST_S)
                log.info("watch lost", kind=resource.kind, after_s=wait, error=str(error))
                await asyncio.sleep(wait)
                tries += 1
            except Exception as error:
                # A defect of ours, or an object of a shape that no API server gives: silence would look like rest.
                log.exception("watch failed", kind=resource.kind)
                self._lost_since.setdefault(resource, time.monotonic())
                self._fail(PlatformFailed(f"{resource.title} can no longer be watched: {error!r}."))
                raise

    async def _list(self, resource: Resource) -> int:
        """Returns the version from which a watch goes on."""
        found = await self._cluster.get(self._path(resource), self._queries.get(resource))
        version, listed = resource_version(found), found["items"]
        if version < self._delivered.get(resource, -1):
            log.warning("the cluster was set back to an earlier state", kind=resource.kind, version=version)
            self._store.clear(resource)
        await self._read_before(resource, listed)
        if resource in self._lost_since:
            log.info("watch found again", kind=resource.kind, version=version)
        self._lost_since.pop(resource, None)
        if not self._lost_since:
            self._failure = None
        if self._store.replace(resource, listed, version):
            await self._read_cluster_templates(resource)
            self._publish()
        self._delivered_up_to(resource, version)
        return version

    async def _stream(self, resource: Resource, version: int) -> int:
        """Follow until the server ends the stream; returns the version of the last thing heard of."""
        changes = self._cluster.watch(self._path(resource), str(version), self._queries.get(resource))
        async with contextlib.aclosing(changes):
            async for change in changes:
                one, kind = change["object"], change["type"]
                if kind == "ERROR":
                    raise Refused(one.get("code", 500), f"The cluster ended a watch: {one.get('message')}.")
                version = resource_version(one)
                if await self._take(resource, kind, one):
                    self._publish()
                self._delivered_up_to(resource, version)
        return version

    async def _take(self, resource: Resource, kind: str, one: Object) -> bool:
        """Take what a watch delivers; returns whether it is news."""
        if kind == "BOOKMARK":
            return False
        if kind == "DELETED":
            return self._store.remove(resource, one)
        await self._read_before(resource, (one,))
        changed = self._store.put(resource, one)
        await self._read_cluster_templates(resource)
        return changed

    async def _read_before(self, resource: Resource, news: Iterable[Object]) -> None:
        """What has to be known before these states of Rollouts can be shown: the AnalysisRuns they react to.

        Whatever the controller had read when it wrote a state is in a list that is asked for after that state is heard.
        """
        if resource != ROLLOUTS:
            return
        before = {one["metadata"]["uid"]: one for one in self._store.of(ROLLOUTS)}
        runs = self._store.of(ANALYSIS_RUNS)
        ahead = [one for one in news if is_ahead_of_runs(one, before.get(one["metadata"]["uid"]), runs)]
        if ahead:
            log.debug("runs read before their rollout", rollouts=[one["metadata"]["name"] for one in ahead])
            path = ANALYSIS_RUNS.path(self._namespace)
            for run in (await self._cluster.get(path, self._queries.get(ANALYSIS_RUNS)))["items"]:
                self._store.put(ANALYSIS_RUNS, run)

    async def _read_cluster_templates(self, resource: Resource) -> None:
        """Read each ClusterAnalysisTemplate that is named, once. They are not watched: few users may do that."""
        if resource not in (ROLLOUTS, ANALYSIS_TEMPLATES):
            return
        while missing := self._named_cluster_templates() - self._asked_for:
            for name in sorted(missing):
                self._asked_for.add(name)
                try:
                    found = await self._cluster.find(CLUSTER_ANALYSIS_TEMPLATES.path(None, name))
                except Refused as refused:
                    log.info("template not read", name=name, error=str(refused))
                else:
                    if found is not None:
                        self._store.put(CLUSTER_ANALYSIS_TEMPLATES, found)

    def _named_cluster_templates(self) -> set[str]:
        templates = (*self._store.of(ANALYSIS_TEMPLATES), *self._store.of(CLUSTER_ANALYSIS_TEMPLATES))
        return named_cluster_templates(self._store.of(ROLLOUTS), templates)

    def _path(self, resource: Resource) -> str:
        return resource.path(self._elsewhere.get(resource, self._namespace))

    # --- losing the cluster -------------------------------------------------------------------------------------

    def _lost(self, resource: Resource, error: PlatformError) -> None:
        """A short absence is nobody's business; a long one, or a no, is raised wherever somebody reads or listens."""
        since = self._lost_since.setdefault(resource, time.monotonic())
        if isinstance(error, Refused) and error.status in (401, 403):
            self._fail(error)
        elif time.monotonic() - since > _LOST_S:
            self._fail(PlatformFailed(f"Nothing was heard of the cluster for {_LOST_S:.0f} s: {error}"))

    def _fail(self, error: PlatformError) -> None:
        if self._failure is None:
            log.warning("objects are no longer current", error=str(error))
        self._failure = error
        self._publish()
        self._wake()
