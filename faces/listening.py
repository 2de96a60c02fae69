"""One HTTP server on one socket, and how it stops without losing anybody.

A connection that the kernel has accepted and the process has not is reset when the socket closes. So the
socket first stops taking in new ones, then those that wait are served, and only then it closes.
"""

import asyncio
import ctypes
import os
import socket
import struct
import sys

from aiohttp import web

# The time between "nobody new comes in" and "who is here without a request goes": enough for one request
# of a connection that was just made.
LINGER_S = 0.1
# Any turn of the event loop takes in all connections that wait; this is at least one turn.
TURN_S = 0.02
_SO_ATTACH_FILTER = 26


class ListenError(OSError):
    """The socket cannot be had; the sentence names the address."""


class HTTPListener:
    """Serves one application.

    When it closes, requests in flight get `limit` seconds. `linger` is for ports whose clients come anew all
    the time: so long, connections that have not asked yet may still ask.
    """

    def __init__(self, app: web.Application, *, limit: float = 1.0, linger: float = 0.0) -> None:
        self._linger = linger
        # A client that goes away ends its request: a hanging one would stay forever.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=limit)
        self._socket: socket.socket | None = None

    async def open(self, host: str, port: int) -> int:
        """Serve; return the port, which was chosen by the system if it was 0."""
        self._socket = bound_socket(host, port)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket, backlog=1024).start()
        return int(self._socket.getsockname()[1])

    async def close(self) -> None:
        """Stop listening, finish what is in flight, close what is idle."""
        if self._socket is not None:
            refuse_new(self._socket)
            await asyncio.sleep(TURN_S)
            for site in list(self._runner.sites):
                await site.stop()
            await asyncio.sleep(self._linger)
        await self._runner.cleanup()


def bound_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        # The system's own words: the exception's text says the address a second time. A negative number is the
        # resolver's, which has not found the host.
        code = error.errno or -1
        reason = os.strerror(code) if code > 0 else "BIND_ADDRESS is not an address of this machine"
        raise ListenError(f"cannot listen on {host}:{port}: {reason}") from error


def refuse_new(listener: socket.socket) -> None:
    """Make the kernel ignore who connects from now on, where it can; until the close, they just try again."""
    if sys.platform != "linux":
        return
    instruction = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF: return 0, drop
    program = struct.pack("HP", 1, ctypes.addressof(instruction))
    try:
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
    except OSError:
        return
