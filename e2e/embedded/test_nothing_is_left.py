"""However a run ends, no process and no port of it outlives it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from e2e.embedded.processes import alive, gone, pids
from platforms.embedded.platform import EmbeddedPlatform
from platforms.embedded.settings import running_names
from seam.views import PlatformView

pytestmark = pytest.mark.timeout(60)
FACES = Path(sys.executable).with_name("faces")


@asynccontextmanager
async def demo(name: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, PlatformView]]:
    """A `faces demo` with visitors, as a person has it in a terminal."""
    process = await asyncio.create_subprocess_exec(
        *(FACES, "demo", "--no-browser", "--name", name),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        async for line in process.stdout:
            if b"Visitors send" in line:
                break
        async with EmbeddedPlatform.find(name) as platform:
            yield process, await platform.view()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_ending_the_command_line_ends_everything(number: signal.Signals) -> None:
    async with demo(f"ends-{number.name.lower()}") as (process, view):
        assert all(alive(pid) for pid in pids(view))
        children = _children_of(process.pid)
        process.send_signal(number)
        await process.wait()
        if number is not signal.SIGKILL:
            assert process.returncode == 0
            await gone(view, children)
        else:  # its visitors notice that nobody is there any more, everything else that its terminal is gone
            await gone(view, within_s=20)
    assert f"ends-{number.name.lower()}" not in running_names()


async def test_kill_9_of_the_supervisor_leaves_nothing() -> None:
    async with demo("supervisor-killed") as (_, view):
        supervisor = view.processes["supervisor"]
        assert supervisor is not None
        os.kill(supervisor, signal.SIGKILL)
        await gone(view)
    assert "supervisor-killed" not in running_names()


async def test_kill_9_of_supervisor_and_nursery_at_once_leaves_nothing() -> None:
    async with demo("both-killed") as (_, view):
        for name in ("nursery", "supervisor"):
            pid = view.processes[name]
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
        await gone(view)


async def test_up_goes_on_without_its_command_line_until_down() -> None:
    up = await asyncio.create_subprocess_exec(FACES, "up", "--name", "up-down", stdout=asyncio.subprocess.DEVNULL)
    assert await up.wait() == 0
    async with EmbeddedPlatform.find("up-down") as platform:
        view = await platform.view()
    assert all(alive(pid) for pid in pids(view))
    down = await asyncio.create_subprocess_exec(FACES, "down", "--name", "up-down")
    assert await down.wait() == 0
    await gone(view, within_s=1)


def _children_of(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    assert found
    return found
