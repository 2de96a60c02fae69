"""The init of a box with a Docker daemon in it: nothing that the daemon does to its network touches the host's.

    python -m platforms.kind.box NAME FD PORT

It is process 1 of its own process, mount and network namespaces. FD is a socket of the host that listens at PORT of its
loopback; whoever connects there reaches PORT of the box's loopback, at which Docker publishes the API server.
"""

import os
import signal
import subprocess
import sys

from platforms.kind.layout import Layout
from platforms.machine import cgroups

_FORWARD = "platforms.machine.forward"


def main() -> None:
    layout, listening, port = Layout.of(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    cgroups.join(layout.cgroup)
    _run("mount", "-t", "proc", "proc", "/proc")
    # The daemon's, and containerd's, run-time state: it goes away with the box. The host's own is out of sight.
    _run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    _run("ip", "link", "set", "lo", "up")
    with (layout.logs / "dockerd.log").open("wb") as log:
        daemon = subprocess.Popen(
            ["dockerd", f"--config-file={layout.daemon}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    subprocess.Popen(
        [sys.executable, "-P", "-m", _FORWARD, str(listening), "127.0.0.1", port],
        stdin=subprocess.DEVNULL,
        pass_fds=(listening,),
    )
    signal.signal(signal.SIGTERM, lambda *_: os.kill(daemon.pid, signal.SIGTERM))
    _wait_for(daemon.pid)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def _wait_for(daemon: int) -> None:
    """Until the daemon ends. Orphaned processes become children of process 1, and are buried here."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == daemon:
            sys.exit(os.waitstatus_to_exitcode(status) != 0)


if __name__ == "__main__":
    main()
