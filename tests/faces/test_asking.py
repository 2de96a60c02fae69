"""What a service may do to a request, byte by byte."""

import asyncio
import itertools
import socket
from asyncio import StreamReader as Reader
from asyncio import StreamWriter as Writer
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

import pytest
import uvloop

from faces import asking
from faces.addresses import Address
from faces.asking import BrokenAnswer, Connections, Unanswered, connected

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@asynccontextmanager
async def listening(serve: Callable[[Reader, Writer], Awaitable[None]]) -> AsyncIterator[Connections]:
    """Connections to a service that does with each of them as `serve` says, and then closes it."""
    tasks: list[asyncio.Task[None]] = []

    async def handle(reader: Reader, writer: Writer) -> None:
        tasks.append(cast("asyncio.Task[None]", asyncio.current_task()))
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    name, address = Address("smiley", 8000), Address("127.0.0.1", server.sockets[0].getsockname()[1])
    async with server:
        with connected(name, {name: address}) as connections:
            yield connections
        await asyncio.gather(*tasks)


@asynccontextmanager
async def served(
    *answers: bytes, end: Callable[[Writer], None] = Writer.close
) -> AsyncIterator[tuple[Connections, list[int]]]:
    """A service that gives these answers to one request after the other; each connection ends with the last of them.

    An empty answer ends the connection at once. The list has a number for each request: that of its connection.
    """
    asked: list[int] = []
    left = list(answers)
    numbers = itertools.count()

    async def serve(reader: Reader, writer: Writer) -> None:
        mine = next(numbers)
        while await _request(reader):
            asked.append(mine)
            answer = left.pop(0) if left else b""
            writer.write(answer)
            if not (answer and left):
                break
        end(writer)

    async with listening(serve) as connections:
        yield connections, asked


async def _request(reader: Reader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


async def test_what_is_asked_is_what_arrives() -> None:
    arrived: list[bytes] = []

    async def serve(reader: Reader, writer: Writer) -> None:
        arrived.append(await _request(reader))
        writer.write(OK)

    async with listening(serve) as connections:
        await connections.get("/center/?row=a%20b", {"X-Faces-User": "Zoë"})
    assert arrived[0].decode() == "GET /center/?row=a%20b HTTP/1.1\r\nHost: smiley:8000\r\nX-Faces-User: Zoë\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "status", "reason", "body"),
    [
        (OK, 200, "OK", b"hi"),
        (b"HTTP/1.1 503 Not today\r\nContent-Length: 2\r\n\r\nno", 503, "Not today", b"no"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, "No Content", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "OK", b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n", 200, "OK", b"hi"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK, 200, "OK", b"hi"),
        # Neither a length nor chunks: the end of the connection is the end of the body.
        (b"HTTP/1.1 200 OK\r\n\r\nhi", 200, "OK", b"hi"),
        (b"HTTP/1.0 200 OK\r\n\r\nhi", 200, "OK", b"hi"),
    ],
)
async def test_answers_are_understood(answer: bytes, status: int, reason: str, body: bytes) -> None:
    async with served(answer) as (connections, _):
        said = await connections.get("/", {})
    assert (said.status, said.reason, said.body) == (status, reason, body)
    assert "Link" not in said.headers


async def test_headers_are_kept_as_they_are_and_found_in_any_case() -> None:
    answer = b"HTTP/1.1 200 OK\r\nX-Faces-Pod: Z\xc3\xb6e\xff\r\nContent-Length: 0\r\n\r\n"
    async with served(answer) as (connections, _):
        said = await connections.get("/", {})
    assert next(iter(said.headers.items())) == ("X-Faces-Pod", "Zöe\udcff")
    assert said.headers["x-faces-pod"] == "Zöe\udcff"


async def test_one_request_after_the_other_has_one_connection() -> None:
    async with served(OK, OK, OK) as (connections, asked):
        for _ in range(3):
            await connections.get("/", {})
    assert asked == [0, 0, 0]


async def test_requests_at_the_same_time_have_a_connection_each() -> None:
    async with served(OK, OK, OK) as (connections, asked):
        await asyncio.gather(*(connections.get("/", {}) for _ in range(3)))
    assert sorted(asked) == [0, 1, 2]


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        OK + b"more than was said",
    ],
)
async def test_a_connection_that_is_not_to_be_used_again_is_not(first: bytes) -> None:
    async with served(first, OK) as (connections, asked):
        assert [(await connections.get("/", {})).body for _ in range(2)] == [b"hi", b"hi"]
    assert asked == [0, 1]


async def test_a_connection_that_was_idle_for_too_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "KEPT_S", 0.0)
    async with served(OK, OK) as (connections, asked):
        for _ in range(2):
            await connections.get("/", {})
    assert asked == [0, 1]


