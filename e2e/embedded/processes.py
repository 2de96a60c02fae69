"""What is left of a run: its processes and its ports, as the operating system sees them."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from platforms.embedded.processes.ports import is_held
from seam.views import PlatformView


def pids(view: PlatformView) -> set[int]:
    """Every process of the run that the view knows of."""
    pods = (pod for rollout in view.rollouts for rs in rollout.replica_sets for pod in rs.pods)
    return {pid for pid in (*view.processes.values(), *(pod.pid for pod in pods)) if pid is not None}


def ports(view: PlatformView) -> set[int]:
    pods = (pod for rollout in view.rollouts for rs in rollout.replica_sets for pod in rs.pods)
    addresses = [view.gui, view.prometheus, *(pod.admin for pod in pods if pod.admin)]
    return {port for address in addresses if (port := urlsplit(address).port) is not None}


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and only waits to be reaped does not."""
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def gone(view: PlatformView, extra: Iterable[int] = (), within_s: float = 10) -> None:
    """Fail unless every process and port of the run is gone in time.

    A port that is open because the next run has been given it already is not this run's any more: its supervisor, who
    held it, is among the processes.
    """
    deadline = time.monotonic() + within_s
    while True:
        left = [pid for pid in (*pids(view), *extra) if alive(pid)]
        open_ports = [port for port in ports(view) if listening(port) and not is_held(port)]
        if not left and not open_ports:
            return
        assert time.monotonic() < deadline, f"left behind: processes {left}, ports {open_ports}"
        await asyncio.sleep(0.05)
