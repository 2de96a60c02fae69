"""`faces` in a terminal of its own, of 80 columns and 24 rows, as a person sees it."""

import asyncio
import codecs
import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import termios
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from e2e.embedded.commands import FACES

COLUMNS, ROWS = 80, 24
# What makes text bold or coloured.
STYLE = re.compile(r"\x1b\[[0-9;]*m")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_HOME = "\x1b[H"
_ITS_OWN = ("COLUMNS", "LINES", "NO_COLOR")


@dataclass(slots=True)
class Terminal:
    """A command, and what it has written so far, which is heard at `ours`. `before` are the keyboard's settings before
    it began.
    """

    process: asyncio.subprocess.Process
    ours: int
    keyboard: int
    before: list[Any]
    written: str = ""
    looked: int = 0
    # What is read may end in the middle of a letter.
    _decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self) -> None:
        with contextlib.suppress(OSError):
            self.written += self._decoder.decode(os.read(self.ours, 1 << 16))
        self.news.set()

    async def ended(self) -> int:
        """Its exit code, once it has ended and all that it wrote was heard."""
        code = await self.process.wait()
        while select.select([self.ours], [], [], 0)[0]:
            self.hear()
        return code

    @property
    def screen(self) -> str:
        """What it shows now, without colours."""
        return _without_controls(self.written.rpartition(_HOME)[2])

    async def until(self, *parts: str) -> None:
        """Until a screen has had all of these in it, since the last such one. AssertionError: the command ended."""
        ending = asyncio.create_task(self.process.wait())
        ending.add_done_callback(lambda _: self.news.set())
        while not self._has_shown(parts):
            assert not ending.done(), f"{parts} not in {self.screen}"
            self.news.clear()
            await self.news.wait()
        ending.cancel()

    def _has_shown(self, parts: Sequence[str]) -> bool:
        """What is there for a moment alone counts as well."""
        for number, screen in enumerate(self.written.split(_HOME)[self.looked :], self.looked):
            if all(part in _without_controls(screen) for part in parts):
                self.looked = number
                return True
        return False

    @property
    def is_as_before(self) -> bool:
        """Whether the screen, the cursor and the keyboard are as they were when the command began."""
        screens = [self.written.rfind(code) for code in ("\x1b[?1049h", "\x1b[?1049l")]
        cursors = [self.written.rfind(code) for code in ("\x1b[?25l", "\x1b[?25h")]
        ended = screens[0] < screens[1] and cursors[0] < cursors[1]
        return ended and termios.tcgetattr(self.keyboard) == self.before


def _without_controls(written: str) -> str:
    return _CONTROL.sub("", written).replace("\r", "")


@asynccontextmanager
async def in_a_terminal(*words: object, **environment: str) -> AsyncIterator[Terminal]:
    """The command while it runs; gone afterwards, whatever happened."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    surroundings = {name: value for name, value in os.environ.items() if name not in _ITS_OWN}
    before = termios.tcgetattr(theirs)
    process = await asyncio.create_subprocess_exec(
        FACES,
        *map(str, words),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=surroundings | {"TERM": "xterm-256color"} | environment,
        start_new_session=True,
    )
    terminal = Terminal(process, ours, theirs, before)
    asyncio.get_running_loop().add_reader(ours, terminal.hear)
    try:
        yield terminal
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        asyncio.get_running_loop().remove_reader(ours)
        for end in (ours, theirs):
            os.close(end)
