"""The init of the node: process 1 of its own process, mount and network namespaces, and parent of all components.

There is almost nothing to clean up after a cluster: when this process ends, for whatever reason, the kernel kills every
process of its namespace, and mounts, interfaces, routes and packet filters go away with their namespaces.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from platforms.bare.components import NODE_IP, SERVICE_RANGE, Component, components
from platforms.bare.layout import Layout
from platforms.machine import cgroups

_POLL_S = 0.2
_RESTART_DELAY_S = 1.0


def main() -> None:
    layout, listening = Layout.of(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    cgroups.join(layout.cgroup)
    programs = json.loads((layout.config / "programs.json").read_text())
    _mounts(layout)
    _network()
    forwarding = Component("forward", tuple(json.loads((layout.config / "forward.json").read_text())))
    _Children(layout.logs, listening).run([*components(layout, programs), forwarding])


def _mounts(layout: Layout) -> None:
    """A /proc and a /run of its own. The rest is the host's tree; the host does not see what is mounted here."""
    _run("mount", "--make-rshared", "/")  # among the node's own namespaces; `unshare` made them private from the host
    _run("mount", "-t", "proc", "proc", "/proc")
    _run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    # The folder of CNI's cache cannot be configured.
    kept = layout.folder / "cni-cache"
    kept.mkdir(exist_ok=True)
    Path("/var/lib/cni").mkdir(parents=True, exist_ok=True)
    _run("mount", "--bind", str(kept), "/var/lib/cni")


def _network() -> None:
    """The node's one address is on a bridge without ports. Nothing leads out of the namespace; nothing has to."""
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", "node0", "type", "bridge")
    _run("ip", "address", "add", f"{NODE_IP}/32", "dev", "node0")
    _run("ip", "link", "set", "node0", "up")
    # A connection to a Service needs a route before kube-proxy's rules can redirect it.
    _run("ip", "route", "add", SERVICE_RANGE, "dev", "node0")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


class _Children:
    """The components, each restarted when it ends; and orphaned processes, which become children of process 1."""

    def __init__(self, logs: Path, listening: int) -> None:
        self._logs, self._listening = logs, listening
        self._running: dict[int, tuple[Component, subprocess.Popen[bytes]]] = {}

    def run(self, wanted: list[Component]) -> None:
        for component in wanted:
            self._start(component)
        ended: list[tuple[float, Component]] = []
        while True:
            time.sleep(_POLL_S)
            ended += [(time.monotonic(), component) for component in self._reap()]
            for when, component in list(ended):
                if time.monotonic() - when > _RESTART_DELAY_S:
                    ended.remove((when, component))
                    self._start(component)

    def _start(self, component: Component) -> None:
        with (self._logs / f"{component.name}.log").open("ab") as log:
            started = subprocess.Popen(
                component.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(self._listening,) if component.name == "forward" else (),
            )
        self._running[started.pid] = (component, started)

    def _reap(self) -> list[Component]:
        """Components that ended since the last call."""
        ended: list[Component] = []
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return ended
            if pid == 0:
                return ended
            if pid in self._running:
                component, process = self._running.pop(pid)
                process.returncode = os.waitstatus_to_exitcode(status)
                ended.append(component)


if __name__ == "__main__":
    main()
