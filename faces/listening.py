"""One HTTP server on one socket, and how it closes without losing a request.

It closes by state, not by time: no new connection is let in; each one that the kernel holds is accepted; each one that
was accepted sends its first request; each request is answered. The limits below only end the wait for a client that
never does its part. How long this process itself takes, on a machine that is busy, does not matter.
"""

import asyncio
import contextlib
import ctypes
import itertools
import math
import os
import select
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from weakref import WeakSet

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from faces.faults import HEALTHY, Condition
from faces.plain import PlainApp

# How long a client may take for its half of a handshake, and then for its first request, once the replica closes.
HANDSHAKE_LIMIT_S = 0.5
ASK_LIMIT_S = 2.0
# How often the kernel is asked whether connections wait. In between, the event loop accepts them.
LOOK_S = 0.005
# A look is taken that often at least, however late it is: what has arrived by then has been read.
LEAST_LOOKS = 10
# The turns of the event loop after which an accepted connection is surely known to the server: asyncio needs three.
TURNS = 10
BACKLOG = 1024
_SO_ATTACH_FILTER = 26
_SYN_RECEIVED = "03"


class ListenError(OSError):
    """The socket cannot be had; the sentence names the address."""


class HTTPListener:
    """Serves one application. When it closes, requests in flight get `limit` seconds."""

    def __init__(self, app: web.Application | PlainApp, *, limit: float = 1.0) -> None:
        # The connections that have sent a request, now or earlier; and those whose request is being answered.
        self._asked: WeakSet[asyncio.BaseTransport] = WeakSet()
        self._busy: set[asyncio.BaseTransport] = set()
        app.middlewares.append(self._remembers_who_asked())
        self._runner = _runner(app, limit)
        self._socket: socket.socket | None = None
        self._condition = HEALTHY
        self._accepting: asyncio.Task[None] | None = None
        # A connection that is being made the server's: to cancel that would close it.
        self._handing_over: asyncio.Task[object] | None = None

    async def open(self, host: str, port: int) -> int:
        """Serve; return the port, which was chosen by the system if it was 0."""
        self._socket = bound_socket(host, port)
        await self._runner.setup()
        await self._accept(self._socket)
        return int(self._socket.getsockname()[1])

    async def become(self, condition: Condition) -> None:
        """Take connections in as the condition says; what is in flight is answered."""
        listener, before, self._condition = self._socket, self._condition, condition
        if listener is None or (before.refuses, before.accept_s) == (condition.refuses, condition.accept_s):
            return
        await self._accept_no_more()
        if condition.refuses and not before.refuses:
            host, port = listener.getsockname()[:2]
            listener.close()
            self._socket = listener = refusing(host, port)
            self._close_idle()
        if not condition.refuses:
            if before.refuses:
                listener.listen(BACKLOG)
            await self._accept(listener)

    async def close(self) -> None:
        """Stop listening, answer everybody who has connected, close what is idle."""
        if not self._condition.refuses:
            await self.become(HEALTHY)  # those who wait to be accepted slowly are accepted now
        listener, self._socket = self._socket, None
        if listener is not None and self._condition.refuses:
            listener.close()
        elif listener is not None:
            # Where nobody new comes in, those that wait are finitely many: they are accepted, however long it takes.
            limit = math.inf if refuse_new(listener) else HANDSHAKE_LIMIT_S
            await _until(lambda: not connections_wait(listener), limit)
            await _until(
                lambda: not (connections_wait(listener) or handshakes_are_under_way(listener)), HANDSHAKE_LIMIT_S
            )
            for _ in range(TURNS):
                await asyncio.sleep(0)
            await self._accept_no_more()
            listener.close()
            await _until(self._everybody_has_asked, ASK_LIMIT_S)
        await self._runner.cleanup()

    async def _accept(self, listener: socket.socket) -> None:
        if self._condition.accept_s > 0:
            self._accepting = asyncio.ensure_future(self._accept_slowly(listener, self._condition.accept_s))
        else:
            # What serves gets a copy, which it closes. The kernel goes on listening, whoever accepts.
            await web.SockSite(self._runner, listener.dup(), backlog=BACKLOG).start()

    async def _accept_no_more(self) -> None:
        for site in list(self._runner.sites):
            await site.stop()
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.gather(self._accepting, return_exceptions=True)
            self._accepting = None
        if self._handing_over is not None:
            await asyncio.gather(self._handing_over, return_exceptions=True)
            self._handing_over = None

    async def _accept_slowly(self, listener: socket.socket, seconds: float) -> None:
        loop, server = asyncio.get_running_loop(), self._runner.server
        assert server is not None
        while True:
            await _readable(listener)
            await asyncio.sleep(seconds)
            with contextlib.suppress(OSError):  # its client has given up; or there are too many, and it waits on
                accepted, _ = listener.accept()
                accepted.setblocking(False)  # noqa: FBT003 - the standard library's own
                handing_over = asyncio.create_task(loop.connect_accepted_socket(server, accepted))
                self._handing_over = handing_over
                await asyncio.shield(handing_over)

    def _close_idle(self) -> None:
        for connection in self._runner.server.connections if self._runner.server is not None else []:
            if connection.transport is not None and connection.transport not in self._busy:
                connection.force_close()

    def _everybody_has_asked(self) -> bool:
        server = self._runner.server
        open_now = [connection.transport for connection in server.connections] if server is not None else []
        return all(transport is None or transport in self._asked for transport in open_now)

    def _remembers_who_asked(self) -> Middleware:
        @web.middleware
        async def remember(request: web.Request, handler: Handler) -> web.StreamResponse:
            transport = request.transport
            if transport is None:
                return await handler(request)
            self._asked.add(transport)
            self._busy.add(transport)
            try:
                return await handler(request)
            finally:
                self._busy.discard(transport)

        return remember