async def test_what_comes_unasked_ends_an_idle_connection() -> None:
    """Otherwise it would be the answer to the next request."""
    closed = asyncio.Event()

    async def serve(reader: Reader, writer: Writer) -> None:
        await _request(reader)
        writer.write(OK)
        if not closed.is_set():
            await answered.wait()
            writer.write(OK.replace(b"hi", b"no"))
            await reader.read()
            closed.set()

    answered = asyncio.Event()
    async with listening(serve) as connections:
        await connections.get("/", {})
        answered.set()
        await closed.wait()
        assert (await connections.get("/", {})).body == b"hi"


async def test_a_kept_connection_that_is_closed_without_an_answer_is_asked_again_on_a_new_one() -> None:
    async with served(OK, b"", OK) as (connections, asked):
        assert [(await connections.get("/", {})).status for _ in range(2)] == [200, 200]
    assert asked == [0, 0, 1]


@pytest.mark.parametrize("end", [Writer.close, lambda writer: writer.transport.abort()])
async def test_a_new_connection_that_is_closed_without_an_answer_is_a_failure(end: Callable[[Writer], None]) -> None:
    async with served(b"", OK, end=end) as (connections, asked):
        with pytest.raises(Unanswered):
            await connections.get("/", {})
    assert asked == [0]


async def test_only_once_more_is_asked() -> None:
    async with served(OK, b"", b"", OK) as (connections, asked):
        await connections.get("/", {})
        with pytest.raises(Unanswered, match="the connection was closed before an answer came"):
            await connections.get("/", {})
    assert asked == [0, 0, 1]


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", "closed within the answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n", "closed within the answer"),
        (b"HTTP/1.1 200 OK\r\nContent-", "closed within the answer"),
        (b"220 smtp.example ESMTP\r\n", "the answer is no HTTP: "),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "the answer is no HTTP: "),
    ],
)
async def test_half_an_answer_is_none_and_is_not_asked_for_again(broken: bytes, sentence: str) -> None:
    async with served(OK, broken) as (connections, asked):
        await connections.get("/", {})
        with pytest.raises(BrokenAnswer, match=sentence):
            await connections.get("/", {})
    assert asked == [0, 0]


async def test_a_request_that_is_cancelled_closes_its_connection() -> None:
    closed = asyncio.Event()

    async def serve(reader: Reader, _writer: Writer) -> None:
        await _request(reader)
        await _request(reader)
        closed.set()

    async with listening(serve) as connections:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connections.get("/", {}), 0.05)
        await closed.wait()


async def test_nobody_there_is_an_os_error() -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    nobody = Address("127.0.0.1", server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    with connected(nobody, {}) as connections, pytest.raises(ConnectionRefusedError):
        await connections.get("/", {})


async def test_all_addresses_of_a_name_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(host: str) -> list[str]:
        return [host, "127.0.0.1"]

    monkeypatch.setattr(asking, "_looked_up", found)
    async with listening(lambda _reader, writer: _at_once(writer)) as real:
        with connected(Address("127.0.0.99", real._address.port), {}) as connections:
            assert (await connections.get("/", {})).body == b"hi"


async def _at_once(writer: Writer) -> None:
    writer.write(OK)


async def test_requests_that_need_a_name_at_the_same_time_share_its_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def nothing(host: str) -> list[str]:
        asked.append(host)
        await asyncio.sleep(0.01)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(asking, "_looked_up", nothing)
    with connected(Address("smiley", 80), {}) as connections:
        for _ in range(2):
            found = await asyncio.gather(*(connections.get("/", {}) for _ in range(20)), return_exceptions=True)
            assert {type(one) for one in found} == {socket.gaierror}
    assert asked == ["smiley", "smiley"]


@pytest.mark.parametrize(("target", "headers"), [("/\r\nX: y", {}), ("/", {"User-Agent": "a\nX: y"})])
async def test_no_visitor_adds_a_header(target: str, headers: dict[str, str]) -> None:
    async with served(OK) as (connections, asked):
        with pytest.raises(ValueError, match="line break"):
            await connections.get(target, headers)
    assert asked == []


def test_on_the_loop_that_replicas_have_it_is_the_same() -> None:
    async def exchanges() -> None:
        await test_one_request_after_the_other_has_one_connection()
        await test_a_kept_connection_that_is_closed_without_an_answer_is_asked_again_on_a_new_one()
        await test_half_an_answer_is_none_and_is_not_asked_for_again(OK[:-1], "closed within the answer")
        await test_a_request_that_is_cancelled_closes_its_connection()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(exchanges())
