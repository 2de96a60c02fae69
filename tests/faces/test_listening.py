import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable

import pytest
import uvloop
from aiohttp import web

from faces import listening
from faces.faults import HEALTHY, Condition
from faces.listening import (
    HTTPListener,
    ListenError,
    bound_socket,
    connections_wait,
    handshakes_are_under_way,
    refuse_new,
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="what is asked of the kernel here is Linux' own")
ASK = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def until(reached: Callable[[], bool]) -> None:
    while not reached():
        await asyncio.sleep(0.005)


def hello_app() -> web.Application:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    return app


@pytest.fixture
async def listener() -> AsyncIterator[HTTPListener]:
    listener = HTTPListener(hello_app())
    yield listener
    await listener.close()


@pytest.fixture
async def connection(listener: HTTPListener) -> AsyncIterator[Connection]:
    """A connection that the listener has accepted."""
    port = await listener.open("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await until(lambda: len(connections(listener)) == 1)
    yield reader, writer
    writer.close()


def connections(listener: HTTPListener) -> list[object]:
    server = listener._runner.server
    return list(server.connections) if server is not None else []


async def test_who_was_accepted_before_the_socket_closed_may_still_ask_once(
    listener: HTTPListener, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "ASK_LIMIT_S", 3600)
    reader, writer = connection
    closing = asyncio.ensure_future(listener.close())
    await until(lambda: not listener._runner.sites)
    for _ in range(50):
        await asyncio.sleep(0)
    writer.write(ASK)
    assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
    await closing


async def test_who_has_been_answered_and_is_idle_does_not_hold_up_the_end(
    listener: HTTPListener, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "ASK_LIMIT_S", 3600)
    reader, writer = connection
    writer.write(ASK)
    assert await reader.readuntil(b"hello")
    await listener.close()
    assert await reader.read() == b""


async def test_who_never_asks_is_waited_for_no_longer_than_the_limit(
    listener: HTTPListener, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "ASK_LIMIT_S", 0.1)
    await listener.close()
    assert await connection[0].read() == b""


async def test_a_connection_waits_until_it_is_accepted() -> None:
    with bound_socket("127.0.0.1", 0) as door, socket.socket() as client:
        assert not connections_wait(door)
        client.connect(door.getsockname())
        assert connections_wait(door)
        door.accept()[0].close()
        assert not connections_wait(door)


@linux
def test_however_long_this_process_takes_all_that_wait_are_accepted_and_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("HANDSHAKE_LIMIT_S", 0), ("ASK_LIMIT_S", 0), ("LEAST_LOOKS", 1)):
        monkeypatch.setattr(listening, name, value)
    clients = [socket.socket() for _ in range(400)]

    async def close_while_they_wait() -> None:
        listener = HTTPListener(hello_app())
        port = await listener.open("127.0.0.1", 0)
        for client in clients:
            client.connect(("127.0.0.1", port))
            client.sendall(ASK)
        await listener.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # it accepts one connection a turn
        runner.run(close_while_they_wait())
    for client in clients:
        with client:
            assert client.recv(4096).startswith(b"HTTP/1.1 200 OK")


@linux
async def test_a_new_connection_is_not_let_in_and_a_handshake_under_way_completes() -> None:
    with bound_socket("127.0.0.1", 0) as door, socket.socket() as early, socket.socket() as late:
        # The kernel keeps a connection in the middle of its handshake until its client has said something.
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 60)
        assert not handshakes_are_under_way(door)
        early.connect(door.getsockname())
        assert handshakes_are_under_way(door)
        assert not connections_wait(door)
        assert refuse_new(door)
        late.settimeout(0.1)
        with pytest.raises(TimeoutError):
            late.connect(door.getsockname())
        early.sendall(b"here I am")
        await until(lambda: connections_wait(door))
        assert not handshakes_are_under_way(door)
        accepted, _ = door.accept()
        with accepted:
            assert accepted.recv(100) == b"here I am"


REFUSES, SLOW = Condition(refuses=True), Condition(accept_s=0.1)


