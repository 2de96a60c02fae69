"""The four workloads. Each is a function from a replica to its servers; none knows its port."""

from collections.abc import Callable, Mapping

import grpc.aio
from aiohttp import web

from faces.config import Workload
from faces.plain import PlainApp
from faces.replica import Replica
from faces.workloads.color import color_app, color_server
from faces.workloads.face import face_app
from faces.workloads.gui import gui_app
from faces.workloads.smiley import smiley_app

HTTP_APPS: Mapping[Workload, Callable[[Replica], web.Application | PlainApp]] = {
    "gui": gui_app,
    "face": face_app,
    "smiley": smiley_app,
    "color": color_app,
}
GRPC_SERVERS: Mapping[Workload, Callable[[Replica], grpc.aio.Server]] = {"color": color_server}

__all__ = ["GRPC_SERVERS", "HTTP_APPS"]