def _runner(app: web.Application | PlainApp, limit: float) -> web.BaseRunner:
    # A client that goes away ends its request: a hanging one would stay forever.
    if isinstance(app, PlainApp):
        return web.ServerRunner(app.server(handler_cancellation=True), shutdown_timeout=limit)
    return web.AppRunner(app, handler_cancellation=True, shutdown_timeout=limit)


def bound_socket(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=_family(host), backlog=BACKLOG)
    except OSError as error:
        # The system's own words: the exception's text says the address a second time. A negative number is the
        # resolver's, which has not found the host.
        code = error.errno or -1
        reason = os.strerror(code) if code > 0 else "BIND_ADDRESS is not an address of this machine"
        raise ListenError(f"cannot listen on {host}:{port}: {reason}") from error


def refusing(host: str, port: int) -> socket.socket:
    """A socket that has the address and does not listen: the kernel refuses connections. OSError while another does."""
    placeholder = socket.socket(_family(host), socket.SOCK_STREAM)
    placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        placeholder.bind((host, port))
    except OSError:
        placeholder.close()
        raise
    return placeholder


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def refuse_new(listener: socket.socket) -> bool:
    """Make the kernel drop each new SYN; its client tries again, and finds the socket closed. False if it cannot.

    Handshakes that are under way complete: a client that has seen the kernel's half of one believes to be connected.
    """
    if sys.platform != "linux":
        return False
    # Classic BPF over the TCP header: of the flags in byte 13, SYN (2) without ACK (16) is dropped.
    program = [(0x30, 0, 0, 13), (0x54, 0, 0, 0x12), (0x15, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF)]
    instructions = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in program))
    filtering = struct.pack("HP", len(program), ctypes.addressof(instructions))
    try:
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, filtering)
    except OSError:
        return False
    return True


def connections_wait(listener: socket.socket) -> bool:
    """Whether the kernel holds connections that this process has not accepted: closing the socket would reset them.

    One turn of the event loop need not accept them all: uvloop accepts one at a time.
    """
    poll = select.poll()
    poll.register(listener.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def handshakes_are_under_way(listener: socket.socket) -> bool:
    """Whether a client has been sent the kernel's half of a handshake and the kernel waits for the client's (Linux)."""
    table = Path("/proc/self/net/tcp6" if listener.family == socket.AF_INET6 else "/proc/self/net/tcp")
    local = f":{listener.getsockname()[1]:04X}"
    try:
        rows = [line.split(maxsplit=4) for line in table.read_text("ascii").splitlines()[1:]]
    except OSError:
        return False
    return any(row[1].endswith(local) and row[3] == _SYN_RECEIVED for row in rows)


async def _readable(listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(listener.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(listener.fileno())


async def _until(reached: Callable[[], bool], limit: float) -> None:
    clock = asyncio.get_running_loop().time
    deadline = clock() + limit
    for look in itertools.count():
        if reached() or (look >= LEAST_LOOKS and clock() >= deadline):
            return
        await asyncio.sleep(LOOK_S)
