"""The tiles of the grid in a terminal: what an answer means, and how its tile is told apart by its shape.

A canary's tile has brackets, a stable one's has none; a letter behind the version says what went wrong.
"""

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from rich.text import Text

from faces.cli.drawing.steps import is_out
from faces.palette import COLORS
from faces.smileys import SMILEYS
from seam.views import RolloutView

_SAD = {html.unescape(SMILEYS[name]) for name in ("Cursing", "Sleeping", "Kaboom", "Screaming", "Vomiting")}
_SLEEPING = html.unescape(SMILEYS["Sleeping"])
_TIMED_OUT = (408, 504)
_LONGEST_VERSION = 4
UNKNOWN = "?"


class Look(Enum):
    """How a tile went; the value is the letter that says so."""

    GOOD, SLOW, FAILED, TIMED_OUT, WAITING = " ", "~", "✗", "z", "…"


_STYLES = {Look.SLOW: "yellow", Look.FAILED: "bold red", Look.TIMED_OUT: "bold red", Look.WAITING: "dim"}
STABLE_STYLE, CANARY_STYLE = "blue", "bold magenta"


@dataclass(frozen=True, slots=True)
class Tile:
    look: Look
    version: str | None = None
    canary: bool = False

    @property
    def ok(self) -> bool:
        return self.look in (Look.GOOD, Look.SLOW)


def read_tile(status: int, body: str, ms: float, view: RolloutView | None, slow_ms: float) -> Tile:
    """What an answer means, of the release that `view` shows; slower than `slow_ms` is slow."""
    tile = _parsed(body)
    look = _look(status, tile)
    if look is Look.GOOD and ms > slow_ms:
        look = Look.SLOW
    version = _version(tile, view)
    canary = view is not None and is_out(view) and version == view.current_version != view.stable_version
    return Tile(look, version, canary)


def _parsed(body: str) -> Mapping[str, Any]:
    try:
        tile = json.loads(body)
    except ValueError:
        return {}
    return tile if isinstance(tile, dict) else {}


def _look(status: int, tile: Mapping[str, Any]) -> Look:
    # A data plane may turn any answer into a 200; the tile's own status is then the better witness.
    if status < 400 and isinstance(tile.get("status"), int):
        status = tile["status"]
    if status in _TIMED_OUT:
        return Look.TIMED_OUT
    if status >= 400 or not ("smiley" in tile or "color" in tile):
        return Look.FAILED
    face = html.unescape(str(tile.get("smiley")))
    if not tile.get("errors"):
        return Look.FAILED if face in _SAD else Look.GOOD
    return Look.TIMED_OUT if face == _SLEEPING or tile.get("color") == COLORS["red"] else Look.FAILED


def _version(tile: Mapping[str, Any], view: RolloutView | None) -> str | None:
    """That of the workload which is looked at; None where the answer does not say.

    Between two releases, the newest of those that had a part in it.
    """
    versions = tile.get("versions")
    if view is None or not isinstance(versions, dict):
        return None
    known = {name: version for name, version in versions.items() if isinstance(version, str) and version}
    newest = None if is_out(view) else max(known.values(), key=lambda version: (len(version), version), default=None)
    return known.get(view.name, newest)


@dataclass(slots=True)
class Wall:
    """The grid as it was told last. Tiles count row by row, from 0."""

    rows: int
    columns: int
    tiles: dict[int, Tile] = field(default_factory=dict)

    def put(self, index: int, tile: Tile) -> None:
        self.tiles[index] = tile

    def wait(self, index: int) -> None:
        """Its answer takes long: whose it will be is not known."""
        self.tiles[index] = Tile(Look.WAITING)

    def summary(self) -> str:
        """`14 of 16 happy, 5 by v2`."""
        shown = list(self.tiles.values())
        happy = sum(tile.ok for tile in shown)
        canary = [tile.version for tile in shown if tile.canary]
        return f"{happy} of {self.rows * self.columns} happy{f', {len(canary)} by {canary[0]}' if canary else ''}"

    def is_small(self, width: int) -> bool:
        """Whether a tile has room for a shape and a letter alone."""
        return self.columns * self._cell_width() > width

    def lines(self, width: int, height: int) -> list[Text]:
        """As much of it as fits, small where it is large; what does not fit is said in the last line."""
        draw, size = (_dot, 2) if self.is_small(width) else (_cell, self._cell_width())
        columns = min(self.columns, width // size)
        whole = columns == self.columns and self.rows <= height
        rows = self.rows if whole else min(self.rows, height - 1)
        lines = [
            Text.assemble(*(draw(self.tiles.get(row * self.columns + column), size) for column in range(columns)))
            for row in range(rows)
        ]
        return lines if whole else [*lines, Text(f"{rows}x{columns} of {self.rows}x{self.columns} fit", "dim")]

    def _cell_width(self) -> int:
        longest = max((len(tile.version or UNKNOWN) for tile in self.tiles.values()), default=2)
        return min(max(longest, 2), _LONGEST_VERSION) + 4


def _cell(tile: Tile | None, size: int) -> Text:
    """`[v2✗] ` or ` v1   `; a dot where nothing was asked yet."""
    if tile is None:
        return Text("·".center(size), "dim")
    if tile.look is Look.WAITING:
        return Text(Look.WAITING.value.center(size - 1) + " ", "dim")
    room = size - 4
    version = (tile.version or UNKNOWN)[:room].ljust(room)
    before, after = "[]" if tile.canary else "  "
    return Text(f"{before}{version}{tile.look.value}{after} ", _style(tile))


def _dot(tile: Tile | None, size: int) -> Text:
    """The same in two columns: a square is a canary's, a dot stable's."""
    if tile is None:
        return Text(" " * size)
    shape = "■" if tile.canary else "·"
    return Text(shape + tile.look.value, _style(tile))


def _style(tile: Tile) -> str:
    return _STYLES.get(tile.look, CANARY_STYLE if tile.canary else STABLE_STYLE)


def legend(view: RolloutView | None, *, small: bool = False) -> str:
    """What the shapes mean, in one line."""
    names = {Look.SLOW: "slow", Look.FAILED: "failed", Look.TIMED_OUT: "timed out", Look.WAITING: "waiting"}
    canary = [f"{'■' if small else f'[{view.current_version}]'} canary"] if view is not None and is_out(view) else []
    return "  ".join([*canary, *(f"{look.value} {name}" for look, name in names.items())])
