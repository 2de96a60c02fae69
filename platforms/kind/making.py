"""Kind clusters, made and taken away: what `faces cluster` asks for."""

from pathlib import Path

from platforms.kind import cluster
from platforms.kind.choosing import choose
from platforms.kind.host import NEEDS
from platforms.kind.layout import Layout
from seam.provider import AS_USUAL, MadeCluster, Say, Wishes


class _KindMaker:
    def clusters(self) -> list[str]:
        return Layout.names()

    def make(self, name: str | None, progress: Say, *, install: bool, wishes: Wishes = AS_USUAL) -> MadeCluster:
        origin = choose(wishes.origin, progress, preload=wishes.preload)
        if install and origin.own_images:
            NEEDS.install(progress)
        made = cluster.up(name or cluster.DEFAULT, origin, progress, wishes.extra)
        return MadeCluster(made.layout.name, made.layout.kubeconfig, made.kubectl)

    def end(self, name: str, logs: Path | None) -> None:
        if logs is not None:
            cluster.keep_logs(Layout.of(name), logs)
        cluster.down(name)


MAKER = _KindMaker()
