"""Bare clusters, made and taken away: what `faces cluster` asks for."""

from pathlib import Path

from platforms.bare import cluster, host, layout
from seam.provider import AS_USUAL, MadeCluster, Say, Wishes


class _BareMaker:
    def clusters(self) -> list[str]:
        return layout.clusters()

    def make(self, name: str | None, progress: Say, *, install: bool, wishes: Wishes = AS_USUAL) -> MadeCluster:
        # A bare cluster has one origin, which is this machine.
        if install:
            host.NEEDS.install(progress)
        made = cluster.up(name or cluster.DEFAULT, progress, wishes.extra)
        return MadeCluster(made.layout.name, made.kubeconfig, made.kubectl)

    def end(self, name: str, logs: Path | None) -> None:
        if logs is not None:
            cluster.keep_logs(layout.Layout.of(name), logs)
        cluster.down(name)


MAKER = _BareMaker()
