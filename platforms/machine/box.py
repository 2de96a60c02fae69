"""A box: a process with process, mount and network namespaces of its own, and all that runs in them.

When its init dies, by whatever hand, the kernel kills every process of the box; its mounts, interfaces, routes and
packet filters go away with their namespaces. As long as it lives it holds the lock of its place.
"""

import fcntl
import itertools
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from platforms.machine import cgroups
from platforms.machine.places import Place
from seam.errors import PlatformFailed, UserError

_END_LIMIT_S = 30.0
# The process that started a box has to wait for it, or it stays a zombie; other processes see it disappear.
_started: dict[str, subprocess.Popen[bytes]] = {}


def is_up(place: Place) -> bool:
    """Whether its init is alive: it holds the lock, and the kernel releases that when it dies."""
    try:
        with place.lock.open("r+") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextmanager
def locked(place: Place) -> Iterator[int]:
    """Hold the place's lock, and clear what is left there.

    Yields the lock's file descriptor, which the init inherits, so that it holds it, too.
    """
    place.lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with place.lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"A cluster named {place.name!r} is up already; use it, or end it with `faces cluster down`."
            ) from None
        # Left over from a cluster that was not taken down, as when the machine was switched off.
        cgroups.remove(place.cgroup)
        shutil.rmtree(place.folder, ignore_errors=True)
        yield lock.fileno()


def start(place: Place, init: Sequence[str], handles: Sequence[int], log: str) -> None:
    """Start the command `init` as process 1 of a new box, and return when there is one. It inherits `handles`.

    What it says goes to the file LOG.log of its place. Raises PlatformFailed if it cannot be started.
    """
    unshare = ["unshare", "--fork", "--kill-child", "--pid", "--mount", "--net", "--propagation", "private"]
    search_path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])
    with (place.logs / f"{log}.log").open("wb") as output:
        parent = subprocess.Popen(
            [*unshare, *init],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env={**os.environ, "PATH": search_path},
            pass_fds=tuple(handles),
            start_new_session=True,
        )
    _started[place.name] = parent
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    deadline = time.monotonic() + _END_LIMIT_S
    while not (born := children.read_text().split()):
        if parent.poll() is not None or time.monotonic() > deadline:
            raise PlatformFailed(f"The {log} could not be started: {end_of_log(place, log)}")
        time.sleep(0.01)
    place.pid.write_text(born[0])


def end(place: Place, grace_s: float = 0) -> None:
    """End the init, and wait for its end: the kernel kills every process of its namespace first.

    With `grace_s` it is asked first, and killed if it has not ended by then.
    """
    if is_up(place) and place.pid.exists():
        try:
            handle = os.pidfd_open(int(place.pid.read_text()))
        except ProcessLookupError:
            pass
        else:
            try:
                _end(handle, place, grace_s)
            finally:
                os.close(handle)
    if place.name in _started:
        _started.pop(place.name).wait(_END_LIMIT_S)


def alive(place: Place) -> bool:
    return Path(f"/proc/{place.pid.read_text()}").exists()


def end_of_log(place: Place, name: str) -> str:
    log = place.logs / f"{name}.log"
    return log.read_text(errors="replace").strip()[-500:] if log.exists() else "its log is missing"


def new_folder(name: str) -> Path:
    """One that was not there before: in a folder that others can write to, an existing one may be a trap for root."""
    for number in itertools.count(1):
        folder = Path(name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise AssertionError


def _end(handle: int, place: Place, grace_s: float) -> None:
    try:
        if grace_s:
            signal.pidfd_send_signal(handle, signal.SIGTERM)
            if _dead(handle, grace_s):
                return
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        return
    if not _dead(handle, _END_LIMIT_S):
        raise PlatformFailed(f"The cluster {place.name!r} is still running {_END_LIMIT_S:.0f} s after it was killed.")


def _dead(handle: int, limit_s: float) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(limit_s * 1000))
