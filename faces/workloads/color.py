"""color: which background a tile has, over gRPC, and over HTTP for people with curl."""

from functools import partial

import grpc
import grpc.aio
from aiohttp import web

from faces import color_service as service
from faces.answering_grpc import Answering, Refused
from faces.color_pb2 import ColorRequest, ColorResponse, ColorUpdate, ColorUpdateResponse
from faces.faults import Call, Cell
from faces.replica import Replica
from faces.workloads.part import part_app


def color_app(replica: Replica) -> web.Application:
    return part_app(replica, {"color": replica.config.css_color})


def color_server(replica: Replica) -> grpc.aio.Server:
    """A server without a port yet; it needs a running event loop."""
    # Two replicas must never share a port by accident and split its requests between them.
    server = grpc.aio.server(interceptors=[Answering(replica)], options=[("grpc.so_reuseport", 0)])
    cells: dict[Cell, service.Answer] = {cell: partial(_color, replica, cell) for cell in service.METHODS}
    server.add_generic_rpc_handlers((service.handlers(cells, _update),))
    return server


def code_for(status: int) -> grpc.StatusCode:
    """The reference demo's mapping; the HTTP status itself travels in the trailers."""
    return grpc.StatusCode.RESOURCE_EXHAUSTED if status == 429 else grpc.StatusCode.INTERNAL


async def _color(replica: Replica, cell: Cell, request: ColorRequest, context: service.Context) -> ColorResponse:
    del request  # all tiles of a cell have one color
    failure = await replica.faults.admit(Call(cell, _user_of(replica, context)))
    if failure is not None:
        raise Refused(failure.status, failure.message, code_for(failure.status))
    return ColorResponse(color=replica.config.css_color)


async def _update(request: ColorUpdate, context: service.UpdateContext) -> ColorUpdateResponse:
    """A color belongs to a version: one that changed at run time would make two versions look alike."""
    del request, context
    message = "colors change by a release, not at run time: set COLOR in the pod template"
    raise Refused(501, message, grpc.StatusCode.UNIMPLEMENTED)


def _user_of(replica: Replica, context: service.Context) -> str:
    metadata = dict(context.invocation_metadata() or ())
    for key in (service.USER_KEY, replica.config.user_header_name.lower()):
        if key in metadata:
            return service.text_of_metadata(metadata[key])
    return "unknown"
