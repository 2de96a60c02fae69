"""Carrying plans out: the one place where faults wait, are counted, and are let go.

One `Faults` serves all servers of a replica, HTTP and gRPC alike. It belongs to one event loop.
"""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from faces.faults.fault import Call, Failure, Fault, Plan, Wait
from faces.faults.model import FaultModel, decide


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
        self._model = model or FaultModel()
        self._clock = clock
        self._rng = rng
        self._count = count
        self._sleep = sleep
        self._memories: dict[str, object] = {}
        self._waiting: dict[asyncio.Future[None], Wait] = {}
        self._endurable: Callable[[Wait], bool] = lambda _wait: True

    @property
    def model(self) -> FaultModel:
        return self._model

    def replace(self, model: FaultModel) -> None:
        """Switch all faults over at once: what changed forgets its state and lets its requests go."""
        changed = {kind for kind in FaultModel.model_fields if model.get(kind) != self._model.get(kind)}
        self._model = model
        self._memories = {kind: kept for kind, kept in self._memories.items() if kind not in changed}
        self._let_go(lambda wait: wait.kind in changed)

    def stop_hanging(self) -> None:
        """A draining replica answers: hanging requests go on, and no new one hangs."""
        self._endure_only(lambda wait: wait.seconds is not None)

    def stop_waiting(self) -> None:
        """A replica that closes has no time left: nothing waits any more."""
        self._endure_only(lambda _wait: False)

    def plan(self, call: Call) -> Plan:
        plan, self._memories = decide(self._model, self._memories, call, self._clock(), self._rng)
        return plan

    async def admit(self, call: Call) -> Failure | None:
        """Inject what is planned for the call; return the failure to answer with, None to serve it healthily.

        A failure whose fault was switched off during a wait is not injected: the request is served.
        """
        model = self._model
        plan = self.plan(call)
        for wait in plan.waits:
            if self._still_on(wait.kind, model) and self._endurable(wait):
                await self._endure(wait)
        if plan.failure is None or not self._still_on(plan.failure.kind, model):
            return None
        self._count(plan.failure.kind)
        return plan.failure

    def _endure_only(self, endurable: Callable[[Wait], bool]) -> None:
        self._endurable = endurable
        self._let_go(lambda wait: not endurable(wait))

    def _still_on(self, kind: str, since: FaultModel) -> bool:
        then: Fault | None = since.get(kind)
        return then == self._model.get(kind)

    async def _endure(self, wait: Wait) -> None:
        self._count(wait.kind)
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
