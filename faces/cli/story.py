"""The story in the terminal: one line for each thing that happens, with its time, and nothing that blinks.

Lines, not a redrawn screen: they can be read from the back row, by a screen reader, and in a CI log afterwards. On a
terminal the last line counts the visitors live, and counts down what is waited for.
"""

import os
import sys
import time
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.text import Text

from chaos.record import Tone
from faces.cli.terminal import TerminalConsole
from loadgen.samples import Sample
from seam.provider import Ready

if TYPE_CHECKING:
    from rich.status import Status

_WINDOW_S = 5.0
# What stands before the words of the last line. That is one line in any terminal: it is redrawn twice a second.
_SPINNER = 3


class StoryConsole(TerminalConsole):
    """A console whose listener may leave (`faces demo | head`): the demo goes on, and its exit code still counts."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Story:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._recent: deque[Sample] = deque()
        self._status: Status | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status = self._console.status("Starting", spinner="dots")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def tell(self, sentence: str, tone: Tone = Tone.PLAIN) -> None:
        passed = time.monotonic() - self._began
        if isinstance(sentence, Ready) and tone is Tone.PLAIN:  # a line of the check list
            tone = Tone.GOOD
        mark, style = tone.value
        line = Text.assemble((f"{passed:6.1f} s  ", "dim"), (f"{mark} ", style), (sentence, style))
        self._console.print(line, soft_wrap=True)

    def show(self, picture: str) -> None:
        """Something to be looked at, as it is."""
        self._console.print(Text(picture), soft_wrap=True)

    def visitors(self, samples: list[Sample], now: float, awaited: Sequence[str] = ()) -> None:
        """Count what visitors saw in the last five seconds, in the line below the story.

        `awaited` is what is waited for, counted down: it comes first.
        """
        self._recent.extend(samples)
        while self._recent and self._recent[0].t < now - _WINDOW_S:
            self._recent.popleft()
        if self._status is not None and self._recent:
            line = Text(" · ".join([*awaited, self._counted(briefly=bool(awaited))]))
            line.truncate(self._console.width - _SPINNER, overflow="ellipsis")
            self._status.update(line)

    def _counted(self, *, briefly: bool) -> str:
        failed = sum(not sample.ok for sample in self._recent)
        share = 100 * (1 - failed / len(self._recent))
        if briefly:
            return f"visitors: {share:.1f} % happy"
        return f"Visitors: {share:.1f} % happy, {failed} failed of {len(self._recent) / _WINDOW_S:.0f} requests/s"
