"""A cluster goes as it came: whichever way it ends, the machine is as it was before."""

import os
import secrets
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from e2e.machine import traces
from platforms.bare import cluster
from platforms.bare.cluster import BareCluster
from platforms.bare.layout import Layout
from platforms.machine.box import is_up
from seam.errors import UserError

pytestmark = pytest.mark.timeout(300)


def test_two_clusters_side_by_side_one_taken_down_and_one_killed_leave_nothing() -> None:
    down, killed = names = [f"t-{secrets.token_hex(3)}" for _ in range(2)]
    before = traces(*names)
    said: list[str] = []
    try:
        with ThreadPoolExecutor() as pool:
            made = list(pool.map(lambda name: cluster.up(name, said.append), names))
        assert len([line for line in said if "The cluster is ready after" in line]) == 2
        assert traces(*names) != before
        with pytest.raises(UserError, match="is up already"):
            cluster.up(down, said.append)
        assert [nodes_of(one) for one in made] == ["node/node\n"] * 2

        # `down` itself kills the node's init; this is the other process that a person could hit.
        layout = Layout.of(killed)
        os.kill(parent_of(int(layout.pid.read_text())), signal.SIGKILL)
        deadline = time.monotonic() + 20
        while is_up(layout) or traces(killed)["processes"]:
            assert time.monotonic() < deadline, traces(killed)["processes"]
            time.sleep(0.05)
        assert nodes_of(made[0]) == "node/node\n"
    finally:
        for name in names:
            cluster.down(name)
    assert traces(*names) == before


def nodes_of(made: BareCluster) -> str:
    command = [str(made.kubectl), "--kubeconfig", str(made.kubeconfig), "get", "nodes", "-o", "name"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def parent_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:")))
