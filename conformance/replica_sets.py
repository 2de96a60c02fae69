"""Plays the ReplicaSet controller: pods are only numbers, and become ready at the same times as in the simulation.

So the two sides differ only in the controller, not in the order in which some pods happened to become ready.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

from conformance.played_pods import PlayedPods, number_of
from conformance.scenario import image_of
from platforms.kube.client import Cluster
from platforms.kube.refusals import Refused
from platforms.kube.resources import PODS, REPLICA_SETS, Object, Resource
from rollouts.pods import Pods

# (namespace, image) -> seconds, None for never
Startup = Callable[[str, str], float | None]


async def play_replica_sets(cluster: Cluster, startup: Startup, has_pods: Callable[[str], bool]) -> None:
    """Run until cancelled. In namespaces for which `has_pods` is true, pods are objects as well."""
    kept: dict[str, _Kept] = {}
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_evict(cluster, kept))
        async with contextlib.aclosing(_changes(cluster, REPLICA_SETS)) as changes:
            async for kind, one in changes:
                uid = one["metadata"]["uid"]
                if kind == "DELETED":
                    kept.pop(uid).ended.cancel()
                elif uid not in kept:
                    pods = PlayedPods(cluster, one) if has_pods(one["metadata"]["namespace"]) else None
                    kept[uid] = _Kept(cluster, startup, pods)
                    kept[uid].ended = tasks.create_task(kept[uid].keep(one))
                else:
                    kept[uid].changed(one)


async def _evict(cluster: Cluster, kept: Mapping[str, "_Kept"]) -> None:
    async with contextlib.aclosing(_changes(cluster, PODS)) as changes:
        async for kind, pod in changes:
            owners = [kept.get(owner["uid"]) for owner in pod["metadata"].get("ownerReferences") or ()]
            for owner in owners:
                if kind == "DELETED" and owner is not None:
                    owner.evicted(number_of(pod["metadata"]["name"]))


async def _changes(cluster: Cluster, resource: Resource) -> AsyncGenerator[tuple[str, Object], None]:
    """(ADDED, MODIFIED or DELETED, object) of every change from now on."""
    version = (await cluster.get(resource.path()))["metadata"]["resourceVersion"]
    while True:
        async with contextlib.aclosing(cluster.watch(resource.path(), version)) as changes:
            async for change in changes:
                version = change["object"]["metadata"]["resourceVersion"]
                if change["type"] != "BOOKMARK":
                    yield change["type"], change["object"]


class _Kept:
    """One ReplicaSet. Its status reports the pods that its spec asks for, once they would be ready."""

    ended: asyncio.Task[None]

    def __init__(self, cluster: Cluster, startup: Startup, objects: PlayedPods | None) -> None:
        self._cluster, self._startup, self._objects = cluster, startup, objects
        self._wanted: Object = {}
        self._news = asyncio.Event()
        self._pods = Pods()

    def changed(self, wanted: Object) -> None:
        self._wanted = wanted
        self._news.set()

    def evicted(self, number: int) -> None:
        self._pods.evict(number, time.time(), self._seconds)
        self._news.set()

    @property
    def _seconds(self) -> float | None:
        return self._startup(self._wanted["metadata"]["namespace"], image_of(self._wanted["spec"]["template"]))

    async def keep(self, wanted: Object) -> None:
        self.changed(wanted)
        told: dict[str, Any] = {}
        while True:
            self._news.clear()
            metadata, spec = self._wanted["metadata"], self._wanted["spec"]
            now, min_ready = time.time(), spec.get("minReadySeconds", 0)
            if spec.get("replicas", 0) != len(self._pods.ready_at):
                self._pods.scale(spec.get("replicas", 0), now, self._seconds)
            if self._objects is not None:
                await self._objects.follow(self._pods, now)
            replicas, ready, available = self._pods.counts(min_ready, now)
            status = {
                "replicas": replicas,
                "fullyLabeledReplicas": replicas,
                "readyReplicas": ready,
                "availableReplicas": available,
                "observedGeneration": metadata["generation"],
            }
            if status != told:
                await self._tell(status)
                told = status
            change = self._pods.next_change(min_ready, now)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), None if change is None else max(0.0, change - time.time()))

    async def _tell(self, status: dict[str, Any]) -> None:
        metadata = self._wanted["metadata"]
        path = REPLICA_SETS.path(metadata["namespace"], metadata["name"], "status")
        try:
            await self._cluster.patch(path, {"status": status})
        except Refused as refused:
            if refused.status != 404:  # it went just now
                raise
