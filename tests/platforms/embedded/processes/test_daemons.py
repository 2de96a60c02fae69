import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import aiohttp
import pytest

from platforms.embedded.processes.daemons import Daemon
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import Processes
from platforms.embedded.processes.program import Program, first_order, start_nursery
from seam.errors import PlatformFailed

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

Until = Callable[[Callable[[], object]], Awaitable[None]]

SERVER = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ready" else 503)
        self.end_headers()
    def log_message(self, *words):
        pass
print("serving", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""
SILENT = "echo serving; exec sleep 1000"
FAILING = "date '+started %s.%N'; echo 'no such option: --wrong' >&2; exit 1"


@asynccontextmanager
async def daemon(
    processes: Processes, session: aiohttp.ClientSession, name: str, program: str, port: int
) -> AsyncIterator[Daemon]:
    interpreter = sys.executable if program is SERVER else shutil.which("sh") or ""
    ordered = Program(name, (interpreter, "-c", program, str(port)))
    limit = 15 if program is SERVER else 3  # long enough on a busy machine for what it says
    made = Daemon(ordered, f"http://127.0.0.1:{port}/ready", processes, session, start_limit_s=limit)
    try:
        yield made
    finally:
        await made.stop(grace=0)


async def test_it_has_started_when_it_answers(
    processes: Processes, session: aiohttp.ClientSession, ports: PortBlock
) -> None:
    port = ports.take()
    async with daemon(processes, session, "good", SERVER, port) as good:
        await good.start()
        assert good.pid is not None
        async with session.get(f"http://127.0.0.1:{port}/ready") as answer:
            assert answer.status == 200
        assert good.restarts == 0


async def test_one_that_the_nursery_was_told_to_start_first_is_not_started_twice(
    tmp_path: Path, session: aiohttp.ClientSession, ports: PortBlock, until: Until
) -> None:
    port = ports.take()
    program = Program("early", (sys.executable, "-c", SERVER, str(port)), started="early#0")
    processes = Processes(tmp_path, start_nursery(tmp_path, [first_order(program, tmp_path)]))
    try:
        # It serves before anybody listens to the nursery.
        await until(lambda: (tmp_path / "early.log").exists() and "serving" in (tmp_path / "early.log").read_text())
        early = Daemon(program, f"http://127.0.0.1:{port}/ready", processes, session)
        await processes.open()
        await early.start()
        assert (tmp_path / "early.log").read_text().count("serving") == 1
        first = early.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: early.pid not in (None, first))
        await early.stop(grace=0)
    finally:
        await processes.close()


async def test_one_that_was_killed_comes_back_as_another_process(
    processes: Processes, session: aiohttp.ClientSession, ports: PortBlock, until: Until
) -> None:
    port = ports.take()
    async with daemon(processes, session, "killed", SERVER, port) as good:
        await good.start()
        pids, log = {good.pid}, processes._logs / "killed.log"
        for killed in (1, 2):
            assert good.pid is not None
            os.kill(good.pid, signal.SIGKILL)
            await until(lambda times=killed + 1: log.read_text().count("serving") == times)  # type: ignore[misc]
            assert good.restarts == killed
            pids.add(good.pid)
        assert len(pids) == 3


async def test_after_the_nursery_was_lost_it_comes_back(
    tmp_path: Path, session: aiohttp.ClientSession, ports: PortBlock, until: Until
) -> None:
    processes = Processes(tmp_path)
    try:
        async with daemon(processes, session, "orphan", SERVER, ports.take()) as good:
            await good.start()
            first, nursery = good.pid, processes.nursery_pid
            assert nursery is not None
            os.kill(nursery, signal.SIGKILL)
            await until(lambda: good.pid not in (None, first))
    finally:
        await processes.close()


async def test_one_that_never_answers_is_told_with_the_end_of_its_log(
    processes: Processes, session: aiohttp.ClientSession, ports: PortBlock
) -> None:
    async with daemon(processes, session, "unready", SILENT, ports.take()) as unready:
        with pytest.raises(PlatformFailed) as told:
            await unready.start()
    assert str(told.value) == "unready did not start in 3 s; it said: serving"


async def test_one_that_ends_at_once_is_started_again_and_again_with_longer_and_longer_pauses(
    processes: Processes, session: aiohttp.ClientSession, ports: PortBlock
) -> None:
    async with daemon(processes, session, "failing", FAILING, ports.take()) as failing:
        with pytest.raises(
            PlatformFailed, match=r"(?s)failing did not start in 3 s; it said: .*no such option: --wrong"
        ):
            await failing.start()
        log = processes._logs / "failing.log"
        while log.read_text().count("started") < 4:
            await asyncio.sleep(0.01)
    started = [float(line.split()[1]) for line in log.read_text().splitlines() if line.startswith("started")]
    pauses = [later - earlier for earlier, later in pairwise(started)]
    # Each pause also holds the start of a process, which takes its time on a busy machine: only lower bounds are sure.
    assert all(pause >= least for pause, least in zip(pauses, (0.05, 0.1, 0.25), strict=False))


async def test_stop_ends_it_for_good(processes: Processes, session: aiohttp.ClientSession, ports: PortBlock) -> None:
    port = ports.take()
    async with daemon(processes, session, "stopped", SERVER, port) as stopped:
        await stopped.start()
        began = time.monotonic()
        await stopped.stop(grace=15)
        assert time.monotonic() - began < 15
        assert stopped.pid is None
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"http://127.0.0.1:{port}/ready")
