"""A cluster goes as it came: whichever way it ends, the machine is as it was before."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.machine import of_clusters, traces
from platforms.install import toolbox
from platforms.install.toolbox import KIND
from platforms.kind import cluster, homemade
from platforms.kind.docker import Docker
from platforms.kind.layout import Layout, Record
from platforms.kind.upstream import NODE_IMAGE
from platforms.machine import box

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def name() -> Iterator[str]:
    made = f"t-{secrets.token_hex(3)}"
    yield made
    cluster.down(made)


def test_a_box_that_is_killed_leaves_nothing_but_what_down_takes_away(name: str) -> None:
    before, layout = traces(name), Layout.of(name)
    with box.locked(layout) as lock:
        for folder in (layout.folder, layout.logs):
            folder.mkdir(parents=True)
        layout.write(Record("registries", Path("/bin/false"), Path("/bin/false")))
        homemade._start(layout, lock)
        homemade._wait_until_it_runs(layout, Docker(layout.socket))
    assert box.is_up(layout)
    assert traces(name) != before
    # `down` itself ends the box's init; this is the other process that a person could hit.
    os.kill(parent_of(int(layout.pid.read_text())), signal.SIGKILL)
    deadline = time.monotonic() + 20
    while box.is_up(layout) or of_clusters(name)["processes"]:
        assert time.monotonic() < deadline, of_clusters(name)["processes"]
        time.sleep(0.05)
    cluster.down(name)
    assert traces(name) == before


@pytest.mark.parametrize("step", ["Starting a Docker daemon", "kind: Starting control-plane"])
def test_whoever_is_interrupted_leaves_nothing(name: str, step: str, tmp_path: Path) -> None:
    before = traces(name)
    faces = str(Path(sys.executable).with_name("faces"))
    # Whatever is started in a shell's background ignores Ctrl-C, and so would all that it starts.
    heeding = ["env", "--default-signal=INT"]
    command = [*heeding, faces, "cluster", "up", "--on=kind", "--from=registries", f"--name={name}"]
    unbuffered = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=unbuffered) as making:
        assert making.stdout is not None
        assert any(step in line for line in making.stdout), f"it never said {step!r}"
        making.send_signal(signal.SIGINT)
        making.communicate(timeout=60)
    assert making.returncode == 130
    assert traces(name) == before


def test_the_digest_of_the_upstream_node_is_the_one_that_kinds_release_names() -> None:
    source = toolbox.modules([KIND])["kind"] / "pkg/apis/config/defaults/image.go"
    assert f'const Image = "{NODE_IMAGE}"' in source.read_text()


def parent_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:")))
