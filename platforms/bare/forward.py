"""A port of the host's loopback that leads into the cluster's network namespace.

    nsenter --target PID --net python -m platforms.bare.forward FD ADDRESS PORT [PARENT]

A socket belongs to the network namespace it was made in, whoever uses it: this process listens on one of the host's,
which it was handed as a file descriptor, and makes its connections where it runs. No interface of the host is needed.
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
    """Until cancelled."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(address, port)
        except OSError:
            _reset(writer)  # what somebody would see who asked there directly
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
    # Whoever has said everything may still be listening.
    with contextlib.suppress(OSError):
        writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Without time to linger, or the kernel would say a polite goodbye."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _end_with(parent: int) -> None:
    """The kernel kills this process when its parent dies, however that dies."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() not in (parent, 0):  # 0: the parent lives in a process namespace that is not seen from here
        sys.exit(0)


def main() -> None:
    handle, address, port = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    for parent in sys.argv[4:]:
        _end_with(int(parent))
    asyncio.run(forward(socket.socket(fileno=handle), address, port))


if __name__ == "__main__":
    main()
