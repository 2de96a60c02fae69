"""Where a run of the visitors speaks: lines, and on a terminal one line that is rewritten in place."""

import json
import os
import sys
from typing import Final, TextIO

from loadgen.wording import Summary, sentences, to_json

_CLEAR: Final = "\r\x1b[K"
_ON_A_TERMINAL_S: Final = 1.0
_IN_A_PIPE_S: Final = 5.0


class Console:
    """Writes to `stream`. When nobody reads it any more it stays silent, and `closed` says so."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._in_place = stream.isatty() and os.environ.get("TERM") != "dumb"
        self.interval_s = _ON_A_TERMINAL_S if self._in_place else _IN_A_PIPE_S
        """How long to wait between two calls of `live`."""
        self.closed = False

    def line(self, text: str) -> None:
        self._write(f"{_CLEAR if self._in_place else ''}{text}\n")

    def live(self, text: str) -> None:
        """Replace the live line on a terminal, never wider than it is; anywhere else, add a line."""
        if self._in_place:
            self._write(_CLEAR + text[: self._columns() - 1])
        else:
            self.line(text)

    def _columns(self) -> int:
        # Zero where a terminal does not know.
        return os.get_terminal_size(self._stream.fileno()).columns or 80

    def _write(self, text: str) -> None:
        if self.closed:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            self.closed = True
            _silence(self._stream)


def _silence(stream: TextIO) -> None:
    """Else Python would flush what is left at exit, and complain. https://docs.python.org/3/library/signal.html"""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def standard_output() -> Console:
    return Console(sys.stdout)


def say_summary(summary: Summary) -> int:
    """Print it as the settings want it, and return the exit code."""
    console = standard_output()
    if summary.settings.as_json:
        console.line(json.dumps(to_json(summary)))
    elif not summary.settings.attached:
        for sentence in sentences(summary):
            console.line(sentence)
    return summary.exit_code
