"""The run's two HTTP interfaces: commands on a Unix socket of its user alone, and a read-only status on loopback.

Answers are JSON. What a person got wrong is 422 {"error": sentence}, what the platform failed to do 503 with the same
shape. /watch is a stream of views, one a line, the current one first and then one for each change, until the run is
taken down.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from platforms.embedded import manifests
from platforms.embedded.faults import clear, inject
from platforms.embedded.platform_run import PlatformRun
from seam.errors import PlatformError, UserError
from seam.releases import PodChange
from seam.wire import platform_to_json

_RUN = web.AppKey("run", PlatformRun)
_DOWN = web.AppKey("down", asyncio.Event)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def command_app(run: PlatformRun, down: asyncio.Event) -> web.Application:
    app = web.Application(middlewares=[_sentences])
    app[_RUN], app[_DOWN] = run, down
    app.add_routes(
        [
            web.get("/view", _view),
            web.get("/watch", _watch),
            web.get("/measured", _measured),
            web.get("/events/{rollout}", _events),
            web.post("/apply", _apply),
            web.post("/release/{rollout}", _release),
            web.post("/promote/{rollout}", _promote),
            web.post("/abort/{rollout}", _abort),
            web.post("/retry/{rollout}", _retry),
            web.post("/undo/{rollout}", _undo),
            web.post("/inject/{rollout}", _inject),
            web.post("/clear/{rollout}", _clear),
            web.post("/down", _down),
        ]
    )
    return app


def status_app(run: PlatformRun, port: int) -> web.Application:
    """What the page's strip shows; no command can be given here."""
    app = web.Application(middlewares=[_only_as(f"127.0.0.1:{port}")])
    app[_RUN] = run
    app.add_routes([web.get("/rollouts", _rollouts)])
    return app


def _only_as(authority: str) -> Middleware:
    """Refuse requests for another name: a web page's, if its author has made that name lead to this machine."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Host") != authority:
            return web.json_response({"error": f"Ask for {authority}."}, status=403)
        return await handler(request)

    return check


@web.middleware
async def _sentences(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except PlatformError as error:
        return web.json_response({"error": str(error)}, status=422 if isinstance(error, UserError) else 503)


async def _body(request: web.Request) -> dict[str, Any]:
    body = await request.json() if request.can_read_body else {}
    assert isinstance(body, dict)
    return body


def _ok() -> web.Response:
    return web.json_response({"ok": True})


async def _view(request: web.Request) -> web.Response:
    return web.json_response(platform_to_json(request.app[_RUN].view()))


async def _measured(request: web.Request) -> web.Response:
    await request.app[_RUN].measured()
    return _ok()


async def _rollouts(request: web.Request) -> web.Response:
    shown = platform_to_json(request.app[_RUN].view())
    # With the time of whoever says when the next measurement is due: the browser's own clock may be another one.
    told = {"rollouts": shown["rollouts"], "platform": shown["platform"], "now": time.time()}
    return web.json_response(told)


async def _watch(request: web.Request) -> web.StreamResponse:
    run, down, changed = request.app[_RUN], request.app[_DOWN], asyncio.Event()
    stream = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await stream.prepare(request)
    sent: object = None
    with ExitStack() as listening:
        for controller in run.controllers.values():
            listening.enter_context(controller.listening(changed.set))
        ending = asyncio.create_task(_then(down, changed))
        try:
            while not down.is_set():
                changed.clear()
                view = run.view()
                if view != sent:
                    sent = view
                    await stream.write(json.dumps(platform_to_json(view)).encode() + b"\n")
                if not down.is_set():
                    await changed.wait()
        finally:
            ending.cancel()
    return stream


async def _then(first: asyncio.Event, second: asyncio.Event) -> None:
    await first.wait()
    second.set()


async def _events(request: web.Request) -> web.Response:
    controller = request.app[_RUN].controller(request.match_info["rollout"])
    return web.json_response([asdict(event) for event in controller.events])


async def _apply(request: web.Request) -> web.Response:
    run, body = request.app[_RUN], await _body(request)
    # The same token as before: an apply must not lock anybody out.
    read = await asyncio.to_thread(manifests.load, Path(body["directory"]), lambda: run.control_token)
    run.replace_manifests(read)
    return _ok()


async def _release(request: web.Request) -> web.Response:
    body = await _body(request)
    controller = request.app[_RUN].controller(request.match_info["rollout"])
    version = await controller.release(body["name"], PodChange.from_json(body["change"]), body["version"])
    return web.json_response({"version": version})


async def _promote(request: web.Request) -> web.Response:
    body = await _body(request)
    await request.app[_RUN].controller(request.match_info["rollout"]).promote(full=bool(body.get("full")))
    return _ok()


async def _abort(request: web.Request) -> web.Response:
    await request.app[_RUN].controller(request.match_info["rollout"]).abort()
    return _ok()


async def _retry(request: web.Request) -> web.Response:
    await request.app[_RUN].controller(request.match_info["rollout"]).retry()
    return _ok()


async def _undo(request: web.Request) -> web.Response:
    body = await _body(request)
    await request.app[_RUN].controller(request.match_info["rollout"]).undo(body.get("revision"))
    return _ok()


async def _inject(request: web.Request) -> web.Response:
    run, body = request.app[_RUN], await _body(request)
    controller = run.controller(request.match_info["rollout"])
    pods = await inject(controller, run.session, run.control_token, body["faults"], body.get("version"))
    return web.json_response({"pods": pods})


async def _clear(request: web.Request) -> web.Response:
    run, body = request.app[_RUN], await _body(request)
    controller = run.controller(request.match_info["rollout"])
    pods = await clear(controller, run.session, run.control_token, body.get("version"), body.get("kinds", ()))
    return web.json_response({"pods": pods})


async def _down(request: web.Request) -> web.Response:
    request.app[_DOWN].set()
    return _ok()
