"""The admin port: /healthz, /readyz, /metrics. No fault reaches it, but for those of which readiness is the point."""

from aiohttp import hdrs, web
from prometheus_client.exposition import choose_encoder

from faces.answering import REPLICA, errors_answered
from faces.replica import Replica


def admin_app(replica: Replica) -> web.Application:
    app = web.Application(middlewares=[errors_answered(replica, _refusal)], handler_args={"access_log": None})
    app[REPLICA] = replica
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)
    app.router.add_get("/metrics", _metrics)
    return app


def _refusal(request: web.BaseRequest, refused: web.HTTPException) -> web.Response:
    return web.json_response({"error": f"{request.path}: {refused.reason}"}, status=refused.status)


async def _healthz(request: web.Request) -> web.Response:
    del request
    return web.json_response({"status": "ok"})


async def _readyz(request: web.Request) -> web.Response:
    if request.app[REPLICA].draining:
        return web.json_response({"status": "draining"}, status=503)
    if not request.app[REPLICA].faults.condition.ready:
        return web.json_response({"status": "not ready, as a fault wants it"}, status=503)
    return web.json_response({"status": "ready"})


async def _metrics(request: web.Request) -> web.Response:
    encode, content_type = choose_encoder(request.headers.get(hdrs.ACCEPT, ""))
    body = encode(request.app[REPLICA].metrics.registry)
    return web.Response(body=body, headers={hdrs.CONTENT_TYPE: content_type})
