"""A release shown again while everything live goes on: who plays it is somebody else's, it is begun and ended here."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from chaos.record import Record

Play = Callable[[Record, float], AbstractAsyncContextManager[str]]
"""Shows a record at that speed; gives the address of the page that shows it, with /faces/ at its end."""


class Replaying:
    """At most one at a time. It lives in a task of its own: whoever ends it is not who began it."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._task: asyncio.Task[None] | None = None

    async def begin(self, record: Record, speed: float) -> str:
        """Return the page's address, once it is served."""
        await self.end()
        address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._until_ended(record, speed, address))
        first: list[asyncio.Future[Any]] = [self._task, address]
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        if not address.done():
            await self._task  # it could not begin, and says why
        return await address

    async def end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _until_ended(self, record: Record, speed: float, address: asyncio.Future[str]) -> None:
        async with self._play(record, speed) as at:
            address.set_result(at)
            await asyncio.Event().wait()
