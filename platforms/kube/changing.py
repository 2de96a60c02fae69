"""What people do to a Rollout, sent to the API, and its answer shown to whoever watches."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from platforms.kube.client import JSON_PATCH, Cluster
from platforms.kube.commands import Patches, replaced_template
from platforms.kube.refusals import Refused
from platforms.kube.resources import REPLICA_SETS, ROLLOUTS, Object
from platforms.kube.views import is_observed, owned_by
from platforms.kube.watching import Watching
from seam.errors import PlatformFailed

# Of a Rollout and its ReplicaSets; None: nothing is to be changed.
NewTemplate = Callable[[Object, list[Object]], Mapping[str, Any] | None]

_OBSERVED_LIMIT_S = 10.0
_LOOK_S = 0.1
_TRIES = 5


class Changing:
    """Changes the Rollouts of one namespace."""

    def __init__(self, cluster: Cluster, watching: Watching, namespace: str) -> None:
        self._cluster, self._watching, self._namespace = cluster, watching, namespace

    async def command(self, name: str, command: Callable[[Object], Patches]) -> None:
        """What `command` makes of the Rollout as it is now."""
        patches = command(await self._observed(name))
        path = ROLLOUTS.path(self._namespace, name)
        for target, patch in ((f"{path}/status", patches.status), (path, patches.spec)):
            if patch is not None:
                self._watching.saw(ROLLOUTS, await self._cluster.patch(target, patch))

    async def template(self, name: str, change: NewTemplate) -> None:
        """The pod template that `change` makes; it is asked again when somebody else was faster."""
        path = ROLLOUTS.path(self._namespace, name)
        template: Mapping[str, Any] | None = None
        for _ in range(_TRIES):
            rollout = await self._cluster.get(path)
            if template == rollout["spec"]["template"]:  # it was taken, and only the answer was lost
                self._watching.saw(ROLLOUTS, rollout)
                return
            replica_sets = (await self._cluster.get(REPLICA_SETS.path(self._namespace)))["items"]
            template = change(rollout, owned_by(rollout, replica_sets))
            if template is None:
                return
            try:
                changed = await self._cluster.patch(path, replaced_template(rollout, template), JSON_PATCH)
            except Refused as refused:
                if refused.status != 409:
                    raise
            else:
                self._watching.saw(ROLLOUTS, changed)
                return
        raise PlatformFailed(f"Rollout {name} was changed by somebody else each of the {_TRIES} times it was tried.")

    async def _observed(self, name: str) -> Object:
        """The Rollout, once its controller has looked at its spec: a command given before is undone by that look."""
        try:
            async with asyncio.timeout(_OBSERVED_LIMIT_S):
                while not is_observed(rollout := await self._cluster.get(ROLLOUTS.path(self._namespace, name))):
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            limit = f"{_OBSERVED_LIMIT_S:.0f} s"
            raise PlatformFailed(f"No controller has looked at Rollout {name} for {limit}; is it running?") from None
        return rollout
