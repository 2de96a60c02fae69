"""color: which background a tile has, over gRPC, and over HTTP for people with curl."""

from functools import partial
from typing import NoReturn

import grpc
import grpc.aio
from aiohttp import web

from faces import color_service as service
from faces.answering import CLIENT_GONE
from faces.color_pb2 import ColorRequest, ColorResponse, ColorUpdate
from faces.faults import Call, Cell, Failure
from faces.replica import Replica
from faces.workloads.part import part_app


def color_app(replica: Replica) -> web.Application:
    return part_app(replica, {"color": replica.config.css_color})


def color_server(replica: Replica) -> grpc.aio.Server:
    """A server without a port yet; it needs a running event loop."""
    # Two replicas must never share a port by accident and split its requests between them.
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    cells: dict[Cell, service.Answer] = {cell: partial(_color, replica, cell) for cell in service.METHODS}
    server.add_generic_rpc_handlers((service.handlers(cells, partial(_update, replica)),))
    return server


def code_for(status: int) -> grpc.StatusCode:
    """The reference demo's mapping; the HTTP status itself travels in the trailers."""
    return grpc.StatusCode.RESOURCE_EXHAUSTED if status == 429 else grpc.StatusCode.INTERNAL


async def _color(replica: Replica, cell: Cell, request: ColorRequest, context: service.Context) -> ColorResponse:
    del request  # all tiles of a cell have one color
    since, status = replica.clock(), CLIENT_GONE
    try:
        failure = await replica.faults.admit(Call(cell, _user_of(replica, context)))
        status = 200 if failure is None else failure.status
    finally:
        replica.answered(f"/{service.SERVICE}/{service.METHODS[cell]}", status, since)
    if failure is not None:
        await _fail(replica, context, failure)
    await context.send_initial_metadata(service.ANNOUNCEMENT)
    context.set_trailing_metadata(_trailers(replica, 200))
    return ColorResponse(color=replica.config.css_color)


async def _fail(replica: Replica, context: service.Context, failure: Failure) -> NoReturn:
    await context.abort(code_for(failure.status), failure.message, trailing_metadata=_trailers(replica, failure.status))


async def _update(replica: Replica, request: ColorUpdate, context: service.UpdateContext) -> NoReturn:
    """A color belongs to a version: one that changes at run time would tell lies about what is rolled out."""
    del request
    since = replica.clock()
    replica.answered(f"/{service.SERVICE}/UpdateColor", 501, since)
    message = "colors change by a release, not at run time: set COLOR in the pod template"
    await context.abort(grpc.StatusCode.UNIMPLEMENTED, message, trailing_metadata=_trailers(replica, 501))


def _trailers(replica: Replica, status: int) -> tuple[tuple[str, str], ...]:
    return (
        (service.VERSION_KEY, replica.config.version),
        (service.POD_KEY, replica.config.pod),
        (service.STATUS_KEY, str(status)),
    )


def _user_of(replica: Replica, context: service.Context) -> str:
    metadata = dict(context.invocation_metadata() or ())
    for key in (service.USER_KEY, replica.config.user_header_name.lower()):
        if key in metadata:
            return service.text_of_metadata(metadata[key])
    return "unknown"
