"""The tiles a visitor paints, and when the next one is due."""

from dataclasses import dataclass
from typing import Final

PAGE_PATH: Final = "/faces/"
GOLDEN: Final = 0.618034


@dataclass(frozen=True, slots=True)
class Tile:
    """One request of the grid: `path` is what is sent, `name` groups it in Locust's statistics."""

    row: int
    col: int
    edge: bool

    @property
    def name(self) -> str:
        return "/face/edge/" if self.edge else "/face/center/"

    @property
    def path(self) -> str:
        return f"{self.name}?row={self.row}&col={self.col}"


def tiles(rows: int, cols: int) -> tuple[Tile, ...]:
    """The whole grid, row by row; the outermost ring is the edge."""
    return tuple(
        Tile(row, col, edge=row in (0, rows - 1) or col in (0, cols - 1)) for row in range(rows) for col in range(cols)
    )


def next_due(due: float, now: float, interval_s: float) -> float:
    """When the tile after the one that was due at `due` and went out at `now` is due, on the same clock.

    A tile that is less than one interval late does not delay the next ones, so the rate holds. After a longer delay
    (all slots were busy) the missed tiles are not caught up on: neither does a browser whose requests hung.
    """
    return due + interval_s if now - due <= interval_s else now + interval_s


def first_due(number: int, now: float, interval_s: float) -> float:
    """When visitor `number` paints its first tile: spread by the golden ratio, so that no two keep step."""
    return now + (number * GOLDEN % 1.0) * interval_s
