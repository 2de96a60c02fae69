"""The parent of every process on this platform, and the reason that none outlives it.

It imports the app once and forks each replica from there, so a replica is up in milliseconds, costs little memory
and no burst of CPU in the middle of somebody's measurement. Envoy and Prometheus are started here too: whatever
happens, one small single-threaded program holds every child. When its standard input ends (the supervisor went
away, however), it kills them all; when it dies itself, the kernel does (Linux) or the children notice (the app).

Spoken over standard input and output, a JSON object a line:
  -> {"do": "load"}: import the app; whatever is ordered before, such as Envoy, starts before that
  -> {"do": "spawn", "id": ..., "run": "app" | "program", "argv": [...], "env": {...}, "log": path}
  -> {"do": "signal", "id": ..., "signal": 15}
  <- {"id": ..., "pid": 123} once started, {"id": ..., "code": -9} once gone (negative: killed by that signal)
"""

import contextlib
import ctypes
import json
import os
import selectors
import signal
import sys
import traceback
from typing import Any, NoReturn

from platforms.embedded.importing import fast_imports

_PR_SET_PDEATHSIG = 1
_HELD_BACK = (signal.SIGINT, signal.SIGTERM)
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Nursery:
    def __init__(self) -> None:
        self._pids: dict[str, int] = {}
        self._input = b""
        self._wakeup, write_end = os.pipe()
        os.set_blocking(write_end, False)
        os.set_blocking(self._wakeup, False)
        signal.set_wakeup_fd(write_end)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # Ctrl-C in a terminal and a polite TERM are the supervisor's to answer: it drains first. Held back, not
        # ignored: one that is meant for a child that was forked just now has to reach it.
        signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)

    def run(self) -> None:
        """Serve until standard input ends; then end every child and return."""
        selector = selectors.DefaultSelector()
        selector.register(0, selectors.EVENT_READ)
        selector.register(self._wakeup, selectors.EVENT_READ)
        try:
            while True:
                for key, _ in selector.select():
                    if key.fd == self._wakeup:
                        with contextlib.suppress(BlockingIOError):
                            os.read(self._wakeup, 4096)
                        self._reap()
                    elif not self._read():
                        return
        except BrokenPipeError:
            return
        finally:
            self._kill_all()

    def _read(self) -> bool:
        chunk = os.read(0, 65536)
        self._input += chunk
        *lines, self._input = self._input.split(b"\n")
        for line in lines:
            order = json.loads(line)
            if order["do"] == "spawn":
                self._spawn(order)
            elif order["do"] == "load":
                _load_the_app()
            else:
                self._signal(order["id"], order["signal"])
        return bool(chunk)

    def _spawn(self, order: dict[str, Any]) -> None:
        nursery = os.getpid()
        pid = os.fork()
        if pid == 0:
            _become(order, nursery)
        self._pids[order["id"]] = pid
        self._say({"id": order["id"], "pid": pid})

    def _signal(self, name: str, number: int) -> None:
        # A child stays in the table until it is reaped, so its pid cannot have been given to somebody else.
        if name in self._pids:
            os.kill(self._pids[name], number)

    def _reap(self) -> None:
        for name, pid in list(self._pids.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                del self._pids[name]
                self._say({"id": name, "code": os.waitstatus_to_exitcode(status)})

    def _kill_all(self) -> None:
        for pid in self._pids.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says so of one that is dead
                os.killpg(pid, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in self._pids.values():
            os.waitpid(pid, 0)

    @staticmethod
    def _say(message: dict[str, Any]) -> None:
        os.write(1, json.dumps(message).encode() + b"\n")


def _become(order: dict[str, Any], nursery: int) -> NoReturn:
    """In the forked child: turn into the replica or the program. Never returns."""
    code = 70
    try:
        os.setsid()
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != nursery:  # it died before the line above
                os._exit(70)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, *_HELD_BACK):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD_BACK)
        _redirect(order["log"])
        if order["run"] == "program":
            os.execve(order["argv"][0], order["argv"], order["env"])  # noqa: S606
        os.environ.clear()
        os.environ.update(order["env"])
        from faces.__main__ import main  # noqa: PLC0415 - long since imported by the parent

        code = main(order["argv"])
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - a child must never return into the nursery's own loop
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(code)


def _redirect(log: str) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    # Nothing of the nursery's (its pipes, its selector) may stay open here.
    os.closerange(3, 256)


def _load_the_app() -> None:
    # gRPC's own fork handlers are for processes that used it before forking; this one never does.
    os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
    # structlog would load it, and all of pygments with it, to print tracebacks in colour. No replica does that.
    sys.modules["rich"] = None  # type: ignore[assignment]
    with fast_imports():  # what was imported stays shared between all replicas
        from faces.__main__ import main as _preload  # noqa: PLC0415 - after the lines above

    assert callable(_preload)


if __name__ == "__main__":
    Nursery().run()
