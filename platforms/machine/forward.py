"""A port of the host's loopback that is forwarded into the cluster's network namespace.

    nsenter --target PID --net python -m platforms.machine.forward FD ADDRESS PORT [PARENT]

A socket belongs to the network namespace in which it was made, whichever process uses it. This process is handed a
listening socket of the host's as a file descriptor, and connects from where it runs, inside the namespace. So the host
needs no network interface for it.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import struct
import sys

_CHUNK = 1 << 16
_PR_SET_PDEATHSIG = 1


async def forward(listening: socket.socket, address: str, port: int) -> None:
    """Forward every connection, until cancelled."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(address, port)
        except OSError:
            _reset(writer)  # as the client would see if it connected there directly
            return
        await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
        for end in (inner_writer, writer):
            end.close()

    server = await asyncio.start_server(connected, sock=listening)
    async with server:
        await server.serve_forever()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    # One direction is done; the other may still be in use.
    with contextlib.suppress(OSError):
        writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    """With SO_LINGER 0 the kernel sends a reset; otherwise it would close the connection in good order."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _end_with(parent: int) -> None:
    """Have the kernel kill this process when its parent dies, for whatever reason."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() not in (parent, 0):  # 0: the parent is in a process namespace that is not visible here
        sys.exit(0)


def main() -> None:
    handle, address, port = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    for parent in sys.argv[4:]:
        _end_with(int(parent))
    asyncio.run(forward(socket.socket(fileno=handle), address, port))


if __name__ == "__main__":
    main()
