import asyncio
import math
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from faces.config import Config
from faces.faults import Call, Failure, FaultModel, Faults, Plan
from faces.replica import Replica
from faces.serving import Ports, started


@pytest.fixture
def bounds() -> Callable[[int, float], range]:
    """The exact binomial 99.9 % interval: counts outside of it have less than 0.05 % probability on each side."""

    def interval(requests: int, percent: float) -> range:
        p = percent / 100
        if p in (0, 1):
            return range(round(requests * p), round(requests * p) + 1)
        below, low, high = 0.0, 0, requests
        for count in range(requests + 1):
            log = math.lgamma(requests + 1) - math.lgamma(count + 1) - math.lgamma(requests - count + 1)
            at = math.exp(log + count * math.log(p) + (requests - count) * math.log1p(-p))
            if below + at < 0.0005:
                low = count + 1
            below += at
            if below > 0.9995:
                high = count
                break
        return range(low, high + 1)

    return interval


@pytest.fixture
def drill() -> Callable[..., Awaitable[tuple[list[Failure | None], Counter[str], list[float]]]]:
    """Send requests through real faults, waits taking no time and a second passing between two requests.

    Gives the failures they were answered with, what the counter says, and all waits in seconds.
    """

    async def run(
        model: FaultModel, requests: int, *, call: Call | None = None, seed: int = 7, step: float = 1.0
    ) -> tuple[list[Failure | None], Counter[str], list[float]]:
        counted: Counter[str] = Counter()
        slept: list[float] = []
        seconds = iter(range(requests + 1))

        async def sleep(duration: float) -> None:
            slept.append(duration)

        faults = Faults(
            model,
            clock=lambda: next(seconds) * step,
            rng=random.Random(seed),
            count=lambda kind: counted.update((kind,)),
            sleep=sleep,
        )

        async def ask() -> Failure | None:
            admitted = await faults.admit(call or Call("center", "alice"))
            return admitted.meets(admitted.plan.failure)

        asked = [asyncio.ensure_future(ask()) for _ in range(requests)]
        for _ in range(3):
            await asyncio.sleep(0)
        faults.stop_hanging()
        return await asyncio.gather(*asked), counted, slept

    return run


@pytest.fixture
def planned() -> Callable[..., list[Plan]]:
    """The plans for so many requests, a second after another; or for these calls."""

    def plan(model: FaultModel, calls: int | Sequence[Call], *, step: float = 1.0, seed: int = 7) -> list[Plan]:
        asked = [Call("center", "alice")] * calls if isinstance(calls, int) else calls
        seconds = iter(range(len(asked)))
        faults = Faults(model, clock=lambda: next(seconds) * step, rng=random.Random(seed))
        return [faults.plan(call) for call in asked]

    return plan


@pytest.fixture
def config() -> Callable[..., Config]:
    def make(workload: str, **changes: Any) -> Config:
        settings = {
            "bind_address": "127.0.0.1",
            "port": 0,
            "http_port": 0,
            "admin_port": 0,
            "control_port": 0,
            "drain_seconds": 0,
            "log_level": "error",
            "pod": f"{workload}-0",
        }
        return Config.model_validate({"workload": workload, **settings, **changes})

    return make


@pytest.fixture(autouse=True)
def defects(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Exception]]:
    """What handlers of replicas in this process let through. A test fails with it, unless it takes it out of here."""
    found: list[Exception] = []
    report = Replica.report_defect

    def keep(replica: Replica, path: str, defect: Exception) -> None:
        found.append(defect)
        report(replica, path, defect)

    monkeypatch.setattr(Replica, "report_defect", keep)
    yield found
    if found:
        raise ExceptionGroup("defects that clients saw as a 500", found)


@pytest.fixture
async def start() -> AsyncIterator[Callable[[Config], Awaitable[tuple[Replica, Ports]]]]:
    async with AsyncExitStack() as stack:

        async def up(config: Config) -> tuple[Replica, Ports]:
            clock = asyncio.get_running_loop().time
            context = started(config, clock=clock, rng=random.Random(7), leave=lambda _code: None)
            return await stack.enter_async_context(context)

        yield up


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield session
