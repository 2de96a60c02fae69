import os
import pty
import termios
from collections.abc import Callable, Iterator
from io import StringIO
from typing import TextIO

import pytest

from loadgen.console import Console

CLEAR = "\r\x1b[K"


class Terminal:
    """A terminal of 20 columns: what is written to `stream` can be `read` on it."""

    def __init__(self) -> None:
        self._screen, inner = pty.openpty()
        self.stream: TextIO = open(inner, "w", encoding="utf-8")  # noqa: SIM115, PTH123
        termios.tcsetwinsize(inner, (24, 20))

    def read(self, length: int) -> str:
        """So many characters: the kernel hands on what was written a moment later."""
        shown = ""
        while len(shown) < length:
            shown = (shown + os.read(self._screen, 4096).decode()).replace("\r\n", "\n")
        return shown

    def close(self) -> None:
        self.stream.close()
        os.close(self._screen)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setenv("TERM", "xterm")
    opened = Terminal()
    yield opened
    opened.close()


def test_on_a_terminal_the_live_line_replaces_itself_and_the_next_line_replaces_it(terminal: Terminal) -> None:
    console = Console(terminal.stream)
    console.live("one")
    console.live("two")
    console.line("done")
    shown = f"{CLEAR}one{CLEAR}two{CLEAR}done\n"
    assert terminal.read(len(shown)) == shown


def test_a_live_line_is_never_wider_than_the_terminal_because_a_wrapped_one_cannot_be_replaced(
    terminal: Terminal,
) -> None:
    Console(terminal.stream).live("x" * 50)
    assert terminal.read(len(CLEAR) + 19) == CLEAR + "x" * 19


def written_elsewhere(write: Callable[[Console], None]) -> str:
    stream = StringIO()
    write(Console(stream))
    return stream.getvalue()


def test_anywhere_else_each_live_line_is_a_plain_line_of_its_own() -> None:
    def write(console: Console) -> None:
        console.live("x" * 200)
        console.live("two")
        console.line("done")

    assert written_elsewhere(write) == f"{'x' * 200}\ntwo\ndone\n"


def test_a_terminal_that_can_do_nothing_gets_plain_lines(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    Console(terminal.stream).live("one")
    assert terminal.read(4) == "one\n"


def test_there_are_fewer_lines_in_a_pipe_than_on_a_terminal(terminal: Terminal) -> None:
    assert (Console(terminal.stream).interval_s, Console(StringIO()).interval_s) == (1.0, 5.0)


def test_when_nobody_reads_any_more_it_falls_silent() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", encoding="utf-8") as stream:  # noqa: PTH123
        console = Console(stream)
        assert not console.closed
        console.line("one")
        assert console.closed
        console.live("two")
