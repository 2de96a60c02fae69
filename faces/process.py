"""What a condition does to the process itself: it ends, grows, or burns CPU.

Faults that are made of the real thing: whoever looks from outside, a kernel, a kubelet, a neighbour, sees what it would
see of a program that is bad by itself.
"""

import asyncio
import hashlib
import math
import mmap
import os
import threading
import time
from collections.abc import Callable

from faces.faults import HEALTHY, Condition

Leave = Callable[[int], None]
MB = 1_000_000
# The exit code of a process that TERM has ended, as a shell and a container runtime show it.
TERMINATED = 128 + 15
_GROWS_EVERY_S = 0.05
_BURN_PERIOD_S = 0.05
# Large enough that hashing it lets other threads run (the GIL is released), and done in a fraction of a millisecond.
_BLOCK = bytes(64 * 1024)


class Process:
    """Follows the condition of a replica. `leave` ends the process, without a word to anybody."""

    def __init__(self, clock: Callable[[], float], leave: Leave = os._exit) -> None:
        self._clock, self._leave = clock, leave
        self._condition = HEALTHY
        self._leaking: asyncio.Task[None] | None = None
        self._burners: list[Burner] = []

    async def become(self, condition: Condition) -> None:
        before, self._condition = self._condition, condition
        if condition.exits is not None:
            self._leave(condition.exits)
        if (before.leaks_mb_per_s, before.leaks_mb) != (condition.leaks_mb_per_s, condition.leaks_mb):
            await self._leak(condition.leaks_mb_per_s, condition.leaks_mb)
        if before.burns_cores != condition.burns_cores:
            await self._burn(condition.burns_cores)

    def terminated(self) -> None:
        """TERM has come: end now, if that is what the replica does instead of draining."""
        if self._condition.drops:
            self._leave(TERMINATED)

    async def close(self) -> None:
        await self._leak(0, 0)
        await self._burn(0)

    async def _leak(self, mb_per_s: float, most: float) -> None:
        if self._leaking is not None:
            self._leaking.cancel()
            await asyncio.gather(self._leaking, return_exceptions=True)
        self._leaking = None
        if mb_per_s > 0:
            self._leaking = asyncio.ensure_future(self._grow(self._clock(), mb_per_s, most))

    async def _grow(self, begun: float, mb_per_s: float, most: float) -> None:
        leak = Leak()
        try:
            while True:
                leak.grow_to(round(min((self._clock() - begun) * mb_per_s, most) * MB))
                await asyncio.sleep(_GROWS_EVERY_S)
        finally:
            leak.end()

    async def _burn(self, cores: float) -> None:
        ended, threads = self._burners, math.ceil(cores)
        self._burners = [Burner(cores / threads) for _ in range(threads)]
        for burner in ended:
            burner.ended.set()
        for burner in ended:
            await asyncio.to_thread(burner.join)


class Leak:
    """Memory that is really taken: each page of it is written to."""

    def __init__(self) -> None:
        self._blocks: list[mmap.mmap] = []
        self._held = 0

    def grow_to(self, size: int) -> None:
        missing = size - self._held
        if missing < mmap.PAGESIZE:
            return
        block = mmap.mmap(-1, missing, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        block[:: mmap.PAGESIZE] = b"x" * math.ceil(missing / mmap.PAGESIZE)
        self._blocks.append(block)
        self._held = size

    def end(self) -> None:
        for block in self._blocks:
            block.close()
        self._blocks.clear()


class Burner(threading.Thread):
    """Burns a share of one core: so much of its own CPU time in each short period."""

    def __init__(self, share: float) -> None:
        super().__init__(name="burner", daemon=True)
        self.ended = threading.Event()
        self._share = share
        self.start()

    def run(self) -> None:
        budget = 0.0
        while not self.ended.is_set():
            began, used = time.monotonic(), time.thread_time()
            budget = owed(budget, self._share)
            while time.thread_time() - used < budget and time.monotonic() - began < _BURN_PERIOD_S:
                hashlib.sha256(_BLOCK)
            budget -= time.thread_time() - used
            self.ended.wait(max(0.0, began + _BURN_PERIOD_S - time.monotonic()))


def owed(left: float, share: float) -> float:
    """The CPU time to burn in the next period. What a busy machine has not given is not made up for later."""
    each = share * _BURN_PERIOD_S
    return min(left + each, each)