async def answered(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    said = await reader.read()
    writer.close()
    return said.partition(b"\r\n")[0]


async def test_a_port_that_refuses_keeps_its_number_and_serves_again(listener: HTTPListener) -> None:
    port = await listener.open("127.0.0.1", 0)
    for _ in range(20):
        await listener.become(REFUSES)
        await listener.become(REFUSES)
        with pytest.raises(ConnectionRefusedError):
            await answered(port)
        await listener.become(HEALTHY)
        assert await answered(port) == b"HTTP/1.1 200 OK"


async def test_when_a_port_begins_to_refuse_an_idle_connection_ends(
    listener: HTTPListener, connection: Connection
) -> None:
    await listener.become(REFUSES)
    assert await connection[0].read() == b""


async def test_a_port_that_refuses_closes(listener: HTTPListener) -> None:
    port = await listener.open("127.0.0.1", 0)
    await listener.become(REFUSES)
    await listener.close()
    with bound_socket("127.0.0.1", port):
        pass


async def seconds_until(number: int, port: int) -> list[float]:
    """How long each of so many connections waits for its answer, all begun at once."""
    began = asyncio.get_running_loop().time()

    async def ask() -> float:
        assert await answered(port) == b"HTTP/1.1 200 OK"
        return asyncio.get_running_loop().time() - began

    return sorted(await asyncio.gather(*(ask() for _ in range(number))))


async def test_connections_are_accepted_one_after_the_other_each_in_the_time_it_was_told(
    listener: HTTPListener,
) -> None:
    port = await listener.open("127.0.0.1", 0)
    await listener.become(SLOW)
    seen = [await seconds_until(3, port)]
    # A busy machine only ever adds: what the fault takes is the least of several.
    while not all(least <= (place + 1) * 0.11 for place, least in enumerate(map(min, zip(*seen, strict=True)))):
        assert len(seen) < 20
        seen.append(await seconds_until(3, port))
    assert all(each >= (place + 1) * 0.095 for times in seen for place, each in enumerate(times))
    await listener.become(HEALTHY)
    assert await answered(port) == b"HTTP/1.1 200 OK"


async def test_who_waits_to_be_accepted_is_so_at_once_when_that_ends_or_the_port_closes(
    listener: HTTPListener,
) -> None:
    port = await listener.open("127.0.0.1", 0)
    for end in (lambda: listener.become(HEALTHY), listener.close):
        await listener.become(Condition(accept_s=3600))
        waiting = [asyncio.ensure_future(answered(port)) for _ in range(20)]
        await until(lambda: listener._socket is not None and connections_wait(listener._socket))
        await end()
        assert await asyncio.gather(*waiting) == [b"HTTP/1.1 200 OK"] * 20


async def test_a_client_that_gives_up_before_it_is_accepted_does_no_harm(listener: HTTPListener) -> None:
    port = await listener.open("127.0.0.1", 0)
    await listener.become(SLOW)
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    assert await answered(port) == b"HTTP/1.1 200 OK"


async def test_a_port_that_refuses_accepts_nothing_slowly_either(listener: HTTPListener) -> None:
    port = await listener.open("127.0.0.1", 0)
    await listener.become(REFUSES | SLOW)
    with pytest.raises(ConnectionRefusedError):
        await answered(port)
    await listener.become(SLOW)
    assert (await seconds_until(1, port))[0] >= 0.095


def test_a_port_refuses_and_serves_again_on_the_event_loop_that_replicas_have() -> None:
    async def refuse_and_serve() -> bytes:
        listener = HTTPListener(hello_app())
        port = await listener.open("127.0.0.1", 0)
        await listener.become(REFUSES)
        with pytest.raises(ConnectionRefusedError):
            await answered(port)
        await listener.become(SLOW)
        assert (await seconds_until(1, port))[0] >= 0.095
        await listener.become(HEALTHY)
        said = await answered(port)
        await listener.close()
        return said

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(refuse_and_serve()) == b"HTTP/1.1 200 OK"


def test_a_port_that_is_taken_is_named() -> None:
    with bound_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            bound_socket("127.0.0.1", port)
