"""When a run that was applied is up: its Rollouts are Healthy, and somebody is served."""

import asyncio
import contextlib
from collections.abc import Callable

import aiohttp

from platforms.errors import PlatformFailed
from platforms.kube.complaints import complaint
from platforms.kube.views import phase_of
from platforms.kube.watching import Watching

_HEALTHY_LIMIT_S = 180.0
_SERVED_LIMIT_S = 60.0
_LOOK_S = 0.1


async def until_healthy(watching: Watching, say: Callable[[str], None]) -> None:
    """Return when every Rollout is. PlatformFailed: what keeps the first one that is not."""
    waiting: list[str] = []
    told: list[str] = []
    try:
        async with asyncio.timeout(_HEALTHY_LIMIT_S):
            async for objects in watching.states():
                missing = [rollout for rollout in objects.rollouts if phase_of(rollout)[0] != "Healthy"]
                if not missing:
                    return
                waiting = sorted(rollout["metadata"]["name"] for rollout in missing)
                if waiting != told:
                    told = waiting
                    say(f"Waiting for {', '.join(waiting)}.")
    except TimeoutError:
        objects = watching.objects()
        why = next(complaint(one, objects) for one in objects.rollouts if one["metadata"]["name"] == waiting[0])
        raise PlatformFailed(f"Not everything is ready after {_HEALTHY_LIMIT_S:.0f} s. {why}") from None


async def until_served(page: str, where: str) -> None:
    """Return when `page` is answered with 200. PlatformFailed: how it was answered last; `where` says whose it is."""
    said = "it does not answer"
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(_SERVED_LIMIT_S):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(page) as answer:
                        if answer.status == 200:
                            return
                        said = f"it answers {answer.status}"
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        raise PlatformFailed(f"Nobody is served at {where} after {_SERVED_LIMIT_S:.0f} s: {said}.") from None
