import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from platforms.embedded.processes import memory
from platforms.embedded.processes.memory import private_bytes, private_memory_beyond, resident_bytes, until_beyond

MB = 1 << 20
# A process with 40 MB that forks: the child has them too, and makes 0, 10 or 100 more of its own, as it is told.
FORKING = f"""
import os, sys
shared = b"x" * (40 * {MB})
told, tell = os.pipe()
child = os.fork()
if child:
    print(child, flush=True)
    for line in sys.stdin:
        os.write(tell, line.encode())
else:
    kept = []
    for line in os.fdopen(told):
        kept.append(bytearray(os.urandom(1024)) * (int(line) * 1024))
"""


@contextmanager
def forked() -> Iterator[tuple[int, Callable[[int], None]]]:
    """The pid of a child that shares 40 MB with its parent, and what makes it take so many MB more."""
    with subprocess.Popen([sys.executable, "-c", FORKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        child = int(parent.stdout.readline())

        def take(megabytes: int) -> None:
            parent.stdin.write(f"{megabytes}\n".encode())
            parent.stdin.flush()

        yield child, take
        os.kill(child, 9)
        parent.stdin.close()


def test_what_is_the_process_s_own_is_counted_and_what_it_shares_is_not() -> None:
    rollup = (
        "558862b69000-7ffd394e8000 ---p 00000000 00:00 0    [rollup]\n"
        "Rss:               46012 kB\nPss:               12800 kB\nShared_Clean:       8616 kB\n"
        "Shared_Dirty:      30044 kB\nPrivate_Clean:        40 kB\nPrivate_Dirty:      6112 kB\n"
        "Private_Hugetlb:       8 kB\n"
    )
    assert private_bytes(rollup) == 6160 * 1024
    assert (
        resident_bytes("Name:\tpython\nVmHWM:\t   46020 kB\nVmRSS:\t   46012 kB\nRssAnon:\t 37000 kB\n") == 46012 * 1024
    )
    assert resident_bytes("Name:\tpython\nState:\tZ (zombie)\n") == 0


async def test_a_fork_is_within_its_limit_whatever_it_shares_and_beyond_it_once_it_has_grown() -> None:
    with forked() as (child, take):
        assert resident_bytes(Path(f"/proc/{child}/status").read_text()) > 40 * MB
        assert private_memory_beyond(30 * MB, child) is None
        take(10)
        beyond = asyncio.create_task(until_beyond(30 * MB, lambda: child))
        while (own := private_memory_beyond(0, child) or 0) < 10 * MB:
            await asyncio.sleep(0.01)
        assert own < 20 * MB
        assert not beyond.done()
        take(40)
        assert 30 * MB < await asyncio.wait_for(beyond, 10) < 60 * MB


def test_nobody_is_beyond_a_limit_who_is_gone_or_cannot_be_looked_at(tmp_path: Path) -> None:
    assert private_memory_beyond(1, os.getpid(), tmp_path) is None
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert private_memory_beyond(1, gone.pid) is None
    assert private_memory_beyond(1, os.getpid()) is not None


async def test_without_a_limit_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "PERIOD_S", 0)
    looked = []
    monkeypatch.setattr(memory, "private_memory_beyond", lambda *asked: looked.append(asked))
    for limit, pid in ((None, 7), (7, None)):
        waiting = asyncio.create_task(until_beyond(limit, lambda pid=pid: pid))  # type: ignore[misc]
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()
        waiting.cancel()
    assert looked == []
