"""The presenter's addresses. The one for the speaker is on loopback and commands with a token; the one for the room
shows the page and refuses everything else, whoever asks.

The token never leaves the speaker's own browser but in the Authorization header of a command: it is behind the # of the
address, which no browser sends.
"""

import asyncio
import contextlib
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import hdrs, web

from chaos.catalogue import RELEASES
from presenter import qr
from presenter.actions import read_action
from presenter.choosing import workloads
from presenter.listening import Listen, room_address
from presenter.passing import Passing
from presenter.stage import Stage
from seam.errors import PlatformError, UserError
from seam.platform import Platform

PORT = 8090
_PORTS = 20
_API = "/present/api/"
_FILES = Path(__file__).parent / "page"
_LONGEST = 64 * 1024
_ALIVE_S = 5.0
_ONLY_LOOKING = "This address only shows the page: the presenter's own is on the presenter's machine."
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Served:
    """`present` is the presenter's address, token and all; `room` the one to show to everybody, if there is one."""

    present: str
    room: str | None


@contextlib.asynccontextmanager
async def serving(
    stage: Stage, platform: Platform, *, port: int | None = None, listen: Listen | None = None
) -> AsyncIterator[Served]:
    """Serve the presenter, and the room if `listen` says where. UserError for a port that is taken."""
    token = secrets.token_urlsafe(24)
    gui = (await platform.view()).gui
    async with aiohttp.ClientSession(auto_decompress=False) as session, contextlib.AsyncExitStack() as stack:
        passing = Passing(gui, stage, session)
        room = None
        if listen is not None:
            app = room_app(passing)
            taken = await _open(app, listen.host, [listen.port], stack)
            room = room_address(listen.host, taken)
        app = present_app(stage, platform, passing, token, room)
        ports = [port] if port is not None else list(range(PORT, PORT + _PORTS))
        taken = await _open(app, "127.0.0.1", ports, stack)
        yield Served(f"http://127.0.0.1:{taken}/present/#{token}", room)


def room_app(passing: Passing) -> web.Application:
    """What the room may do: look."""
    app = web.Application(middlewares=[_refusals, _only_looking])
    app.add_routes(passing.routes())
    return app


def present_app(
    stage: Stage, platform: Platform, passing: Passing, token: str, room: str | None = None
) -> web.Application:
    control = _Control(stage, platform, room)
    app = web.Application(middlewares=[_refusals, _authorized(token)], client_max_size=_LONGEST)
    app.add_routes(
        [
            web.get("/present", _to_slash),
            web.get("/present/", _page("present.html")),
            web.get("/present/notes/", _page("notes.html")),
            web.get("/present/qr.svg", control.qr),
            web.static("/present/static", _FILES),
            web.get(f"{_API}state", control.state),
            web.get(f"{_API}choices", control.choices),
            web.post(f"{_API}do", control.do),
            web.post(f"{_API}act", control.act),
            web.post(f"{_API}blank", control.blank),
            *passing.routes(),
        ]
    )
    return app


