"""The control API: it changes a replica's faults while the replica runs. It has a port of its own.

Every request needs the token; without it a client does not even learn which paths exist. New faults are in force
before the request that sets them is answered.
"""

import hmac
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from faces.answering import REPLICA, errors_answered
from faces.faults import (
    KINDS,
    NO_FAULTS,
    FaultModel,
    Faults,
    FaultsRefusedError,
    MalformedJSONError,
    parse_fault,
    parse_model,
    possible,
)
from faces.replica import Replica

MAX_BODY_BYTES = 64 * 1024


def control_app(replica: Replica) -> web.Application:
    app = web.Application(
        middlewares=[errors_answered(replica, _refusal), _faults_refused, _authorized],
        client_max_size=MAX_BODY_BYTES,
        handler_args={"access_log": None},
    )
    app[REPLICA] = replica
    app.router.add_get("/faults", _get_all)
    app.router.add_put("/faults", _put_all)
    app.router.add_delete("/faults", _delete_all)
    app.router.add_get("/faults/{kind}", _get_one)
    app.router.add_put("/faults/{kind}", _put_one)
    app.router.add_delete("/faults/{kind}", _delete_one)
    return app


def _refusal(request: web.BaseRequest, refused: web.HTTPException) -> web.Response:
    return _json({"error": _sentence(request, refused)}, refused.status)


@web.middleware
async def _faults_refused(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except FaultsRefusedError as error:
        return _json({"error": str(error), "field": error.field}, 422)
    except MalformedJSONError as error:
        return _json({"error": str(error)}, 400)


@web.middleware
async def _authorized(request: web.Request, handler: Handler) -> web.StreamResponse:
    token = request.app[REPLICA].config.control_token
    assert token is not None, "the control API is not started without a token"
    scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() != "bearer" or not given.strip():
        reason = "Authentication is required: send the header Authorization: Bearer, followed by CONTROL_TOKEN."
        raise web.HTTPUnauthorized(reason=reason, headers={hdrs.WWW_AUTHENTICATE: "Bearer"})
    expected = token.get_secret_value().encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), expected):
        raise web.HTTPForbidden(reason="The token is wrong: send the CONTROL_TOKEN of this replica.")
    return await handler(request)


async def _get_all(request: web.Request) -> web.Response:
    return _json(_faults(request).model.as_json())


async def _put_all(request: web.Request) -> web.Response:
    return await _replaced(request, parse_model(await request.read()))


async def _delete_all(request: web.Request) -> web.Response:
    return await _replaced(request, NO_FAULTS)


async def _get_one(request: web.Request) -> web.Response:
    kind = _kind(request)
    if kind not in (model := _faults(request).model.as_json()):
        raise web.HTTPNotFound(reason=f"The fault {kind} is off.")
    return _json(model[kind])


async def _put_one(request: web.Request) -> web.Response:
    kind, body = _kind(request), await request.read()
    return await _replaced(request, parse_fault(kind, body, _faults(request).model))


async def _delete_one(request: web.Request) -> web.Response:
    return await _replaced(request, _faults(request).model.without(_kind(request)))


async def _replaced(request: web.Request, model: FaultModel) -> web.Response:
    await _faults(request).switch(possible(model, request.app[REPLICA].config.protocol))
    request.app[REPLICA].log.info("faults switched", faults=model.as_json())
    return _json(model.as_json())


def _faults(request: web.Request) -> Faults:
    return request.app[REPLICA].faults


def _kind(request: web.Request) -> str:
    kind = request.match_info["kind"]
    if kind not in KINDS:
        raise web.HTTPNotFound(reason=f"There is no fault of this name; choose one of {', '.join(KINDS)}.")
    return kind


def _sentence(request: web.BaseRequest, error: web.HTTPException) -> str:
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return f"{request.method} is not allowed here; use one of {allowed}."
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return f"The body is larger than {MAX_BODY_BYTES} bytes, which no description of faults needs."
    if isinstance(error, web.HTTPInternalServerError):
        return f"{error.reason}."
    if error.reason == "Not Found":
        return "There is nothing here; the faults are at /faults."
    return error.reason


def _json(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.json_response(body, status=status)
