"""A part of a tile over HTTP: what smiley and color have in common. One value, asked for by cell."""

from typing import Any

from faces.answering import make_plain_app
from faces.faults import Cell
from faces.plain import PlainApp
from faces.replica import Replica

# The root is answered as if for the center, as in the reference demo.
PATHS: tuple[tuple[str, Cell], ...] = (
    ("/", "center"),
    ("/center", "center"),
    ("/center/", "center"),
    ("/edge", "edge"),
    ("/edge/", "edge"),
)


def part_app(replica: Replica, body: dict[str, Any]) -> PlainApp:
    return make_plain_app(replica, body, dict(PATHS))
