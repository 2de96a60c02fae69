"""A part of a tile over HTTP: what smiley and color have in common. One value, asked for by cell."""

from functools import partial
from typing import Any

from aiohttp import web

from faces.answering import REPLICA, answer, make_app, tile_request
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
    app = make_app(replica)
    for path, cell in PATHS:
        app.router.add_get(path, partial(_part, cell, body))
    return app


async def _part(cell: Cell, body: dict[str, Any], request: web.Request) -> web.Response:
    asked = tile_request(request, cell)
    failure = await request.app[REPLICA].faults.admit(asked.call)
    if failure is not None:
        return answer(request, failure.status, {"errors": [failure.message]})
    return answer(request, 200, body)
