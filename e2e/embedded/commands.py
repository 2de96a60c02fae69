"""`faces` as a person or a CI types it, in a process of its own."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FACES = Path(sys.executable).with_name("faces")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code and all that it printed."""

    code: int
    said: str


@asynccontextmanager
async def started(*words: object) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command while it runs; gone afterwards, whatever happened."""
    process = await asyncio.create_subprocess_exec(
        FACES,
        *map(str, words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(process: asyncio.subprocess.Process) -> Ended:
    said, _ = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, said.decode())


async def faces(*words: object) -> Ended:
    async with started(*words) as process:
        return await ended(process)


async def said_until(process: asyncio.subprocess.Process, part: str) -> str:
    """What it printed up to the line that holds `part`. AssertionError: it ended before."""
    assert process.stdout is not None
    said = ""
    async for line in process.stdout:
        said += line.decode()
        if part in line.decode():
            return said
    raise AssertionError(f"ended without saying {part!r}: {said}")


def report_in(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found
