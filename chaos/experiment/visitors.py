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

# A machine that is busy with other work has once taken longer than half a minute to start Locust.
_START_LIMIT_S = 90.0


class Visitors:
    """Visitors of one page, from `start` until `stop`; `change` makes them more or fewer."""

    def __init__(
        self, process: asyncio.subprocess.Process, url: str, log: Path, before: "Visitors | None" = None
    ) -> None:
        self._process, self._url, self._log, self._follower = process, url, log, follow(log)
        self._before = before

    @classmethod
    async def start(cls, url: str, rate: float, shape: str, log: Path, before: "Visitors | None" = None) -> Self:
        """Return when the first of their requests has been answered. What those `before` saw, they remember."""
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
        visitors = cls(process, url, log, before)
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

    async def change(self, rate: float, shape: str) -> "Visitors":
        """Others in their place, who remember what these saw; these go when the first of the others has an answer."""
        others = await self.start(self._url, rate, shape, self._log.with_name(f"next-{self._log.name}"), self)
        await self.stop()
        return others

    def fresh(self) -> list[Sample]:
        """What they saw since the last call."""
        before = self._before.fresh() if self._before is not None else []
        return before + self._follower.poll()

    def all(self) -> list[Sample]:
        """What they saw, in the order in which it ended."""
        return (self._before.all() if self._before is not None else []) + read_samples(self._log)

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
