"""The life of a replica: it starts its servers, serves, drains and stops.

No request is lost when it stops. For DRAIN_SECONDS /readyz says 503 while the replica still accepts connections and
closes each one with its next answer, so that whoever routes here has time to notice. Then the sockets close, as
`listening` describes: whoever has connected is still answered.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from types import MappingProxyType

from faces.admin import admin_app
from faces.config import Config
from faces.control import control_app
from faces.listening import ASK_LIMIT_S, HANDSHAKE_LIMIT_S, HTTPListener
from faces.listening_grpc import GRPCListener
from faces.logs import make_log
from faces.process import Leave, Process
from faces.replica import Clock, Replica, Sleep
from faces.workloads import GRPC_SERVERS, HTTP_APPS

IN_FLIGHT_LIMIT_S = 5.0
# The longest that closing can take after the drain: a pod's grace period has to be longer than both together.
CLOSING_LIMIT_S = HANDSHAKE_LIMIT_S + ASK_LIMIT_S + IN_FLIGHT_LIMIT_S

Closing = Callable[[], Awaitable[None]]

# Ports by what listens there: "main", "http" (color only), "admin", "control" (only with a token).
Ports = Mapping[str, int]


async def serve(
    config: Config,
    *,
    clock: Clock,
    rng: Random,
    shutdown: asyncio.Event,
    sleep: Sleep = asyncio.sleep,
    ready: Callable[[Ports], None] = lambda _ports: None,
) -> None:
    """Serve until `shutdown`, then drain. `ready` hears the ports once everything listens.

    Raises ListenError if one of the ports cannot be had. `sleep` is what faults wait with.
    """
    async with started(config, clock=clock, rng=rng, sleep=sleep) as (_replica, ports):
        ready(ports)
        await shutdown.wait()


@asynccontextmanager
async def started(
    config: Config, *, clock: Clock, rng: Random, sleep: Sleep = asyncio.sleep, leave: Leave = os._exit
) -> AsyncIterator[tuple[Replica, Ports]]:
    """A serving replica and its ports; it drains when the context ends. `leave` is how faults end the process."""
    log = make_log(config.log_level)
    replica = Replica.make(config, clock=clock, rng=rng, sleep=sleep, log=log)
    async with AsyncExitStack() as stack:
        control = await _open_control(replica, stack)
        closings: list[Closing] = []
        stack.push_async_callback(_close, replica, closings)
        main = await _open_workload(replica, closings)
        process = Process(clock, _with_last_words(replica, leave))
        stack.push_async_callback(process.close)
        replica.faults.follow(process.become)
        await replica.faults.begin()
        # The last to come: once it answers, everything listens. It also is the last to go but one.
        admin = await _open_admin(replica, stack)
        stack.push_async_callback(_close, replica, closings)
        stack.push_async_callback(_drain, replica, process)
        ports = MappingProxyType({**main, **control, **admin})
        for warning in config.warnings:
            replica.log.warning("configuration", warning=warning)
        replica.log.info("serving", pod=config.pod, faults=config.faults.as_json(), **ports)
        yield replica, ports
    replica.log.info("stopped")


async def _open_workload(replica: Replica, closings: list[Closing]) -> dict[str, int]:
    config = replica.config
    http = HTTPListener(HTTP_APPS[config.workload](replica), limit=IN_FLIGHT_LIMIT_S)
    closings.append(http.close)
    replica.faults.follow(http.become)
    if config.workload not in GRPC_SERVERS:
        return {"main": await http.open(config.bind_address, config.port)}
    calls = GRPCListener(lambda: GRPC_SERVERS[config.workload](replica), limit=IN_FLIGHT_LIMIT_S)
    closings.append(calls.close)
    replica.faults.follow(calls.become)
    return {
        "main": await calls.open(config.bind_address, config.port),
        "http": await http.open(config.bind_address, config.http_port),
    }


def _with_last_words(replica: Replica, leave: Leave) -> Leave:
    def ends(code: int) -> None:
        replica.log.error("ends at once, as a fault wants it", exit_code=code)
        leave(code)

    return ends


async def _open_control(replica: Replica, stack: AsyncExitStack) -> dict[str, int]:
    if reason := _why_no_control(replica.config):
        replica.log.info("no control API", reason=reason)
        return {}
    listener = HTTPListener(control_app(replica))
    stack.push_async_callback(listener.close)
    return {"control": await listener.open(replica.config.bind_address, replica.config.control_port)}


def _why_no_control(config: Config) -> str:
    if config.workload == "gui":
        return "gui has no faults"
    return "" if config.control_token else "CONTROL_TOKEN is not set"


async def _open_admin(replica: Replica, stack: AsyncExitStack) -> dict[str, int]:
    listener = HTTPListener(admin_app(replica))
    stack.push_async_callback(listener.close)
    return {"admin": await listener.open(replica.config.bind_address, replica.config.admin_port)}


async def _drain(replica: Replica, process: Process) -> None:
    process.terminated()
    replica.draining = True
    replica.faults.stop_hanging()
    replica.log.info("draining", seconds=replica.config.drain_seconds)
    await asyncio.sleep(replica.config.drain_seconds)


async def _close(replica: Replica, closings: list[Closing]) -> None:
    """Close all servers of the workload at once; delays end before the limit would cut them off."""
    await replica.faults.end()
    hurry = asyncio.get_running_loop().call_later(IN_FLIGHT_LIMIT_S * 0.9, replica.faults.stop_waiting)
    try:
        await asyncio.gather(*(closing() for closing in closings))
    finally:
        hurry.cancel()
        closings.clear()
