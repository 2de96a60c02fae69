import asyncio
import json
import os
import random
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
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


async def test_no_request_is_lost_when_a_loaded_replica_is_told_to_go() -> None:
    async with process("smiley", DRAIN_SECONDS="0.5", DELAY_BUCKETS="0,1,5,40") as (child, ports):
        visitors = [Visitor(ports["main"]) for _ in range(8)]
        visits = [asyncio.ensure_future(visitor.visit()) for visitor in visitors]
        await asyncio.sleep(0.3)
        assert await readiness(ports["admin"]) == 200
        before = [visitor.answers for visitor in visitors]
        assert [visitor.closes for visitor in visitors] == [0] * 8
        child.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.1)
        assert await readiness(ports["admin"]) == 503
        for visitor in visitors:
            visitor.told = True
        assert await child.wait() == 0
        await asyncio.gather(*visits)
    assert [visitor.lost for visitor in visitors] == [[]] * 8
    assert all(answers > 0 for answers in before)
    assert all(visitor.closes > 1 for visitor in visitors)


@pytest.mark.parametrize("workload", ["gui", "color"])
async def test_an_idle_replica_goes_with_code_0(workload: str) -> None:
    async with process(workload, DRAIN_SECONDS="0") as (child, _ports):
        child.send_signal(signal.SIGINT)
        assert await child.wait() == 0


@pytest.fixture
def patient(config: Callable[..., Config]) -> Config:
    return config("smiley", drain_seconds=0.3, faults=parse_model('{"delay": {"buckets_ms": [600]}}'))


async def test_a_request_in_flight_is_finished_after_the_socket_has_closed(
    patient: Config, client: aiohttp.ClientSession
) -> None:
    shutdown: asyncio.Event = asyncio.Event()
    ports: asyncio.Future[Ports] = asyncio.get_running_loop().create_future()
    clock = asyncio.get_running_loop().time
    serving = asyncio.ensure_future(
        serve(patient, clock=clock, rng=random.Random(1), shutdown=shutdown, ready=ports.set_result)
    )
    port = (await ports)["main"]
    asked = asyncio.ensure_future(client.get(f"http://127.0.0.1:{port}/"))
    await asyncio.sleep(0.1)
    shutdown.set()
    await asyncio.sleep(0.4)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    response = await asked
    assert response.status == 200
    assert response.headers["Connection"] == "close"
    response.close()
    await serving


async def test_hanging_requests_are_served_as_soon_as_the_drain_begins(
    config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    settings = config("smiley", drain_seconds=0.5, faults=parse_model('{"hang": {"fraction": 100}}'))
    clock = asyncio.get_running_loop().time
    async with started(settings, clock=clock, rng=random.Random(1)) as (_, ports):
        asked = asyncio.ensure_future(client.get(f"http://127.0.0.1:{ports['main']}/"))
        await asyncio.sleep(0.1)
        assert not asked.done()
        ended = clock()
    response = await asked
    assert (response.status, response.headers["Connection"]) == (200, "close")
    response.close()
    assert clock() - ended < 2


async def test_idle_connections_are_closed_and_do_not_hold_up_the_end(config: Callable[..., Config]) -> None:
    begun = 0.0
    async with started(config("smiley"), clock=time.monotonic, rng=random.Random(1)) as (_, ports):
        reader, writer = await asyncio.open_connection("127.0.0.1", ports["main"])
        await asyncio.sleep(0.05)
        begun = time.monotonic()
    assert time.monotonic() - begun < 2
    assert await reader.read() == b""
    writer.close()


async def test_a_connection_that_the_kernel_took_in_before_the_end_is_still_served(
    config: Callable[..., Config],
) -> None:
    raw = b"GET / HTTP/1.1\r\nHost: smiley\r\n\r\n"
    clients = [socket.socket() for _ in range(20)]
    async with started(config("smiley"), clock=time.monotonic, rng=random.Random(1)) as (_, ports):
        # Without a turn of the event loop in between: these lie in the backlog when the drain begins.
        for client in clients:
            client.connect(("127.0.0.1", ports["main"]))
            client.sendall(raw)
    for client in clients:
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
        client.close()


async def test_calls_in_flight_are_finished_and_the_channel_is_told_to_go(config: Callable[..., Config]) -> None:
    settings = config("color", faults=parse_model('{"delay": {"buckets_ms": [400]}}'))
    async with started(settings, clock=time.monotonic, rng=random.Random(1)) as (_, ports):
        channel = make_channel(Address("127.0.0.1", ports["main"]), {})
        call = color_service.stub(channel, "center")(ColorRequest())
        await asyncio.sleep(0.1)
        assert channel.get_state() is grpc.ChannelConnectivity.READY
    assert await call.code() is grpc.StatusCode.OK
    assert channel.get_state() is not grpc.ChannelConnectivity.READY
    await channel.close()


async def calls_until_refused(port: int, lost: list[str]) -> int:
    """Call over and over; whoever finds nobody listening any more has lost nothing."""
    async with make_channel(Address("127.0.0.1", port), {}) as channel:
        ask, answers = color_service.stub(channel, "center"), 0
        while True:
            call = ask(ColorRequest(row=1, column=2), timeout=5)
            if await call.code() is grpc.StatusCode.OK:
                answers += 1
                await asyncio.sleep(0.005)
                continue
            details = await call.details()
            if "failed to connect" not in details.lower():
                lost.append(f"{await call.code()}: {details}")
            return answers


async def test_no_call_is_lost_when_a_loaded_color_is_told_to_go() -> None:
    lost: list[str] = []
    async with process("color", DRAIN_SECONDS="0.2", DELAY_BUCKETS="0,1,5,40") as (child, ports):
        callers = [asyncio.ensure_future(calls_until_refused(ports["main"], lost)) for _ in range(6)]
        await asyncio.sleep(0.3)
        child.send_signal(signal.SIGTERM)
        assert await child.wait() == 0
        answers = await asyncio.gather(*callers)
    assert all(answers)
    assert lost == []
