import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from faces.cli import visiting
from faces.cli.place import Place
from seam.views import PlatformView

Run = Callable[..., tuple[int, str, str]]


class Platform:
    name = "demo"

    def __init__(self, gui: str = "http://127.0.0.1:9/faces/") -> None:
        self.gui = gui

    async def view(self) -> PlatformView:
        return PlatformView("embedded", "engine", self.gui, "", ())


class Visitors:
    """Notes how they were started, and ends with exit code 1."""

    def __init__(self) -> None:
        self.started: list[tuple[str, ...]] = []

    async def start(self, *words: str) -> "Visitors":
        self.started.append(words)
        return self

    async def wait(self) -> int:
        return 1


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    stand_in = Platform()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Platform]:
        yield stand_in

    async def find(_: Place) -> Any:
        return opened()

    monkeypatch.setattr(Place, "find", find)
    return stand_in


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize(
    ("words", "options"),
    [
        ([], ["--rate", "40", "--shape", "steady"]),
        (
            ["--rate", "2.5", "--shape", "ramp", "--duration", "1m30s", "--web", "--json"],
            ["--rate", "2.5", "--shape", "ramp", "--duration", "1m30s", "--web", "--json"],
        ),
    ],
)
def test_visitors_are_sent_to_the_run_that_is_up_and_their_exit_code_counts(
    faces: Run, monkeypatch: pytest.MonkeyPatch, words: list[str], options: list[str]
) -> None:
    visitors = Visitors()
    monkeypatch.setattr(asyncio, "create_subprocess_exec", visitors.start)
    assert faces("load", *words) == (1, "", "")
    program = (sys.executable, "-P", "-m", "loadgen")
    assert visitors.started == [(*program, "--url", "http://127.0.0.1:9", *options)]


@pytest.mark.timeout(60)
def test_a_page_that_nobody_serves_is_said_by_the_visitors_themselves(
    platform: Platform, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and not listened to
        platform.gui = f"http://127.0.0.1:{nobody.getsockname()[1]}/faces/"
        with pytest.raises(SystemExit) as ended:
            visiting.load.main(["--duration", "5s"], standalone_mode=False)
    assert ended.value.code == 2
    assert capfd.readouterr().err.startswith(f"Nobody answers at {platform.gui}")


@pytest.mark.timeout(60)
async def test_a_signal_reaches_the_visitors_whose_exit_code_still_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    up = tmp_path / "up"
    program = f"""
import pathlib, signal, sys, threading
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
pathlib.Path({str(up)!r}).touch()
threading.Event().wait()
"""
    start = asyncio.create_subprocess_exec

    async def instead(*_: str) -> asyncio.subprocess.Process:
        return await start(sys.executable, "-c", program)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", instead)
    visit = asyncio.create_task(visiting._visit(Platform(), []))  # type: ignore[arg-type]
    while not up.exists():
        await asyncio.sleep(0.01)
    visit.cancel()
    assert await visit == 7
