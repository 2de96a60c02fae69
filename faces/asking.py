"""Asking over HTTP: GET requests to one service, over connections that stay open. `answering` is the other side.

It does no more than gui and face need: no redirects, cookies, compression or streams. What aiohttp's client does
beside that costs a tile more than the rest of gui. httptools parses the answers.
"""

import asyncio
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from multidict import CIMultiDict

from faces.addresses import Address, Detours

# A connection that was idle for longer is not used again. Servers close theirs later, Envoy and aiohttp after minutes.
KEPT_S = 15.0


class BrokenAnswer(ConnectionError):  # noqa: N818 - it is an error of the connection, and its sentence says which
    """The connection ended before the answer did, or what came is no HTTP."""


class Unanswered(BrokenAnswer):
    """The connection was closed before it brought anything."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    reason: str
    headers: CIMultiDict[str]
    body: bytes


class Connections:
    """All connections to one service. Any number of requests run at the same time, each on a connection of its own.

    Whoever asks sets the time limit: a request that is cancelled closes its connection.
    """

    def __init__(self, service: Address, detours: Detours) -> None:
        self._address, self._authority = detours.get(service, service), service.authority
        # With the time since when; the last one is used first, so that those not needed grow old.
        self._idle: dict[_Connection, float] = {}
        self._lookup: asyncio.Task[list[str]] | None = None

    async def get(self, target: str, headers: Mapping[str, str]) -> HttpAnswer:
        """The answer, whatever its status. Raises OSError, of which BrokenAnswer is one."""
        request = _request(target, {"Host": self._authority, **headers})
        kept = self._kept()
        if kept is not None:
            try:
                return await self._ask(kept, request)
            except Unanswered:
                pass  # most likely closed while it was idle, and a GET may be asked twice
        return await self._ask(await self._connected(), request)

    def close(self) -> None:
        while self._idle:
            self._idle.popitem()[0].close()
        if self._lookup is not None:
            self._lookup.cancel()

    async def _connected(self) -> "_Connection":
        """A new connection, to the first of the service's addresses that takes it."""
        *others, last = await self._hosts()
        for host in others:
            with suppress(OSError):
                return await self._connected_to(host)
        return await self._connected_to(last)

    async def _connected_to(self, host: str) -> "_Connection":
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: _Connection(self._idle), host, self._address.port)
        return connection

    async def _hosts(self) -> list[str]:
        """What the name stands for. Whoever asks while a lookup is under way shares it, because each takes a thread."""
        if self._lookup is None or self._lookup.done():
            self._lookup = asyncio.create_task(_looked_up(self._address.host))
            self._lookup.add_done_callback(lambda done: done.cancelled() or done.exception())  # perhaps nobody waits
        return await asyncio.shield(self._lookup)

    def _kept(self) -> "_Connection | None":
        earliest = asyncio.get_running_loop().time() - KEPT_S
        while self._idle:
            connection, since = self._idle.popitem()
            if since > earliest:
                return connection
            connection.close()
        return None

    async def _ask(self, connection: "_Connection", request: bytes) -> HttpAnswer:
        try:
            answer = await connection.ask(request)
        except BaseException:
            connection.close()  # the rest of an answer may still come
            raise
        if connection.may_be_kept:
            self._idle[connection] = asyncio.get_running_loop().time()
        else:
            connection.close()
        return answer


@contextmanager
def connected(service: Address, detours: Detours) -> Iterator[Connections]:
    connections = Connections(service, detours)
    try:
        yield connections
    finally:
        connections.close()


class _Connection(asyncio.Protocol):
    """One request at a time. The methods from on_message_begin to on_message_complete are the parser's."""

    def __init__(self, idle: dict["_Connection", float]) -> None:
        self._parser = HttpResponseParser(self)
        self._idle = idle
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[HttpAnswer] | None = None
        self.may_be_kept = False
        self._anything_came = False
        self.on_message_begin()

    def ask(self, request: bytes) -> asyncio.Future[HttpAnswer]:
        self._answered = answered = asyncio.get_running_loop().create_future()
        self._anything_came = self.may_be_kept = False
        if self._transport is None:
            self._fail(Unanswered("the connection was closed"))
        else:
            self._transport.write(request)
        return answered

    def close(self) -> None:
        self._idle.pop(self, None)
        self._answered, self.may_be_kept = None, False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is of a class of its own

    def data_received(self, data: bytes) -> None:
        if self._answered is None:
            self.close()  # nobody asked
            return
        self._anything_came = True
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._fail(BrokenAnswer(f"the answer is no HTTP: {error}"))
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport, self.may_be_kept = None, False
        self._idle.pop(self, None)
        if not self._anything_came:
            self._fail(Unanswered(str(exc or "the connection was closed before an answer came")))
        elif exc is None and self._until_closed:
            self.on_message_complete()
        else:
            self._fail(BrokenAnswer(str(exc or "the connection was closed within the answer")))

    def on_message_begin(self) -> None:
        self._reason = ""
        self._headers: CIMultiDict[str] = CIMultiDict()
        self._body: list[bytes] = []
        self._until_closed = False

    def on_status(self, status: bytes) -> None:
        self._reason += status.decode("utf-8", "surrogateescape")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.add(name.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape"))

    def on_headers_complete(self) -> None:
        self._until_closed = not self._parser.should_keep_alive() and not (
            "Content-Length" in self._headers or "Transfer-Encoding" in self._headers
        )

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < HTTPStatus.OK or self._answered is None:
            return  # an interim answer: the real one follows
        self.may_be_kept = self._parser.should_keep_alive()
        answered, self._answered = self._answered, None
        if not answered.done():
            answered.set_result(HttpAnswer(status, self._reason, self._headers, b"".join(self._body)))

    def _fail(self, error: BrokenAnswer) -> None:
        answered, self._answered = self._answered, None
        if answered is not None and not answered.done():
            answered.set_exception(error)


async def _looked_up(host: str) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _request(target: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"GET {target} HTTP/1.1", *[f"{name}: {text}" for name, text in headers.items()]]
    head = "\r\n".join(lines)
    if head.count("\n") >= len(lines):
        raise ValueError("a header or a target with a line break in it would be more than one")
    return f"{head}\r\n\r\n".encode("utf-8", "surrogateescape")
