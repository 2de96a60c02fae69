"""Answering over HTTP: what every answer of a workload has, whichever workload it is. `answering_grpc` is its twin.

A draining replica says `Connection: close` with each answer. Who asks again connects again, and by then the
data plane has heard of the drain: no connection has to be cut.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDict, CIMultiDictProxy, istr

from faces.faults import Call, Cell, Failure
from faces.faulty import faults_injected
from faces.plain import PlainApp
from faces.replica import Replica
from faces.tiles import TileRequest, index_of

TileHandler = Callable[[Cell, web.Request], Awaitable[web.Response]]
# The cell of each path that answers tiles itself, which is what faults meet.
_CELLS: web.AppKey[dict[str, Cell]] = web.AppKey("cells")
_JSON = {hdrs.CONTENT_TYPE: "application/json; charset=utf-8"}
_USER: web.RequestKey[str] = web.RequestKey("user", str)
_ASKED: web.RequestKey[Replica] = web.RequestKey("asked", Replica)
REPLICA: web.AppKey[Replica] = web.AppKey("replica", Replica)
# Words for what went wrong: each port has its own form of answer.
Explain = Callable[[web.BaseRequest, web.HTTPException], web.Response]

_READING = (hdrs.METH_GET, hdrs.METH_HEAD)

# The client went away before it got its answer; nginx's number, which no server sends.
CLIENT_GONE = 499
# What a client is told of a defect. The rest is in the log.
DEFECT = "this replica has a bug; its log has the traceback"
# Whoever repeats a request keeps its id, and may say which attempt this is. The names are Envoy's.
REQUEST_ID_HEADER = "X-Request-Id"
ATTEMPT_HEADER = "X-Envoy-Attempt-Count"
LONGEST_ID = 100
# Answers say which headers they were asked with, for people who debug a mesh. These stay secret.
PRIVATE_HEADERS = (hdrs.AUTHORIZATION, hdrs.COOKIE, hdrs.PROXY_AUTHORIZATION)
# As istr they are compared in any case without being folded for each answer.
_POD_HEADER, _VERSION_HEADER = istr("X-Faces-Pod"), istr("X-Faces-Version")


def make_app(replica: Replica) -> web.Application:
    cells: dict[str, Cell] = {}
    app = web.Application(middlewares=_middlewares(replica, cells), handler_args={"access_log": None})
    app[REPLICA], app[_CELLS] = replica, cells
    return app


def _middlewares(replica: Replica, cells: Mapping[str, Cell]) -> list[Middleware]:
    faults = faults_injected(replica.faults, cells, _call, _failed)
    return [_counted_and_stamped(replica), errors_answered(replica, _refusal), faults]


def add_tiles(app: web.Application, paths: Iterable[tuple[str, Cell]], handler: TileHandler) -> None:
    """Answer tiles at these paths. Faults meet what is asked for there, and nothing else."""
    for path, cell in paths:
        app[_CELLS][path] = cell
        app.router.add_get(path, partial(handler, cell))


def make_plain_app(replica: Replica, body: dict[str, Any], cells: Mapping[str, Cell]) -> PlainApp:
    """Answers every one of these paths alike."""

    async def answered(request: web.BaseRequest) -> web.Response:
        if request.path not in cells:
            raise web.HTTPNotFound
        if request.method not in _READING:
            raise web.HTTPMethodNotAllowed(request.method, _READING)
        return answer(request, 200, body)

    return PlainApp(answered, _middlewares(replica, cells))


def user_of(request: web.BaseRequest) -> str:
    return request[_USER]


def readable(text: str) -> str:
    """Header bytes that are no UTF-8 come in as lone surrogates, which no encoder takes: replace them."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def tile_request(request: web.Request, cell: Cell) -> TileRequest:
    return TileRequest(
        cell=cell,
        row=index_of(request.query.get("row")),
        column=index_of(request.query.get("col")),
        user=user_of(request),
        user_agent=readable(request.headers.get(hdrs.USER_AGENT, "")) or "unknown",
    )


def _call(request: web.BaseRequest, cell: Cell) -> Call:
    headers = request.headers
    attempt = index_of(headers.get(ATTEMPT_HEADER))
    return Call(cell, user_of(request), headers.get(REQUEST_ID_HEADER, "")[:LONGEST_ID], max(attempt, 1))


def _failed(request: web.BaseRequest, failure: Failure) -> web.Response:
    return answer(request, failure.status, {"errors": [failure.message]})


def answer(request: web.BaseRequest, status: int, body: dict[str, Any]) -> web.Response:
    """The reference demo's frame around every JSON answer, and who gave it."""
    config = request[_ASKED].config
    said = {
        "path": request.path,
        "client_address": _client_address(request),
        "method": request.method,
        "headers": _echoed(request),
        "status": status,
        "version": config.version,
        "pod": config.pod,
        **body,
    }
    return web.Response(body=_encoded(said), status=status, headers=_JSON)


def _encoded(values: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(values)
    except UnicodeEncodeError:  # a lone surrogate, which JSON can write in ASCII alone
        return json.dumps(values).encode()


def errors_answered(replica: Replica, explain: Explain) -> Middleware:
    """The middleware that answers what a handler raises, on every HTTP port of a replica.

    A refusal (web.HTTPException) is put into words by `explain`. Anything else is a defect: the replica is told, which
    logs it and lets tests see it, and the client gets a 500.
    """

    @web.middleware
    async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as refused:
            response = explain(request, refused)
            kept = (hdrs.ALLOW, hdrs.LOCATION, hdrs.WWW_AUTHENTICATE)
            response.headers.update({name: refused.headers[name] for name in kept if name in refused.headers})
            return response
        except Exception as defect:  # noqa: BLE001 - the last resort: reported, and answered like everything else
            replica.report_defect(request.path, defect)
            return explain(request, web.HTTPInternalServerError(reason=DEFECT))

    return answered


def _refusal(request: web.BaseRequest, refused: web.HTTPException) -> web.Response:
    said = refused.reason if refused.status == 500 else f"{request.path}: {refused.reason}"
    return answer(request, refused.status, {"errors": [said]})


def _counted_and_stamped(replica: Replica) -> Middleware:
    user_header = istr(replica.config.user_header_name)

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        since, status = replica.clock(), CLIENT_GONE
        request[_ASKED] = replica
        request[_USER] = user = readable(request.headers.get(user_header, "")) or "unknown"
        try:
            response = await handler(request)
            status = response.status
        finally:
            replica.answered(request.path, status, since)
        # What a backend said about itself stays: gui hands on whose answer it is.
        headers = response.headers
        headers.setdefault(_POD_HEADER, replica.config.pod)
        headers.setdefault(_VERSION_HEADER, replica.config.version)
        headers.setdefault(user_header, user)
        if replica.draining or replica.faults.condition.ends_connections:
            response.force_close()
        return response

    return counted


def _client_address(request: web.BaseRequest) -> str:
    peer = request.transport.get_extra_info("peername") if request.transport else None
    return f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else "unknown"


def _echoed(request: web.BaseRequest) -> dict[str, list[str]]:
    headers: CIMultiDict[str] | CIMultiDictProxy[str] = request.headers
    if any(map(headers.__contains__, PRIVATE_HEADERS)):
        headers = CIMultiDict(headers)
        for private in PRIVATE_HEADERS:
            headers.popall(private, None)
    echoed: dict[str, list[str]] = {}
    for name, text in headers.items():
        if name in echoed:
            echoed[name].append(readable(text))
        else:
            echoed[name] = [readable(text)]
    return echoed
