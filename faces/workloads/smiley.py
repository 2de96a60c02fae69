"""smiley: which face a tile shows, over HTTP."""

from aiohttp import web

from faces.replica import Replica
from faces.workloads.part import part_app


def smiley_app(replica: Replica) -> web.Application:
    return part_app(replica, {"smiley": replica.config.smiley})
