"""The page's own stream of tiles (`/faces/stream`), read by a terminal: each tile one real request through the app."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import aiohttp

from faces.cli.drawing.watched import Watched
from seam.errors import PlatformError
from seam.platform import Platform

_SOON_S, _LATER_S = 0.5, 5.0
# The page's server says something at least once a second.
_SILENT_S = 5.0


async def stream_tiles(platform: Platform, watched: Watched) -> None:
    """Tell `watched` of each tile, and why there are none; tries again until cancelled."""
    while True:
        try:
            gui = (await platform.view()).gui
        except PlatformError as error:
            watched.lost(str(error))
            await asyncio.sleep(_LATER_S)
            continue
        why, again_s = await _follow(gui, watched)
        watched.lost(why)
        await asyncio.sleep(again_s)


async def _follow(gui: str, watched: Watched) -> tuple[str, float]:
    """Until the stream ends: why it did, and when to ask again."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_SILENT_S, sock_read=_SILENT_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(f"{gui}stream") as answer:
            if answer.status != 200:
                return f"{gui} has no stream of tiles, it answers {answer.status}.", _LATER_S
            rest = b""
            async for chunk in answer.content.iter_any():
                *whole, rest = (rest + chunk).split(b"\n\n")
                _tell(whole, watched)
    except TimeoutError:
        return f"{gui} has said nothing for {_SILENT_S:g} s.", _SOON_S
    except aiohttp.ClientError as error:
        return f"{gui} cannot be reached: {error}.", _SOON_S
    return f"{gui} has ended its stream.", _SOON_S


def _tell(blocks: list[bytes], watched: Watched) -> None:
    for event, said in events_in(blocks):
        if event == "hello":
            watched.hello(said["rows"], said["cols"])
        elif event == "message":
            watched.answered(said, time.time())


def events_in(blocks: list[bytes]) -> Iterator[tuple[str, Any]]:
    """Server-sent events with their JSON; those without data say only that all is well."""
    for block in blocks:
        fields = [line.partition(": ") for line in block.decode("utf-8", "replace").splitlines()]
        data = "\n".join(value for name, _, value in fields if name == "data")
        if data:
            yield next((value for name, _, value in fields if name == "event"), "message"), json.loads(data)
