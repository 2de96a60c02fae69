"""What people do to a Rollout, sent to the API; each verb returns when the watch has delivered the change."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from platforms.kube.client import JSON_PATCH, Cluster
from platforms.kube.commands import Patches, replaced_template
from platforms.kube.log import log
from platforms.kube.objects import Objects, is_observed, is_of_this_template, owned_by
from platforms.kube.refusals import Refused
from platforms.kube.resources import REPLICA_SETS, ROLLOUTS, Object
from platforms.kube.watching import Watching
from seam.errors import PlatformFailed

# The pod template that a Rollout gets, made from it and from its ReplicaSets.
NewTemplate = Callable[[Object, list[Object]], Mapping[str, Any]]

_OBSERVED_LIMIT_S = 10.0
_TRIES = 5


class Changing:
    """Changes the Rollouts of one namespace."""

    def __init__(self, cluster: Cluster, watching: Watching, namespace: str) -> None:
        self._cluster, self._watching, self._namespace = cluster, watching, namespace

    async def command(self, name: str, command: Callable[[Object], Patches]) -> None:
        """Apply what `command` makes of the Rollout as it is now."""
        patches = command(await self._observed(name))
        path = ROLLOUTS.path(self._namespace, name)
        for target, patch in ((f"{path}/status", patches.status), (path, patches.spec)):
            if patch is not None:
                await self._watching.until_delivered(ROLLOUTS, await self._cluster.patch(target, patch))

    async def template(self, name: str, change: NewTemplate) -> None:
        """Give the Rollout the pod template that `change` makes; ask again if the Rollout has changed meanwhile."""
        path = ROLLOUTS.path(self._namespace, name)
        template: Mapping[str, Any] | None = None
        for tries in range(_TRIES):
            rollout = await self._cluster.get(path)
            if template != rollout["spec"]["template"]:  # else it was accepted, and only the answer was lost
                replica_sets = (await self._cluster.get(REPLICA_SETS.path(self._namespace)))["items"]
                template = change(rollout, owned_by(rollout, replica_sets))
                try:
                    rollout = await self._cluster.patch(path, replaced_template(rollout, template), JSON_PATCH)
                except Refused as refused:
                    if refused.status != 409:
                        raise
                    log.info("patch retried", rollout=name, tries=tries + 1, error=str(refused))
                    continue
            await self._watching.until_delivered(ROLLOUTS, rollout)
            return
        raise PlatformFailed(
            f"Rollout {name} was changed by somebody else each of the {_TRIES} times that it was to be changed."
        )

    async def _observed(self, name: str) -> Object:
        """The Rollout, once its controller has looked at its spec: a command given before is undone by that look."""
        try:
            async with asyncio.timeout(_OBSERVED_LIMIT_S), contextlib.aclosing(self._watching.states()) as states:
                async for objects in states:
                    if _is_judged(name, objects):
                        # Read again: a command is a patch of what is there now, and the watch is a moment behind.
                        rollout = await self._cluster.get(ROLLOUTS.path(self._namespace, name))
                        if is_observed(rollout):
                            return rollout
        except TimeoutError:
            pass
        limit = f"{_OBSERVED_LIMIT_S:.0f} s"
        raise PlatformFailed(f"No controller has looked at Rollout {name} for {limit}; is it running?")


def _is_judged(name: str, objects: Objects) -> bool:
    """Whether the status is about what the Rollout is now, as far as the watch has delivered it."""
    for rollout in objects.rollouts:
        if rollout["metadata"]["name"] == name:
            return is_observed(rollout) and is_of_this_template(rollout, owned_by(rollout, objects.replica_sets))
    return False
