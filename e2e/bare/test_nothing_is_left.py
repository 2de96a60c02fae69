"""A cluster goes as it came: whichever way it ends, the machine is as it was before."""

import os
import secrets
import signal
import subprocess
import time
from pathlib import Path

import pytest

from e2e.bare.machine import traces
from platforms.bare import cluster
from platforms.bare.layout import Layout
from platforms.errors import UserError

pytestmark = pytest.mark.timeout(300)


def test_two_clusters_side_by_side_and_nothing_is_left_of_one_that_is_taken_down() -> None:
    name = f"t-{secrets.token_hex(3)}"
    before = traces(name)
    said: list[str] = []
    made = cluster.up(name, said.append)
    try:
        assert any("ready after" in line for line in said)
        assert traces(name) != before
        with pytest.raises(UserError, match="is up already"):
            cluster.up(name, said.append)
        nodes = subprocess.run(
            [made.kubectl, "--kubeconfig", made.kubeconfig, "get", "nodes", "-o", "name"],
            capture_output=True,
            check=True,
            text=True,
        )
        assert nodes.stdout == "node/node\n"
    finally:
        cluster.down(name)
    assert traces(name) == before


def test_nothing_survives_the_process_that_holds_the_node_and_the_rest_goes_with_down() -> None:
    """`down` itself kills the node's init; this is the other process that a person could hit."""
    name = f"t-{secrets.token_hex(3)}"
    before = traces(name)
    layout = Layout.of(name)
    try:
        cluster.up(name, lambda _: None)
        os.kill(parent_of(int(layout.pid.read_text())), signal.SIGKILL)
        deadline = time.monotonic() + 20
        while cluster.is_up(layout) or traces(name)["processes"]:
            assert time.monotonic() < deadline, traces(name)["processes"]
            time.sleep(0.05)
    finally:
        cluster.down(name)
    assert traces(name) == before


def parent_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:")))
