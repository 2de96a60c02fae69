"""What the presenter's page and the notes are told. Pure: the same stage is the same JSON."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from chaos.record import Line
from presenter.script import Script

_KEPT = 60


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the story; `t` in seconds since the epoch."""

    t: float
    line: Line


@dataclass(slots=True)
class Shown:
    """`act` counts from 0. `epoch` is one more after each reset: whoever counts begins anew. `busy` says what is being
    done at this moment. `grid`: rows and columns; None: the page's own. `replay`: what is played again, in words, and
    `replay_at` the address of a page that shows it in the place of the live one.
    """

    script: Script
    began_at: float
    act: int = 0
    epoch: int = 0
    blank: bool = False
    frozen: bool = False
    grid: tuple[int, int] | None = None
    rate: float = 40.0
    shape: str = "steady"
    busy: str = ""
    replay: str = ""
    replay_at: str | None = None
    said: deque[Said] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.script.title,
            "acts": [{"title": act.title, "notes": act.notes} for act in self.script.acts],
            "act": self.act,
            "epoch": self.epoch,
            "beganAt": self.began_at,
            "blank": self.blank,
            "frozen": self.frozen,
            "grid": {"rows": self.grid[0], "cols": self.grid[1]} if self.grid else None,
            "load": {"rate": self.rate, "shape": self.shape},
            "busy": self.busy,
            "replay": self.replay,
            "said": [
                {"t": said.t, "sentence": said.line.sentence, "tone": said.line.tone.name.lower()} for said in self.said
            ],
        }
