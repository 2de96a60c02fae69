"""A part of a tile over HTTP: what smiley and color have in common. One value, asked for by cell."""

from typing import Any

from aiohttp import web

from faces.answering import add_tiles, answer, make_app
from faces.faults import Cell
from faces.replica import Replica
from faces.tiles import TileRequest

# The root is answered as if for the center, as in the reference demo.
PATHS: tuple[tuple[str, Cell], ...] = (
    ("/", "center"),
    ("/center", "center"),
    ("/center/", "center"),
    ("/edge", "edge"),
    ("/edge/", "edge"),
)


def part_app(replica: Replica, body: dict[str, Any]) -> web.Application:
    async def part(request: web.Request, asked: TileRequest) -> web.Response:
        del asked  # all tiles have one value
        return answer(request, 200, body)

    app = make_app(replica)
    add_tiles(app, PATHS, part)
    return app
