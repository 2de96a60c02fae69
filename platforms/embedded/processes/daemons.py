"""A program that has to be there: started, watched until it answers, started again when it is gone."""

import asyncio
import contextlib
from typing import Any

import aiohttp

from platforms.embedded.processes.processes import Processes
from platforms.embedded.processes.program import Program
from seam.errors import PlatformFailed

_BACKOFF_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0)


class Daemon:
    """`health` is the address that answers 200 once the program serves."""

    def __init__(
        self,
        program: Program,
        health: str,
        processes: Processes,
        session: aiohttp.ClientSession,
        start_limit_s: float = 15.0,
    ) -> None:
        self._program, self._health = program, health
        self._processes, self._session, self._start_limit_s = processes, session, start_limit_s
        self._child = processes.adopt(program) if program.started is not None else None
        self._keeper: asyncio.Task[None] | None = None
        self._up = asyncio.Event()
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        child = self._child
        return child.pid.result() if child is not None and child.alive and child.pid.done() else None

    async def start(self) -> None:
        """Return once it serves. Raises PlatformFailed with the end of its log if it does not in time."""
        self._keeper = asyncio.create_task(self._keep())
        try:
            await asyncio.wait_for(self._up.wait(), self._start_limit_s)
        except TimeoutError:
            log = self._processes.log_of(self._program.name)
            said = log.read_text(errors="replace")[-600:] if log.exists() else "nothing"
            limit = f"{self._start_limit_s:g} s"
            raise PlatformFailed(f"{self._program.name} did not start in {limit}; it said: {said.strip()}") from None

    async def stop(self, grace: float = 2.0) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self._child is not None:
            await self._processes.stop(self._child, grace=grace)

    async def _keep(self) -> None:
        failures = 0
        while True:
            if self._child is None:
                self._child = await self._processes.spawn_program(self._program.name, self._program.command)
            healthy = asyncio.create_task(self._until_healthy())
            try:
                ends: list[asyncio.Future[Any]] = [healthy, self._child.code]
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                if self._child.alive:
                    failures = 0
                    self._up.set()
                    await asyncio.wait([self._child.code])
            finally:
                healthy.cancel()
            self._child = None
            self.restarts += 1
            await asyncio.sleep(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
            failures += 1

    async def _until_healthy(self) -> None:
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with self._session.get(self._health, timeout=aiohttp.ClientTimeout(1)) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.02)
