"""gui: serves the page and passes its requests on to face, so that a browser needs one address only.

The page is at `/` and at `/faces/`, and asks for everything relative to its own address. So what it asks for is at both
places, and a proxy may put the gui under any prefix and strip that, or pass `/faces/` on as it is.
"""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import hdrs, web

from faces.addresses import Address
from faces.answering import REPLICA, REQUEST_ID_HEADER, answer, make_app, readable, tile_request, user_of
from faces.faults import Cell
from faces.replica import Replica
from faces.workloads.backends import make_session, new_request_id
from faces.workloads.page import MOUNTS, add_page

SESSION: web.AppKey[aiohttp.ClientSession] = web.AppKey("session", aiohttp.ClientSession)


def gui_app(replica: Replica) -> web.Application:
    app = make_app(replica)
    for mount in MOUNTS:
        app.router.add_get(f"{mount}/face", _face)
        app.router.add_get(f"{mount}/face/", _face)
        app.router.add_get(f"{mount}/rollouts", _rollouts)
    for prefix in (*(f"{mount}/face" for mount in MOUNTS), ""):
        for cell in ("center", "edge"):
            for slash in ("", "/"):
                app.router.add_get(f"{prefix}/{{cell:{cell}}}{slash}", _face)
    add_page(app)
    app.cleanup_ctx.append(_session)
    return app


async def _face(request: web.Request) -> web.Response:
    service = request.app[REPLICA].config.face_service
    cell = request.match_info.get("cell") or _cell_of(request)
    try:
        return await _forwarded(request, service, f"/{cell}/")
    except TimeoutError:
        return answer(request, 504, {"errors": [_no_answer(request, service)]})
    except (aiohttp.ClientError, OSError) as error:
        return answer(request, 502, {"errors": [_unreachable(service, error)]})


async def _rollouts(request: web.Request) -> web.Response:
    service = request.app[REPLICA].config.status_service
    if service is None:
        return _no_rollouts(200, "STATUS_SERVICE is not set")
    try:
        return await _forwarded(request, service, "/rollouts")
    except TimeoutError:
        return _no_rollouts(504, _no_answer(request, service))
    except (aiohttp.ClientError, OSError) as error:
        return _no_rollouts(502, _unreachable(service, error))


def _cell_of(request: web.Request) -> Cell:
    asked = tile_request(request, "center")
    return request.app[REPLICA].config.grid.cell(asked.row, asked.column)


async def _forwarded(request: web.Request, service: Address, path: str) -> web.Response:
    config = request.app[REPLICA].config
    real = config.connect_to.get(service, service)
    url = f"http://{real}{path}"
    headers = {hdrs.HOST: service.authority, config.user_header_name: user_of(request)}
    headers[REQUEST_ID_HEADER] = new_request_id()
    headers |= {
        name: readable(request.headers[name]) for name in (hdrs.USER_AGENT, hdrs.ACCEPT) if name in request.headers
    }
    async with (
        asyncio.timeout(config.backend_timeout),
        request.app[SESSION].get(url, params=request.query, headers=headers, allow_redirects=False) as said,
    ):
        kept = {name: text for name, text in said.headers.items() if name.lower().startswith("x-faces-")}
        kept[hdrs.CONTENT_TYPE] = said.headers.get(hdrs.CONTENT_TYPE, "application/octet-stream")
        return web.Response(body=await said.read(), status=said.status, reason=said.reason, headers=kept)


def _no_rollouts(status: int, why: str) -> web.Response:
    reason = f"Rollout status is unavailable: {why}."
    return web.json_response({"rollouts": [], "reason": reason}, status=status)


def _no_answer(request: web.Request, service: Address) -> str:
    return f"{service} did not answer within {request.app[REPLICA].config.backend_timeout:g} s"


def _unreachable(service: Address, error: Exception) -> str:
    return f"{service} cannot be reached: {str(error) or type(error).__name__}"


async def _session(app: web.Application) -> AsyncIterator[None]:
    async with make_session() as session:
        app[SESSION] = session
        yield
