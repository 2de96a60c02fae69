"""face: one tile, from smiley and color, asked at the same time.

A tile is a good answer even when its parts are bad: the picture shows what is wrong, as in the reference
demo.
"""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from faces.answering import REPLICA, add_tiles, answer, make_app, tile_request
from faces.asking import connected
from faces.faults import Cell
from faces.replica import Replica
from faces.tiles import merged
from faces.workloads.backends import Ask, ColorBackend, SmileyBackend, make_channel
from faces.workloads.part import PATHS

SMILEY: web.AppKey[Ask] = web.AppKey("smiley")
COLOR: web.AppKey[Ask] = web.AppKey("color")


def face_app(replica: Replica) -> web.Application:
    app = face_routes(replica)
    app.cleanup_ctx.append(_backends)
    return app


def face_routes(replica: Replica) -> web.Application:
    """The application with its two backends, SMILEY and COLOR, still to be put in."""
    app = make_app(replica)
    for prefix in ("", "/face"):
        add_tiles(app, ((f"{prefix}{path}", cell) for path, cell in PATHS), _tile)
    return app


async def _tile(cell: Cell, request: web.Request) -> web.Response:
    app, asked = request.app, tile_request(request, cell)
    smiley, color = await asyncio.gather(app[SMILEY](asked), app[COLOR](asked))
    config = app[REPLICA].config
    return answer(request, 200, merged(smiley, color, config.version, config.pod))


async def _backends(app: web.Application) -> AsyncIterator[None]:
    config = app[REPLICA].config
    async with make_channel(config.color_service, config.connect_to) as channel:
        with connected(config.smiley_service, config.connect_to) as connections:
            app[SMILEY] = SmileyBackend(
                connections,
                config.smiley_service,
                timeout=config.backend_timeout,
                user_header=config.user_header_name,
            ).ask
            app[COLOR] = ColorBackend(channel, config.color_service, timeout=config.backend_timeout).ask
            yield
