"""The terminal that a command is typed in: its console, its keys, and that it is as before when the command ends."""

import asyncio
import contextlib
import os
import sys
import termios
import tty
from collections.abc import Iterator
from typing import Any

from rich.console import Console

_QUIT = frozenset(b"qQ")


class TerminalConsole(Console):
    """Standard output. With NO_COLOR set, or where it is no terminal, text has no escape code at all."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("highlight", False)
        if os.environ.get("NO_COLOR"):
            settings.setdefault("color_system", None)
        super().__init__(**settings)

    @property
    def can_be_redrawn(self) -> bool:
        """Whether the cursor can be moved back over what was printed."""
        return self.is_terminal and not self.is_dumb_terminal


@contextlib.contextmanager
def keys(quits: asyncio.Event) -> Iterator[None]:
    """Typed letters are not shown; q sets `quits`. Ctrl-C remains a signal. Nothing is done without a keyboard."""
    if not sys.stdin.isatty():
        yield
        return
    keyboard, loop = sys.stdin.fileno(), asyncio.get_running_loop()
    before = termios.tcgetattr(keyboard)

    def pressed() -> None:
        typed = os.read(keyboard, 64)
        if not typed:  # the keyboard has gone
            loop.remove_reader(keyboard)
        elif _QUIT & set(typed):
            quits.set()

    tty.setcbreak(keyboard)
    loop.add_reader(keyboard, pressed)
    try:
        yield
    finally:
        loop.remove_reader(keyboard)
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
