"""Carrying plans out: the one place where faults wait, are counted, and are let go.

One `Faults` serves all servers of a replica, HTTP and gRPC alike. It belongs to one event loop.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from faces.faults.condition import Condition
from faces.faults.lasting import Follower, Lasting
from faces.faults.model import NO_FAULTS, FaultModel, decide
from faces.faults.plan import Call, Effect, Plan, Wait

E = TypeVar("E", bound=Effect)


class Faults:
    def __init__(
        self,
        model: FaultModel | None = None,
        *,
        clock: Callable[[], float],
        rng: Random,
        count: Callable[[str], None] = lambda _kind: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._model = model or NO_FAULTS
        self._of_requests = self._model.of_requests()
        self._clock = clock
        self._rng = rng
        self._count = count
        self._sleep = sleep
        self._asked = 0
        self._memories: dict[str, object] = {}
        self._waiting: dict[asyncio.Future[None], Wait] = {}
        self._endurable: Callable[[Wait], bool] = lambda _wait: True
        self._switching = asyncio.Lock()
        self._lasting = Lasting(rng=rng, sleep=sleep, count=count, asked=lambda: self._asked)

    @property
    def model(self) -> FaultModel:
        return self._model

    @property
    def condition(self) -> Condition:
        """What lasting faults have made of the replica."""
        return self._lasting.condition

    def follow(self, follower: Follower) -> None:
        """Tell `follower` each condition that the replica gets into; it carries it out."""
        self._lasting.follow(follower)

    async def begin(self) -> None:
        """Put the lasting faults of the model in force: those of the requests are so without it."""
        async with self._switching:  # whoever waited here finds the newest model
            await self._lasting.switch(self._model.lasting())

    async def switch(self, model: FaultModel) -> None:
        """`replace`, with its lasting faults in force as well."""
        self.replace(model)
        await self.begin()

    def replace(self, model: FaultModel) -> None:
        """Switch all faults of requests over at once: what changed forgets its state and lets its requests go."""
        changed = {kind for kind in FaultModel.model_fields if model.get(kind) != self._model.get(kind)}
        self._model, self._of_requests = model, model.of_requests()
        self._memories = {kind: kept for kind, kept in self._memories.items() if kind not in changed}
        self._let_go(lambda wait: wait.kind in changed)

    def stop_hanging(self) -> None:
        """A draining replica answers: hanging requests go on, and no new one hangs."""
        self._endure_only(lambda wait: wait.seconds is not None)

    def stop_waiting(self) -> None:
        """A replica that closes has no time left: nothing waits any more."""
        self._endure_only(lambda _wait: False)

    async def end(self) -> None:
        """A replica that closes changes its condition no more."""
        await self._lasting.end()

    def plan(self, call: Call) -> Plan:
        plan, self._memories = decide(self._of_requests, self._memories, call, self._clock(), self._rng)
        return plan

    def let_through(self) -> bool:
        """Whether a request need not be admitted, because no fault is on that could meet it; if so, it is counted.

        What it is about need not be found out then, which is most of what a healthy request would pay for faults.
        """
        if self._of_requests:
            return False
        self._asked += 1
        return True

    async def admit(self, call: Call) -> "Admitted":
        """Wait as planned for the call, and give the plan for its answer."""
        self._asked += 1
        model, plan = self._model, self.plan(call)
        for wait in plan.waits:
            if self._still_on(wait.kind, model) and self._endurable(wait):
                self._count(wait.kind)
                await self._endure(wait)
        return Admitted(plan, self, model)

    def met(self, effect: E | None, since: FaultModel) -> E | None:
        if effect is None or not self._still_on(effect.kind, since):
            return None
        self._count(effect.kind)
        return effect

    async def pause_until(self, kind: str, moment: float, since: FaultModel) -> None:
        """Wait until the clock says `moment`, or the fault is switched off."""
        wait = Wait(kind, moment - self._clock())
        if wait.seconds is not None and wait.seconds > 0 and self._still_on(kind, since) and self._endurable(wait):
            await self._endure(wait)

    @property
    def now(self) -> float:
        return self._clock()

    def _endure_only(self, endurable: Callable[[Wait], bool]) -> None:
        self._endurable = endurable
        self._let_go(lambda wait: not endurable(wait))

    def _still_on(self, kind: str, since: FaultModel) -> bool:
        return since.get(kind) == self._model.get(kind)

    async def _endure(self, wait: Wait) -> None:
        let_go: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[let_go] = wait
        timer = None if wait.seconds is None else asyncio.ensure_future(self._sleep(wait.seconds))
        try:
            await asyncio.wait({let_go} if timer is None else {let_go, timer}, return_when="FIRST_COMPLETED")
        finally:
            del self._waiting[let_go]
            if timer is not None:
                timer.cancel()

    def _let_go(self, chosen: Callable[[Wait], bool]) -> None:
        for future, wait in self._waiting.items():
            if chosen(wait) and not future.done():
                future.set_result(None)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that has waited as planned, and what its answer is to meet."""

    plan: Plan
    _faults: Faults
    _since: FaultModel

    def meets(self, effect: E | None) -> E | None:
        """The effect, which is counted; None if there is none, or if its fault was switched off meanwhile."""
        return self._faults.met(effect, self._since)

    @property
    def now(self) -> float:
        return self._faults.now

    async def pause_until(self, kind: str, moment: float) -> None:
        """Wait until the clock says `moment`; not at all once the fault is off or the replica closes."""
        await self._faults.pause_until(kind, moment, self._since)
