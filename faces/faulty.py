"""Faults over HTTP: the one middleware that carries out what is planned for a request. `faulty_grpc` is its twin."""

import asyncio
import fcntl
import json
import socket
import struct
import termios
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from faces.faults import HEALTHY_PLAN, Admitted, Call, Cell, Cut, Failure, Faults

Connection = asyncio.Transport | None

# What is counted for a request whose connection was cut before an answer began; nginx's number, which no server sends.
NO_ANSWER = 444
# A reset must not overtake what was sent before it: the client's kernel acknowledges that first, within this time.
ARRIVAL_LIMIT_S = 1.0
# So many pieces a second, at most, when a body is dripping.
PIECES_PER_S = 50


def faults_injected(
    faults: Faults,
    cells: Mapping[str, Cell],
    call_of: Callable[[web.BaseRequest, Cell], Call],
    refuse: Callable[[web.BaseRequest, Failure], web.Response],
) -> Middleware:
    """`cells` are those of the paths that faults meet, `call_of` says what a request there is about, and `refuse` puts
    a failure into words.
    """

    @web.middleware
    async def injected(request: web.Request, handler: Handler) -> web.StreamResponse:
        cell = cells.get(request.path)
        if cell is None or faults.let_through():
            return await handler(request)
        admitted = await faults.admit(call_of(request, cell))
        if admitted.plan is HEALTHY_PLAN:
            return await handler(request)
        cut = admitted.plan.cut
        if cut is not None and cut.after is None and (now := admitted.meets(cut)) is not None:
            return NoAnswer(now)
        failure = admitted.meets(admitted.plan.failure)
        if failure is not None:
            return _sent(request, admitted, refuse(request, failure))
        response = await handler(request)
        return (
            _sent(request, admitted, _changed(admitted, response)) if isinstance(response, web.Response) else response
        )

    return injected


class NoAnswer(web.Response):
    """The connection ends in the place of an answer."""

    def __init__(self, cut: Cut) -> None:
        super().__init__(status=NO_ANSWER)
        self._cut = cut

    async def prepare(self, request: web.BaseRequest) -> None:
        end_connection(request.transport, self._cut)


class PartialAnswer(web.Response):
    """An answer whose body is sent slowly, or not to its end; its headers speak of all of it."""

    def __init__(self, answer: web.Response, body: bytes, admitted: Admitted, connection: Connection) -> None:
        super().__init__(body=body, status=answer.status, headers=answer.headers)
        self._whole, self._admitted, self._connection = body, admitted, connection

    async def write_eof(self, data: bytes = b"") -> None:
        if self._must_be_empty_body:
            return await super().write_eof(data)
        cut = self._admitted.meets(self._admitted.plan.cut)
        length = len(self._whole) if cut is None else sent_before(cut, len(self._whole))
        await self._drip(self._whole[:length])
        if cut is None:
            return await web.StreamResponse.write_eof(self)
        if cut.how == "reset":
            await arrived(self._connection)
        return end_connection(self._connection, cut)

    async def _drip(self, body: bytes) -> None:
        drip = self._admitted.meets(self._admitted.plan.drip)
        if drip is None:
            return await self.write(body)
        began = self._admitted.now
        await self.write(body[:1])
        pieces = max(1, min(len(body) - 1, round(drip.seconds * PIECES_PER_S)))
        for piece in range(pieces):
            await self._admitted.pause_until(drip.kind, began + drip.seconds * (piece + 1) / pieces)
            first, last = (1 + (len(body) - 1) * number // pieces for number in (piece, piece + 1))
            await self.write(body[first:last])
        return None


def _changed(admitted: Admitted, response: web.Response) -> web.Response:
    changes = [change for planned in admitted.plan.changes if (change := admitted.meets(planned)) is not None]
    if not changes or response.status != 200:
        return response
    values: Any = json.loads(_bytes(response))
    return web.json_response(reduce(lambda made, change: dict(change.of(made)), changes, values))


def _sent(request: web.Request, admitted: Admitted, response: web.Response) -> web.Response:
    plan = admitted.plan
    if not plan.garblings and plan.drip is None and plan.cut is None:
        return response
    body = _bytes(response)
    for planned in plan.garblings:
        if (garbling := admitted.meets(planned)) is not None:
            body = garbling.of(body)
    response.headers.pop(hdrs.CONTENT_LENGTH, None)
    return PartialAnswer(response, body, admitted, request.transport)


def _bytes(response: web.Response) -> bytes:
    assert isinstance(response.body, bytes), "answers of tiles are small and whole"
    return response.body


def sent_before(cut: Cut, length: int) -> int:
    """How many bytes of a body go out before it is cut: some, and not all, of a body of at least two."""
    assert cut.after is not None
    return min(max(round(length * cut.after), 1), length - 1)


async def arrived(connection: Connection) -> None:
    """Wait until the other side's kernel has what was sent."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + ARRIVAL_LIMIT_S
    while connection is not None and not connection.is_closing() and clock() < deadline:
        if connection.get_write_buffer_size() == 0 and _unacknowledged(connection) == 0:
            return
        await asyncio.sleep(0.001)


def _unacknowledged(connection: asyncio.Transport) -> int:
    file: int = connection.get_extra_info("socket").fileno()
    (count,) = struct.unpack("i", fcntl.ioctl(file, termios.TIOCOUTQ, b"\0" * 4))
    return int(count)


def end_connection(connection: Connection, cut: Cut) -> None:
    """End it by a RST or a FIN. Raises ConnectionError, which tells aiohttp that there is no connection any more."""
    if connection is not None and cut.how == "reset":
        # Closed while it lingers for no time, a socket drops what it has and says RST.
        no_time = struct.pack("ii", 1, 0)
        connection.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_time)
        connection.abort()
    elif connection is not None:
        connection.close()
    raise ConnectionAbortedError(f"ended by the fault {cut.kind}")
