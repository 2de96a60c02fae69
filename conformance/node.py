"""What a node would say of pods: that they are ready, after as many seconds as the scenario says."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from conformance.scenario import image_of
from platforms.kube.client import Cluster
from platforms.kube.refusals import Refused
from platforms.kube.resources import PODS

# (namespace, image) -> seconds, None for never
Startup = Callable[[str, str], float | None]


async def play_node(cluster: Cluster, startup: Startup) -> None:
    """Until cancelled."""
    version = (await cluster.get(PODS.path()))["metadata"]["resourceVersion"]
    async with asyncio.TaskGroup() as starting:
        while True:
            async with contextlib.aclosing(cluster.watch(PODS.path(), version)) as changes:
                async for change in changes:
                    version = change["object"]["metadata"]["resourceVersion"]
                    if change["type"] == "ADDED":
                        starting.create_task(_start(cluster, change["object"], startup))


async def _start(cluster: Cluster, pod: Any, startup: Startup) -> None:
    namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
    seconds = startup(namespace, image_of(pod))
    if seconds is None:
        return
    await asyncio.sleep(seconds)
    conditions = [{"type": kind, "status": "True"} for kind in ("PodScheduled", "ContainersReady", "Ready")]
    status = {"status": {"phase": "Running", "conditions": conditions}}
    try:
        await cluster.patch(PODS.path(namespace, name, "status"), status)
    except Refused as refused:
        if refused.status != 404:  # it went before it was ready
            raise
