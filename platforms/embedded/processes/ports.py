"""Ports on loopback that two runs on one machine never share.

Each run holds a block of ports below the range from which the kernel gives out ports by itself, by a lock on a file
that the kernel releases when the process is gone, however it went. Within its block a port is handed out after a
trial bind, in turn, so that one just given up by a dead replica is not the next one used.
"""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

from platforms.embedded.settings import private_folder
from seam.errors import UserError

FIRST, SIZE, BLOCKS = 20000, 200, 60


class PortBlock:
    def __init__(self) -> None:
        self._locks: list[int] = []
        for number in range(BLOCKS):
            if self._lock(f"block-{number}"):
                self._base, self._next = FIRST + number * SIZE, 0
                return
        raise UserError(f"{BLOCKS} runs hold all the ports set aside for them; end one with `faces down`.")

    def take(self) -> int:
        """The next free port of the block."""
        for _ in range(SIZE):
            port = self._base + self._next
            self._next = (self._next + 1) % SIZE
            if is_free(port):
                return port
        raise UserError(f"No port is free between {self._base} and {self._base + SIZE}; end what listens there.")

    def front(self, wanted: int | None, default: int = 8080) -> int:
        """The port of the front door: `wanted`, or 8080 or the next free one. UserError if it is taken."""
        if wanted is not None:
            if is_free(wanted) and self._lock(f"front-{wanted}"):
                return wanted
            raise UserError(f"Port {wanted} is in use on this machine; choose another with --port, or free it.")
        for port in range(default, default + 100):
            if is_free(port) and self._lock(f"front-{port}"):
                return port
        raise UserError(f"No port is free from {default} to {default + 99}; choose one with --port.")

    def close(self) -> None:
        for handle in self._locks:
            os.close(handle)

    def _lock(self, name: str) -> bool:
        handle = _locked(name)
        if handle is None:
            return False
        self._locks.append(handle)
        return True


def is_held(port: int) -> bool:
    """Whether a run that is up holds this port: as one of its block, or as its front door."""
    block = (port - FIRST) // SIZE
    handle = _locked(f"block-{block}" if 0 <= block < BLOCKS else f"front-{port}")
    if handle is not None:
        os.close(handle)
    return handle is None


def _locked(name: str) -> int | None:
    """The handle that holds the lock until it is closed; None: somebody else has it."""
    folder = private_folder(Path(tempfile.gettempdir()) / f"faces-ports-{os.getuid()}")
    handle = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