class _Control:
    def __init__(self, stage: Stage, platform: Platform, room: str | None) -> None:
        self._stage, self._platform, self._room = stage, platform, room

    async def state(self, request: web.Request) -> web.StreamResponse:
        """What is shown, a JSON object a line: now, and at each change. An empty line says that all is well."""
        stream = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "application/x-ndjson"})
        await stream.prepare(request)
        states = self._stage.states()
        coming = asyncio.ensure_future(anext(states))
        try:
            while True:
                done, _ = await asyncio.wait([coming], timeout=_ALIVE_S)
                if done:
                    await stream.write(json.dumps(coming.result() | {"room": self._room}).encode() + b"\n")
                    coming = asyncio.ensure_future(anext(states))
                else:
                    await stream.write(b"\n")
        except ConnectionError:
            return stream  # the page was closed
        finally:
            coming.cancel()

    async def choices(self, request: web.Request) -> web.Response:
        del request
        releases = [
            {"name": one.name, "summary": one.summary, "workload": one.scene.workload, "bad": one.bad}
            for one in RELEASES
        ]
        return web.json_response({"workloads": workloads(await self._platform.view()), "releases": releases})

    async def do(self, request: web.Request) -> web.Response:
        await self._stage.do(read_action(await _json(request)))
        return _ok()

    async def act(self, request: web.Request) -> web.Response:
        to, now = (await _object(request)).get("to"), self._stage.shown.act
        if to not in ("next", "back"):
            raise UserError("Say where to: next or back.")
        await self._stage.to_act(now + 1 if to == "next" else now - 1)
        return _ok()

    async def blank(self, request: web.Request) -> web.Response:
        on = (await _object(request)).get("on")
        if on is not None and not isinstance(on, bool):
            raise UserError("on has to be true or false, or left out for the other way round.")
        self._stage.blank(on=on)
        return _ok()

    async def qr(self, request: web.Request) -> web.Response:
        del request
        if self._room is None:
            raise web.HTTPNotFound(reason="Nobody in the room can come here: start with --listen.")
        return web.Response(body=qr.svg(self._room), content_type="image/svg+xml")


@web.middleware
async def _refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except PlatformError as error:
        return web.json_response({"error": str(error)}, status=422 if isinstance(error, UserError) else 503)
    except web.HTTPException as refused:
        if refused.status < 400:
            raise
        return web.json_response({"error": refused.reason}, status=refused.status, headers=_kept(refused))


def _kept(refused: web.HTTPException) -> dict[str, str]:
    return {name: refused.headers[name] for name in (hdrs.ALLOW, hdrs.WWW_AUTHENTICATE) if name in refused.headers}


@web.middleware
async def _only_looking(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.method not in (hdrs.METH_GET, hdrs.METH_HEAD) or request.path.startswith("/present"):
        raise web.HTTPForbidden(reason=_ONLY_LOOKING)
    return await handler(request)


def _authorized(token: str) -> Any:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        # Beside the commands there are files alone, and the page as everybody sees it.
        if request.path.startswith(_API) or request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
            scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
            if scheme.lower() != "bearer" or not given.strip():
                reason = (
                    "A token is needed: open the presenter's address as it was printed, with all that is after the #."
                )
                raise web.HTTPUnauthorized(reason=reason, headers={hdrs.WWW_AUTHENTICATE: "Bearer"})
            if not hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), token.encode()):
                reason = "The token is of another run: open the presenter's address as it was printed last."
                raise web.HTTPForbidden(reason=reason)
        return await handler(request)

    return check


def _page(name: str) -> Handler:
    async def page(request: web.Request) -> web.StreamResponse:
        del request
        headers = _HEADERS | {hdrs.CACHE_CONTROL: "no-store"}
        return web.Response(text=(_FILES / name).read_text("utf-8"), content_type="text/html", headers=headers)

    return page


async def _to_slash(request: web.Request) -> web.Response:
    del request
    raise web.HTTPFound("/present/")


async def _json(request: web.Request) -> Any:
    try:
        body = await request.json()
    except (ValueError, UnicodeDecodeError) as error:
        raise web.HTTPBadRequest(reason="The body is no JSON.") from error
    return body


async def _object(request: web.Request) -> dict[str, Any]:
    body = await _json(request)
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(reason="The body has to be a JSON object.")
    return body


def _ok() -> web.Response:
    return web.json_response({"ok": True})


async def _open(app: web.Application, host: str, ports: list[int], stack: contextlib.AsyncExitStack) -> int:
    """The first of these ports that is free."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    why = ""
    for port in ports:
        try:
            await web.TCPSite(runner, host, port, reuse_address=True).start()
        except OSError as error:
            why = error.strerror or str(error)
            continue
        return int(runner.addresses[0][1])
    raise UserError(f"Nobody can be served at {host}:{ports[0]}: {why}; give another address or port.")
