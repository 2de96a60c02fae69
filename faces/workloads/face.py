"""face: one tile, from smiley and color, asked at the same time.

A tile is a good answer even when its parts are bad: the picture shows what is wrong, as in the reference
demo.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from aiohttp import web

from faces.answering import REPLICA, answer, make_app, tile_request
from faces.faults import Cell
from faces.replica import Replica
from faces.tiles import merged
from faces.workloads.backends import Ask, ColorBackend, SmileyBackend, make_channel, make_session
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
    for path, cell in PATHS:
        app.router.add_get(path, partial(_tile, cell))
        app.router.add_get(f"/face{path}", partial(_tile, cell))
    return app


async def _tile(cell: Cell, request: web.Request) -> web.Response:
    replica = request.app[REPLICA]
    asked = tile_request(request, cell)
    failure = await replica.faults.admit(asked.call)
    if failure is not None:
        return answer(request, failure.status, {"errors": [failure.message]})
    smiley, color = await asyncio.gather(request.app[SMILEY](asked), request.app[COLOR](asked))
    return answer(request, 200, merged(smiley, color, replica.config.version, replica.config.pod))


async def _backends(app: web.Application) -> AsyncIterator[None]:
    config = app[REPLICA].config
    async with make_session() as session, make_channel(config.color_service, config.connect_to) as channel:
        app[SMILEY] = SmileyBackend(
            session,
            config.smiley_service,
            config.connect_to,
            timeout=config.backend_timeout,
            user_header=config.user_header_name,
        ).ask
        app[COLOR] = ColorBackend(channel, config.color_service, timeout=config.backend_timeout).ask
        yield
