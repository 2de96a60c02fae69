"""color: which background a tile has, over gRPC, and over HTTP for people with curl."""

from functools import partial

import grpc
import grpc.aio

from faces import color_service as service
from faces.answering_grpc import Answering, Refused
from faces.color_pb2 import ColorRequest, ColorResponse, ColorUpdate, ColorUpdateResponse
from faces.faulty_grpc import FaultsInjected
from faces.plain import PlainApp
from faces.replica import Replica
from faces.workloads.part import part_app


def color_app(replica: Replica) -> PlainApp:
    return part_app(replica, {"color": replica.config.css_color})


def color_server(replica: Replica) -> grpc.aio.Server:
    """A server without a port yet; it needs a running event loop."""
    # Two replicas must never share a port by accident and split its requests between them.
    options = [("grpc.so_reuseport", 0)]
    server = grpc.aio.server(interceptors=[Answering(replica), FaultsInjected(replica)], options=options)
    cells = dict.fromkeys(service.METHODS, partial(_color, replica))
    server.add_generic_rpc_handlers((service.handlers(cells, _update),))
    return server


async def _color(replica: Replica, request: ColorRequest, context: service.Context) -> ColorResponse:
    del request, context  # all tiles have one color
    return ColorResponse(color=replica.config.css_color)


async def _update(request: ColorUpdate, context: service.UpdateContext) -> ColorUpdateResponse:
    """A color belongs to a version: one that changed at run time would make two versions look alike."""
    del request, context
    message = "colors change by a release, not at run time: set COLOR in the pod template"
    raise Refused(501, message, grpc.StatusCode.UNIMPLEMENTED)
