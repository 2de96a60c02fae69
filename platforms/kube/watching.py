"""The objects of one namespace, kept as they are: listed once, then followed change by change.

A watch that is lost (the API server restarts, the network does, the server has forgotten the past: 410) is begun
anew with a list. Nobody notices but by the time it takes.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Iterable, Mapping

from platforms.kube.client import Cluster, Unreachable
from platforms.kube.refusals import Refused
from platforms.kube.resources import ANALYSIS_RUNS, PODS, REPLICA_SETS, ROLLOUTS, Object, Resource
from platforms.kube.views import Objects
from seam.errors import PlatformError, PlatformFailed

WATCHED = (ROLLOUTS, ANALYSIS_RUNS, REPLICA_SETS, PODS)
# The first is immediate: most watches are lost for a reason that is gone when they are asked for again.
_BACKOFF_S = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0)
# A Rollout reacts to a measurement within some 20 ms, and the two come by different streams: that much later is a
# Rollout believed, so that nobody sees it aborted without the reason. Its own changes keep their order.
_BEHIND_S = 0.02
# An API server that restarts is back long before.
_LOST_S = 60.0


class Store:
    """The newest known state of each object. Pure, but for what it is told."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._known: dict[Resource, dict[str, Object]] = {resource: {} for resource in resources}

    def of(self, resource: Resource) -> tuple[Object, ...]:
        return tuple(self._known[resource].values())

    def replace(self, resource: Resource, listed: Iterable[Object]) -> bool:
        """Take a list as the whole truth; returns whether anything is different now."""
        before, after = self._known[resource], {str(one["metadata"]["uid"]): one for one in listed}
        self._known[resource] = after
        return _versions(before) != _versions(after)

    def put(self, resource: Resource, one: Object) -> bool:
        """Take a state, unless a newer one is known: an answer may be overtaken by the watch that tells of it."""
        known = self._known[resource]
        before = known.get(one["metadata"]["uid"])
        if before is not None and _version(before) >= _version(one):
            return False
        known[one["metadata"]["uid"]] = one
        return True

    def remove(self, resource: Resource, one: Object) -> bool:
        return self._known[resource].pop(one["metadata"]["uid"], None) is not None


class Watching:
    """Follows one namespace from `start` to `close`. `selectors` narrows a kind to a label selector."""

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        selectors: Mapping[Resource, str],
        resources: tuple[Resource, ...] = WATCHED,
    ) -> None:
        self._cluster, self._namespace, self._selectors = cluster, namespace, selectors
        self._resources = resources
        self._store = Store(resources)
        self._tasks: list[asyncio.Task[None]] = []
        self._listeners: set[asyncio.Queue[Objects | PlatformError]] = set()
        self._lost_since: dict[Resource, float] = {}
        self._failure: PlatformError | None = None

    async def start(self) -> None:
        """Return when everything was listed once."""
        versions = await asyncio.gather(*(self._list(resource) for resource in self._resources))
        for resource, version in zip(self._resources, versions, strict=True):
            self._tasks.append(asyncio.create_task(self._follow(resource, version)))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def objects(self) -> Objects:
        """All that is known now. Raises what has kept this from being the present for too long."""
        if self._failure is not None:
            raise self._failure
        return Objects(*(self._store.of(resource) for resource in WATCHED))

    def saw(self, resource: Resource, one: Object) -> None:
        """An answer of the API server is news, too: whoever changed something sees it changed."""
        if self._store.put(resource, one):
            self._tell()

    async def states(self) -> AsyncGenerator[Objects]:
        """All that is known now, then all of it after each change: none is missed by whoever is slow to take them."""
        changes: asyncio.Queue[Objects | PlatformError] = asyncio.Queue()
        changes.put_nowait(self.objects())
        self._listeners.add(changes)
        try:
            while True:
                state = await changes.get()
                if isinstance(state, PlatformError):
                    raise state
                yield state
        finally:
            self._listeners.discard(changes)

    def _tell(self) -> None:
        if self._listeners:
            state = self._failure or self.objects()
            for listener in self._listeners:
                listener.put_nowait(state)

    async def _follow(self, resource: Resource, version: str | None) -> None:
        tries = 0
        while True:
            try:
                if version is None:
                    version = await self._list(resource)
                version = await self._stream(resource, version)
                tries = 0
            except (Refused, Unreachable) as error:
                version = None
                self._lost(resource, error)
                await asyncio.sleep(_BACKOFF_S[min(tries, len(_BACKOFF_S) - 1)])
                tries += 1
            except Exception as error:
                # A defect of ours, or an object of a shape that no API server gives: silence would look like rest.
                self._fail(PlatformFailed(f"{resource.title} can no longer be followed: {error!r}."))
                raise

    async def _list(self, resource: Resource) -> str:
        """Returns the version from which a watch goes on."""
        found = await self._cluster.get(resource.path(self._namespace), self._selector(resource))
        self._lost_since.pop(resource, None)
        if not self._lost_since:
            self._failure = None
        if self._store.replace(resource, found["items"]):
            self._tell()
        return str(found["metadata"]["resourceVersion"])

    async def _stream(self, resource: Resource, version: str) -> str:
        """Follow until the server ends the stream; returns the version of the last thing heard of."""
        changes = self._cluster.watch(resource.path(self._namespace), version, self._selector(resource))
        async with contextlib.aclosing(changes):
            async for change in changes:
                one, kind = change["object"], change["type"]
                if kind == "ERROR":
                    raise Refused(one.get("code", 500), f"The cluster ended a watch: {one.get('message')}.")
                version = one["metadata"]["resourceVersion"]
                if resource == ROLLOUTS and kind != "BOOKMARK":
                    await asyncio.sleep(_BEHIND_S)
                if kind == "DELETED":
                    changed = self._store.remove(resource, one)
                else:
                    changed = kind != "BOOKMARK" and self._store.put(resource, one)
                if changed:
                    self._tell()
        return version

    def _lost(self, resource: Resource, error: PlatformError) -> None:
        """A short absence is nobody's business; a long one, or a no, is said to everybody who waits."""
        since = self._lost_since.setdefault(resource, time.monotonic())
        if isinstance(error, Refused) and error.status in (401, 403):
            self._fail(error)
        elif time.monotonic() - since > _LOST_S:
            self._fail(PlatformFailed(f"Nothing was heard of the cluster for {_LOST_S:.0f} s: {error}"))

    def _fail(self, error: PlatformError) -> None:
        self._failure = error
        self._tell()

    def _selector(self, resource: Resource) -> dict[str, str]:
        selector = self._selectors.get(resource)
        return {"labelSelector": selector} if selector else {}


def _version(one: Object) -> int:
    """Kubernetes defines resource versions as numbers that grow (KEP-5504, and so they did before it)."""
    return int(one["metadata"]["resourceVersion"])


def _versions(known: Mapping[str, Object]) -> dict[str, int]:
    return {uid: _version(one) for uid, one in known.items()}
