"""Carrying courses out: lasting faults go through their phases, and followers hear what the replica is like now.

A follower is whoever can do something about a condition: a listener about its port, for one. The admin port asks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import reduce
from itertools import chain
from operator import or_
from random import Random

from faces.faults.condition import HEALTHY, Condition, Phase
from faces.faults.fault import LastingFault

Follower = Callable[[Condition], Awaitable[None]]


class Lasting:
    def __init__(
        self,
        *,
        rng: Random,
        sleep: Callable[[float], Awaitable[None]],
        count: Callable[[str], None],
        asked: Callable[[], int],
    ) -> None:
        self._rng, self._sleep, self._count, self._asked = rng, sleep, count, asked
        self._faults: dict[str, LastingFault] = {}
        self._conditions: dict[str, Condition] = {}
        self._courses: dict[str, asyncio.Task[None]] = {}
        self._followers: list[Follower] = []
        self._telling = asyncio.Lock()
        # Every answer asks for it, and it changes with a phase alone.
        self.condition = HEALTHY

    def follow(self, follower: Follower) -> None:
        self._followers.append(follower)

    async def switch(self, faults: Mapping[str, LastingFault]) -> None:
        """End the courses of faults that are gone or have changed, and begin those of the new ones.

        When it returns, the first phase of each is in force.
        """
        changed = {kind for kind in {*faults, *self._faults} if faults.get(kind) != self._faults.get(kind)}
        if not changed:
            return
        await self._cancel(changed)
        self._faults = dict(faults)
        self._conditions = {kind: kept for kind, kept in self._conditions.items() if kind not in changed}
        for kind in faults.keys() & changed:
            self._begin(faults[kind])
        self._add_up()
        await self._tell()

    async def end(self) -> None:
        """End all courses; the replica stays as it is."""
        await self._cancel(set(self._courses))

    def _begin(self, fault: LastingFault) -> None:
        rest = [] if fault.after_s is None else [Phase.rest(fault.after_s)]
        phases = iter(chain(rest, fault.course(self._asked, self._rng)))
        if (first := self._entered(fault.kind, phases)) is not None:
            self._courses[fault.kind] = asyncio.ensure_future(self._run(fault.kind, first, phases))

    async def _run(self, kind: str, phase: Phase, phases: Iterator[Phase]) -> None:
        following: Phase | None = phase
        while following is not None and following.seconds is not None:
            await self._sleep(following.seconds)
            following = self._entered(kind, phases)
            await self._tell()

    def _entered(self, kind: str, phases: Iterator[Phase]) -> Phase | None:
        """The next phase, which is in force from now on; None after the last."""
        phase = next((phase for phase in phases if phase.seconds != 0), None)
        self._conditions[kind] = HEALTHY if phase is None else phase.condition
        self._add_up()
        if self._conditions[kind] != HEALTHY:
            self._count(kind)
        return phase

    def _add_up(self) -> None:
        self.condition = reduce(or_, self._conditions.values(), HEALTHY)

    async def _cancel(self, kinds: set[str]) -> None:
        ended = [task for kind in kinds if (task := self._courses.pop(kind, None)) is not None]
        for task in ended:
            task.cancel()
        await asyncio.gather(*ended, return_exceptions=True)

    async def _tell(self) -> None:
        async with self._telling:
            for follower in self._followers:
                await follower(self.condition)
