import asyncio
import json
import os
import random
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import grpc
import pytest

from faces import color_service
from faces.addresses import Address
from faces.color_pb2 import ColorRequest
from faces.config import Config
from faces.faults import parse_model
from faces.serving import Ports, serve, started
from faces.workloads.backends import make_channel

pytestmark = pytest.mark.timeout(60)  # processes start, on a machine that may be busy


@asynccontextmanager
async def process(workload: str, **environ: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, int]]]:
    """A replica in a process of its own, and its ports, which it logs."""
    ports = {"PORT": "0", "HTTP_PORT": "0", "ADMIN_PORT": "0", "CONTROL_PORT": "0", "BIND_ADDRESS": "127.0.0.1"}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "faces", workload, stdout=asyncio.subprocess.PIPE, env={**os.environ, **ports, **environ}
    )
    assert child.stdout is not None
    try:
        line = {"event": ""}
        while line["event"] != "serving":
            line = json.loads(await child.stdout.readline())
        yield child, {name: int(line[name]) for name in ("main", "admin", "http") if name in line}
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


@dataclass
class Visitor:
    """Asks all the time over one connection, and again over a new one when it is told to; hand-made HTTP,
    because a real client repeats what it lost."""

    port: int
    answers: int = 0
    closes: int = 0
    told: bool = False
    lost: list[str] = field(default_factory=list)

    async def visit(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except ConnectionRefusedError:
                return
            try:
                while await self._ask(reader, writer):
                    await asyncio.sleep(0.005)
            except (OSError, asyncio.IncompleteReadError, ValueError) as error:
                self.lost.append(repr(error))
            writer.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        told = self.told
        writer.write(b"GET /center/?row=1&col=2 HTTP/1.1\r\nHost: smiley\r\n\r\n")
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = head.partition("content-length: ")[2].partition("\r\n")[0]
        json.loads(await reader.readexactly(int(length)))
        self.answers += 1
        closes = "connection: close" in head
        self.closes += closes
        if told and not closes:
            self.lost.append("kept a connection open while draining")
        return not closes


async def readiness(port: int) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/readyz") as response:
        return response.status


async def until(reached: Callable[[], bool]) -> None:
    while not reached():
        await asyncio.sleep(0.005)


async def refused(port: int) -> None:
    """Return once nobody listens there any more."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return
        writer.close()


async def test_no_request_is_lost_when_a_loaded_replica_is_told_to_go() -> None:
    async with process("smiley", DRAIN_SECONDS="1", DELAY_BUCKETS="0,1,5,40") as (child, ports):
        visitors = [Visitor(ports["main"]) for _ in range(8)]
        visits = [asyncio.ensure_future(visitor.visit()) for visitor in visitors]
        await until(lambda: all(visitor.answers > 3 for visitor in visitors))
        assert await readiness(ports["admin"]) == 200
        assert [visitor.closes for visitor in visitors] == [0] * 8
        child.send_signal(signal.SIGTERM)
        while await readiness(ports["admin"]) != 503:
            await asyncio.sleep(0.005)
        for visitor in visitors:
            visitor.told = True
        assert await child.wait() == 0
        await asyncio.gather(*visits)
    assert [visitor.lost for visitor in visitors] == [[]] * 8
    assert all(visitor.closes for visitor in visitors)
    assert sum(visitor.closes for visitor in visitors) > 8


@pytest.mark.parametrize("workload", ["gui", "color"])
async def test_an_idle_replica_goes_with_code_0(workload: str) -> None:
    async with process(workload, DRAIN_SECONDS="0") as (child, _ports):
        child.send_signal(signal.SIGINT)
        assert await child.wait() == 0


class Gate:
    """What faults wait with: a delay begins, and ends when the test says so."""

    def __init__(self) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    async def sleep(self, _seconds: float) -> None:
        self.reached.set()
        await self.opened.wait()


async def test_a_request_in_flight_is_finished_after_the_socket_has_closed(
    config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    settings = config("smiley", faults=parse_model('{"delay": {"buckets_ms": [600]}}'))
    gate, shutdown = Gate(), asyncio.Event()
    ports: asyncio.Future[Ports] = asyncio.get_running_loop().create_future()
    serving = asyncio.ensure_future(
        serve(
            settings,
            clock=time.monotonic,
            rng=random.Random(1),
            shutdown=shutdown,
            sleep=gate.sleep,
            ready=ports.set_result,
        )
    )
    port = (await ports)["main"]
    asked = asyncio.ensure_future(client.get(f"http://127.0.0.1:{port}/"))
    await gate.reached.wait()
    shutdown.set()
    await refused(port)
    assert not asked.done()
    gate.opened.set()
    response = await asked
    assert response.status == 200
    assert response.headers["Connection"] == "close"
    response.close()
    await serving


async def test_hanging_requests_are_served_as_soon_as_the_drain_begins(
    config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    settings = config("smiley", drain_seconds=3600, faults=parse_model('{"hang": {"fraction": 100}}'))
    stack = AsyncExitStack()
    replica, ports = await stack.enter_async_context(
        started(settings, clock=time.monotonic, rng=random.Random(1)),
    )
    asked = asyncio.ensure_future(client.get(f"http://127.0.0.1:{ports['main']}/"))
    await until(lambda: bool(replica.faults._waiting))
    draining = asyncio.ensure_future(stack.aclose())
    response = await asked
    assert (response.status, response.headers["Connection"]) == (200, "close")
    response.close()
    assert not draining.done()
    draining.cancel()
    with pytest.raises(asyncio.CancelledError):
        await draining


ASK = b"GET / HTTP/1.1\r\nHost: smiley\r\n\r\n"


def answers(clients: list[socket.socket]) -> Counter[bytes]:
    """How often each first line came back; a connection that was reset counts as such."""
    found: Counter[bytes] = Counter()
    for client in clients:
        try:
            found[client.recv(4096).partition(b"\r\n")[0]] += 1
        except ConnectionError as error:
            found[repr(error).encode()] += 1
        client.close()
    return found


async def test_a_connection_that_the_kernel_took_in_before_the_end_is_still_served(
    config: Callable[..., Config],
) -> None:
    clients = [socket.socket() for _ in range(20)]
    async with started(config("smiley"), clock=time.monotonic, rng=random.Random(1)) as (_, ports):
        # Without a turn of the event loop in between: these lie in the backlog when the drain begins.
        for client in clients:
            client.connect(("127.0.0.1", ports["main"]))
            client.sendall(ASK)
    assert answers(clients) == {b"HTTP/1.1 200 OK": 20}


async def answers_to_those_who_wait(number: int, **env: str) -> Counter[bytes]:
    """So many ask while a replica stands still, and it is told to go before it takes one of them in."""
    async with process("smiley", DRAIN_SECONDS="0", **env) as (child, ports):
        child.send_signal(signal.SIGSTOP)
        clients = [socket.socket() for _ in range(number)]
        for client in clients:
            client.connect(("127.0.0.1", ports["main"]))
            client.sendall(ASK)
        child.send_signal(signal.SIGTERM)
        child.send_signal(signal.SIGCONT)
        assert await child.wait() == 0
    return answers(clients)


async def test_all_connections_that_wait_in_the_kernel_are_served_however_many_turns_it_takes_to_accept_them() -> None:
    assert await answers_to_those_who_wait(400) == {b"HTTP/1.1 200 OK": 400}


@pytest.mark.parametrize("faults", ['{"slow_accept": {"ms": 600000}}', '{"slow_accept": {"ms": 1}}'])
async def test_who_waits_to_be_accepted_slowly_is_served_when_a_replica_goes(faults: str) -> None:
    assert await answers_to_those_who_wait(100, FAULTS=faults) == {b"HTTP/1.1 200 OK": 100}


@pytest.mark.parametrize("workload", ["smiley", "color"])
async def test_a_replica_whose_port_refuses_goes_with_code_0(workload: str) -> None:
    async with process(workload, DRAIN_SECONDS="0", FAULTS='{"refuse": {}}') as (child, ports):
        with socket.socket() as client, pytest.raises(ConnectionRefusedError):
            client.connect(("127.0.0.1", ports["main"]))
        child.send_signal(signal.SIGTERM)
        assert await child.wait() == 0


async def test_calls_in_flight_are_finished_and_the_channel_is_told_to_go(config: Callable[..., Config]) -> None:
    settings = config("color", faults=parse_model('{"delay": {"buckets_ms": [400]}}'))
    gate, stack = Gate(), AsyncExitStack()
    context = started(settings, clock=time.monotonic, rng=random.Random(1), sleep=gate.sleep)
    _, ports = await stack.enter_async_context(context)
    async with make_channel(Address("127.0.0.1", ports["main"]), {}) as channel:
        call = color_service.stub(channel, "center")(ColorRequest())
        await gate.reached.wait()
        assert channel.get_state() is grpc.ChannelConnectivity.READY
        closing = asyncio.ensure_future(stack.aclose())
        await until(lambda: channel.get_state() is not grpc.ChannelConnectivity.READY)
        gate.opened.set()
        assert await call.code() is grpc.StatusCode.OK
        await closing


@dataclass
class Caller:
    """Calls over and over, until nobody listens any more: whoever finds that has lost nothing."""

    port: int
    answers: int = 0
    lost: list[str] = field(default_factory=list)

    async def call(self) -> None:
        async with make_channel(Address("127.0.0.1", self.port), {}) as channel:
            ask = color_service.stub(channel, "center")
            while True:
                call = ask(ColorRequest(row=1, column=2), timeout=15)
                if await call.code() is not grpc.StatusCode.OK:
                    break
                self.answers += 1
                await asyncio.sleep(0.005)
            details = await call.details()
            if "failed to connect" not in details.lower():
                self.lost.append(f"{await call.code()}: {details}")


async def test_no_call_is_lost_when_a_loaded_color_is_told_to_go() -> None:
    async with process("color", DRAIN_SECONDS="0.2", DELAY_BUCKETS="0,1,5,40") as (child, ports):
        callers = [Caller(ports["main"]) for _ in range(6)]
        calls = [asyncio.ensure_future(caller.call()) for caller in callers]
        await until(lambda: all(caller.answers > 3 for caller in callers))
        child.send_signal(signal.SIGTERM)
        assert await child.wait() == 0
        await asyncio.gather(*calls)
    assert [caller.lost for caller in callers] == [[]] * 6
