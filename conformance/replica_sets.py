"""The ReplicaSets' side of the world, played: pods that exist in numbers only, the same as in the virtual one.

So only the two controllers differ, and not the order in which some pods happened to become ready.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

from conformance.scenario import image_of
from platforms.kube.client import Cluster
from platforms.kube.refusals import Refused
from platforms.kube.resources import REPLICA_SETS, Object
from rollouts.pods import Pods

# (namespace, image) -> seconds, None for never
Startup = Callable[[str, str], float | None]


async def play_replica_sets(cluster: Cluster, startup: Startup) -> None:
    """Until cancelled."""
    version = (await cluster.get(REPLICA_SETS.path()))["metadata"]["resourceVersion"]
    kept: dict[str, _Kept] = {}
    async with asyncio.TaskGroup() as tasks:
        while True:
            async with contextlib.aclosing(cluster.watch(REPLICA_SETS.path(), version)) as changes:
                async for change in changes:
                    one = change["object"]
                    version = one["metadata"]["resourceVersion"]
                    if change["type"] == "BOOKMARK":
                        continue
                    uid = one["metadata"]["uid"]
                    if change["type"] == "DELETED":
                        kept.pop(uid).ended.cancel()
                    elif uid not in kept:
                        kept[uid] = _Kept(cluster, startup)
                        kept[uid].ended = tasks.create_task(kept[uid].keep(one))
                    else:
                        kept[uid].changed(one)


class _Kept:
    """One ReplicaSet, whose status says what its spec asks for, as soon as that is so."""

    ended: asyncio.Task[None]

    def __init__(self, cluster: Cluster, startup: Startup) -> None:
        self._cluster, self._startup = cluster, startup
        self._wanted: Object = {}
        self._news = asyncio.Event()
        self._pods = Pods()

    def changed(self, wanted: Object) -> None:
        self._wanted = wanted
        self._news.set()

    async def keep(self, wanted: Object) -> None:
        self.changed(wanted)
        told: dict[str, Any] = {}
        while True:
            self._news.clear()
            metadata, spec = self._wanted["metadata"], self._wanted["spec"]
            now, min_ready = time.time(), spec.get("minReadySeconds", 0)
            seconds = self._startup(metadata["namespace"], image_of(spec["template"]))
            if spec.get("replicas", 0) != len(self._pods.ready_at):
                self._pods.scale(spec.get("replicas", 0), now, seconds)
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
