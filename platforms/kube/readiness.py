"""Waiting until a run is up: its Rollouts are Healthy, and the app answers."""

import asyncio
import contextlib
from collections.abc import Callable
from urllib.parse import urljoin

import aiohttp

from loadgen.grid import tiles
from loadgen.judging import Answer, judge
from platforms.kube.complaints import why_not_healthy
from platforms.kube.objects import phase_of
from platforms.kube.watching import Watching
from seam.errors import PlatformFailed

_HEALTHY_LIMIT_S = 180.0
_SERVED_LIMIT_S = 60.0
_LOOK_S = 0.1
_TILE = tiles(4, 4)[0]
_GOOD_TILES = 20
_TILE_EVERY_S = 0.05
_TILES_LIMIT_S = 15.0


async def wait_until_healthy(watching: Watching, say: Callable[[str], None]) -> None:
    """Return when every Rollout is Healthy. PlatformFailed says why the first of the others is not."""
    waiting: list[str] = []
    last: list[str] = []
    try:
        async with asyncio.timeout(_HEALTHY_LIMIT_S):
            async for objects in watching.states():
                missing = [rollout for rollout in objects.rollouts if phase_of(rollout)[0] != "Healthy"]
                if not missing:
                    return
                waiting = sorted(rollout["metadata"]["name"] for rollout in missing)
                if waiting != last:
                    last = waiting
                    say(f"Waiting for {', '.join(waiting)}.")
    except TimeoutError:
        objects = watching.objects()
        why = next(why_not_healthy(one, objects) for one in objects.rollouts if one["metadata"]["name"] == waiting[0])
        raise PlatformFailed(f"Not everything is ready after {_HEALTHY_LIMIT_S:.0f} s. {why}") from None


async def wait_until_served(page: str, where: str) -> None:
    """Return when `page` is answered with 200, and its tiles are good.

    PlatformFailed has the last answer; `where` names the page in it.
    """
    answered = "it does not answer"
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(_SERVED_LIMIT_S):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(page) as answer:
                        if answer.status == 200:
                            break
                        answered = f"it answers {answer.status}"
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        raise PlatformFailed(f"Nobody is served at {where} after {_SERVED_LIMIT_S:.0f} s: {answered}.") from None
    await _until_tiles_are_good(urljoin(page, _TILE.path))


async def _until_tiles_are_good(tile: str) -> None:
    """A page comes from one pod, a tile from several, and each Service becomes reachable at its own time.

    The first version may be bad on purpose: after a while the run counts as up all the same.
    """
    in_a_row = 0
    with contextlib.suppress(TimeoutError):
        async with aiohttp.ClientSession() as session, asyncio.timeout(_TILES_LIMIT_S):
            while in_a_row < _GOOD_TILES:
                in_a_row = in_a_row + 1 if await _is_good(session, tile) else 0
                await asyncio.sleep(_TILE_EVERY_S)


async def _is_good(session: aiohttp.ClientSession, tile: str) -> bool:
    try:
        async with session.get(tile) as answer:
            return judge("tile", Answer(answer.status, await answer.read())).error is None
    except aiohttp.ClientError:
        return False
