"""gui: serves the page and passes its requests on to face, so that a browser needs one address only.

The page is at `/` and at `/faces/`, and asks for everything relative to its own address. So what it asks for is at both
places, and a proxy may put the gui under any prefix and strip that, or pass `/faces/` on as it is.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from functools import partial
from itertools import product

from aiohttp import hdrs, web

from faces.addresses import Address
from faces.answering import REPLICA, REQUEST_ID_HEADER, answer, make_app, readable, tile_request, user_of
from faces.asking import Connections, connected
from faces.faults import Cell
from faces.replica import Replica
from faces.workloads.backends import new_request_id
from faces.workloads.page import MOUNTS, add_page
from faces.workloads.stream import POLLINGS, stream

CELLS: tuple[Cell, ...] = ("center", "edge")
FACE = web.AppKey("face", Connections)
STATUS = web.AppKey("status", Connections)


def gui_app(replica: Replica) -> web.Application:
    app = make_app(replica)
    app[POLLINGS] = {}
    for mount in MOUNTS:
        app.router.add_get(f"{mount}/rollouts", _rollouts)
        app.router.add_get(f"{mount}/stream", _stream)
    for prefix, slash in product((*(f"{mount}/face" for mount in MOUNTS), ""), ("", "/")):
        if prefix:
            app.router.add_get(f"{prefix}{slash}", _face_by_position)
        for cell in CELLS:
            app.router.add_get(f"{prefix}/{cell}{slash}", partial(_face, cell))
    add_page(app)
    app.cleanup_ctx.append(_services)
    return app


async def _face_by_position(request: web.Request) -> web.Response:
    asked = tile_request(request, "center")
    return await _face(request.app[REPLICA].config.grid.cell(asked.row, asked.column), request)


async def _face(cell: Cell, request: web.Request) -> web.Response:
    service = request.app[REPLICA].config.face_service
    try:
        return await _forwarded(request, request.app[FACE], f"/{cell}/")
    except TimeoutError:
        return answer(request, 504, {"errors": [_no_answer(request, service)]})
    except OSError as error:
        return answer(request, 502, {"errors": [_unreachable(service, error)]})


async def _stream(request: web.Request) -> web.StreamResponse:
    return await stream(request.app[FACE], request)


async def _rollouts(request: web.Request) -> web.Response:
    service = request.app[REPLICA].config.status_service
    if service is None:
        return _no_rollouts(200, "STATUS_SERVICE is not set")
    try:
        return await _forwarded(request, request.app[STATUS], "/rollouts")
    except TimeoutError:
        return _no_rollouts(504, _no_answer(request, service))
    except OSError as error:
        return _no_rollouts(502, _unreachable(service, error))


async def _forwarded(request: web.Request, service: Connections, path: str) -> web.Response:
    config = request.app[REPLICA].config
    headers = {config.user_header_name: user_of(request), REQUEST_ID_HEADER: new_request_id()}
    for name in (hdrs.USER_AGENT, hdrs.ACCEPT):
        if name in request.headers:
            headers[name] = readable(request.headers[name])
    async with asyncio.timeout(config.backend_timeout):
        said = await service.get(f"{path}?{request.rel_url.raw_query_string}".removesuffix("?"), headers)
    kept = {name: text for name, text in said.headers.items() if name.lower().startswith("x-faces-")}
    kept[hdrs.CONTENT_TYPE] = said.headers.get(hdrs.CONTENT_TYPE, "application/octet-stream")
    return web.Response(body=said.body, status=said.status, reason=said.reason, headers=kept)


def _no_rollouts(status: int, why: str) -> web.Response:
    reason = f"Rollout status is unavailable: {why}."
    return web.json_response({"rollouts": [], "reason": reason}, status=status)


def _no_answer(request: web.Request, service: Address) -> str:
    return f"{service} did not answer within {request.app[REPLICA].config.backend_timeout:g} s"


def _unreachable(service: Address, error: Exception) -> str:
    return f"{service} cannot be reached: {str(error) or type(error).__name__}"


async def _services(app: web.Application) -> AsyncIterator[None]:
    config = app[REPLICA].config
    with ExitStack() as stack:
        app[FACE] = stack.enter_context(connected(config.face_service, config.connect_to))
        if config.status_service is not None:
            app[STATUS] = stack.enter_context(connected(config.status_service, config.connect_to))
        yield
