import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc")

ROOT = Path(__file__).parents[3]
AGAIN_S = 0.3
# Orphans come to this process as they come to process 1 of the node.
KEEP = f"""
import ctypes, json, sys
from pathlib import Path
from platforms.bare import node
from platforms.bare.components import Component
PR_SET_CHILD_SUBREAPER = 36
assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
node._POLL_S, node._RESTART_DELAY_S = 0.02, {AGAIN_S}
wanted = [Component(name, ("/bin/sh", "-c", script)) for name, script in json.loads(sys.argv[3]).items()]
node._Children(Path(sys.argv[1]), int(sys.argv[2])).run(wanted)
"""

Lines = Callable[[str], list[str]]
Keep = Callable[..., int]


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    """What a component has said so far."""

    def read(component: str) -> list[str]:
        log = tmp_path / f"{component}.log"
        return log.read_text().splitlines() if log.exists() else []

    return read


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


@pytest.fixture
def keep(tmp_path: Path, listening: socket.socket) -> Iterator[Keep]:
    """Start {name: shell script}; the pid of the one that keeps them."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**scripts: str) -> int:
        handle = listening.fileno()
        command = [sys.executable, "-c", KEEP, str(tmp_path), str(handle), json.dumps(scripts)]
        started.append(subprocess.Popen(command, cwd=ROOT, pass_fds=(handle,), start_new_session=True))
        return started[-1].pid

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(condition: Callable[[], object]) -> None:
    """The test's own time limit is the limit."""
    while not condition():
        time.sleep(0.01)


def parent_of(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except FileNotFoundError:
        return None


def test_one_that_ends_is_started_again_and_the_others_are_left_alone(keep: Keep, lines: Lines) -> None:
    keep(failing="date +%s.%N; exit 3", steady="echo started; exec sleep 1000")
    until(lambda: len(lines("failing")) >= 3)
    assert lines("steady") == ["started"]


def test_between_an_end_and_the_next_start_there_is_a_pause(keep: Keep, lines: Lines) -> None:
    keep(failing="date +%s.%N")
    until(lambda: len(lines("failing")) >= 3)
    first, second, third = (float(line) for line in lines("failing")[:3])
    assert min(second - first, third - second) > AGAIN_S


def test_one_that_was_killed_comes_back_as_another_process(keep: Keep, lines: Lines) -> None:
    keeper = keep(killed="echo $$; exec sleep 1000")
    until(lambda: lines("killed"))
    first = int(lines("killed")[0])
    assert parent_of(first) == keeper
    os.kill(first, signal.SIGKILL)
    until(lambda: len(lines("killed")) == 2)
    assert int(lines("killed")[1]) != first
    assert parent_of(first) is None


def test_all_that_end_at_once_come_back(keep: Keep, lines: Lines) -> None:
    names = [f"part{number}" for number in range(5)]
    keep(**dict.fromkeys(names, "echo $$; exec sleep 1000"))
    until(lambda: all(lines(name) for name in names))
    for name in names:
        os.kill(int(lines(name)[0]), signal.SIGTERM)
    until(lambda: all(len(lines(name)) == 2 for name in names))


def test_who_lost_a_parent_is_buried_and_nobody_is_started_for_it(keep: Keep, lines: Lines) -> None:
    """A zombie would still have its place in /proc."""
    keeper = keep(shim="(sleep 0.4 & echo $!); exec sleep 1000")
    until(lambda: lines("shim"))
    orphan = int(lines("shim")[0])
    until(lambda: parent_of(orphan) == keeper)
    until(lambda: parent_of(orphan) is None)
    time.sleep(AGAIN_S + 0.1)
    assert len(lines("shim")) == 1


def test_only_the_forwarder_inherits_the_socket(keep: Keep, lines: Lines, listening: socket.socket) -> None:
    has_it = f"[ -e /proc/self/fd/{listening.fileno()} ] && echo yes || echo no; exec sleep 1000"
    keep(forward=has_it, kubelet=has_it)
    until(lambda: lines("forward") and lines("kubelet"))
    assert (lines("forward"), lines("kubelet")) == (["yes"], ["no"])


def test_what_a_component_says_is_kept_over_its_restarts_errors_as_well(keep: Keep, lines: Lines) -> None:
    keep(etcd="echo out; echo err >&2")
    until(lambda: len(lines("etcd")) >= 4)
    assert lines("etcd")[:4] == ["out", "err", "out", "err"]
