"""The visitors beside a demo: a Locust of its own process, and the log of what they saw."""

import asyncio
import contextlib
import signal
import sys
import time
from pathlib import Path
from typing import Self

from loadgen.samples import Sample, follow, read_samples
from seam.errors import PlatformFailed

_START_LIMIT_S = 30.0


class Visitors:
    """Visitors of one page, from `start` until `stop`."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process, self._log, self._follower = process, log, follow(log)

    @classmethod
    async def start(cls, url: str, rate: float, shape: str, log: Path) -> Self:
        """Return when the first of their requests has been answered."""
        with _said(log).open("wb") as said:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "loadgen", "--url", url.removesuffix("/faces/")),
                *("--rate", f"{rate:g}", "--shape", shape, "--out", str(log), "--attached"),
                # Nothing is ever written: its end tells them that nobody is there any more.
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )
        visitors = cls(process, log)
        try:
            await visitors._first_answer()
        except BaseException:
            await visitors.stop()
            raise
        return visitors

    async def _first_answer(self) -> None:
        deadline = time.monotonic() + _START_LIMIT_S
        while not self._log.exists() or not self._log.stat().st_size:
            if self._process.returncode is not None:
                said = _said(self._log).read_text(errors="replace").strip()[-400:]
                raise PlatformFailed(f"The visitors did not start: {said}")
            if time.monotonic() > deadline:
                raise PlatformFailed(f"The visitors had no answer within {_START_LIMIT_S:.0f} s.")
            await asyncio.sleep(0.02)

    def fresh(self) -> list[Sample]:
        """What they saw since the last call."""
        return self._follower.poll()

    def all(self) -> list[Sample]:
        return read_samples(self._log)

    async def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def _said(log: Path) -> Path:
    """What Locust itself has to say: in a file, because nobody reads a pipe until it is full and Locust waits."""
    return log.with_suffix(".log")
