"""One tile: what is asked for it, and how the answers of smiley and color become one picture.

All of it is plain values; HTTP and gRPC are spoken elsewhere. What statuses look like is the reference
demo's language: cursing on grey is an error, sleeping on red a time-out, an exploding head on yellow too many
requests.
"""

import re
from dataclasses import dataclass
from typing import Any

from faces.faults import Cell
from faces.palette import COLORS
from faces.smileys import SMILEYS

_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")
_INT32_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class TileRequest:
    """`row` and `column` are -1 where the query has none, or no number."""

    cell: Cell
    row: int
    column: int
    user: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Grid:
    rows: int
    columns: int
    edge_size: int

    def cell(self, row: int, column: int) -> Cell:
        """Edge within `edge_size` of the border; outside of the grid there is no border, so center."""
        if not (0 <= row < self.rows and 0 <= column < self.columns):
            return "center"
        distance = min(row, column, self.rows - 1 - row, self.columns - 1 - column)
        return "edge" if distance < self.edge_size else "center"


@dataclass(frozen=True, slots=True)
class BackendAnswer:
    """The answer of a backend: a `value` with status 200, a `problem` with any other."""

    status: int
    value: str = ""
    problem: str = ""
    version: str | None = None
    pod: str | None = None


def index_of(text: str | None) -> int:
    """A row or column of a query; -1 if it is missing, no integer, or too large for color.proto's int32."""
    if text is None or not _INTEGER.fullmatch(text):
        return -1
    index = int(text)
    return index if -_INT32_MAX <= index <= _INT32_MAX else -1


def smiley_for(status: int) -> str:
    return SMILEYS[{429: "Kaboom", 504: "Sleeping"}.get(status, "Cursing")]


def color_for(status: int) -> str:
    return COLORS[{429: "yellow", 504: "red"}.get(status, "grey")]


def merged(smiley: BackendAnswer, color: BackendAnswer, version: str, pod: str) -> dict[str, Any]:
    """The body of face's answer; it is a good answer even when both backends are down."""
    body: dict[str, Any] = {
        "smiley": smiley.value if smiley.status == 200 else smiley_for(smiley.status),
        "color": color.value if color.status == 200 else color_for(color.status),
        "versions": {"face": version, "smiley": smiley.version, "color": color.version},
        "pods": {"face": pod, "smiley": smiley.pod, "color": color.pod},
    }
    named = {"smiley": smiley, "color": color}
    errors = [f"{name}: {answer.problem}" for name, answer in named.items() if answer.status != 200]
    return {**body, "errors": errors} if errors else body
