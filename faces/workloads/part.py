"""A part of a tile over HTTP: what smiley and color have in common. One value, asked for by cell."""

from typing import Any

from aiohttp import web

from faces.answering import add_tiles, answer, make_app
from faces.faults import Cell
from faces.replica import Replica

# The root is answered as if for the center, as in the reference demo.
PATHS: tuple[tuple[str, Cell], ...] = (
    ("/", "center"),
    ("/center", "center"),
    ("/center/", "center"),
    ("/edge", "edge"),
    ("/edge/", "edge"),
)


def part_app(replica: Replica, body: dict[str, Any]) -> web.Application:
    async def part(_cell: Cell, request: web.Request) -> web.Response:
        return answer(request, 200, body)

    app = make_app(replica)
    add_tiles(app, PATHS, part)
    return app
