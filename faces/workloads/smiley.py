"""smiley: which face a tile shows, over HTTP."""

from faces.plain import PlainApp
from faces.replica import Replica
from faces.workloads.part import part_app


def smiley_app(replica: Replica) -> PlainApp:
    return part_app(replica, {"smiley": replica.config.smiley})
