"""Scenarios on the embedded platform: a run of its own for each, of which nothing is left."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from e2e.evidence import Evidence
from e2e.manifests import Change, write
from e2e.stage import Crowd, Pace, Stage, visited
from platforms.embedded.platform import EmbeddedPlatform
from platforms.registry import provider
from seam.provider import Options, StartRequest

# In the run's folder, by what they are called in the bundle; sockets and Prometheus' data are left out.
_KEPT = ("logs", "envoy", "settings.json", "prometheus/prometheus.yml")


@asynccontextmanager
async def start(crowd: Crowd, change: Change, pace: Pace, evidence: Evidence) -> AsyncIterator[Stage]:
    """A fresh run on the hurried manifests; gone afterwards, whatever happened."""
    manifests = write(evidence.scratch / "manifests", change, pace.hurry)
    starting = provider("embedded").begin(Options(seed=1), StartRequest(manifests, attached=True))
    async with await starting.wait_until_ready(lambda _: None) as platform:
        assert isinstance(platform, EmbeddedPlatform)

        async def own(folder: Path) -> None:
            """Logs of every process, what Envoy was told, what was applied."""
            folder.mkdir(parents=True)
            for name in _KEPT:
                _copy(platform.folder.path / name, folder / Path(name).name)
            shutil.copytree(manifests, folder / "manifests")
            view = await platform.view()
            (folder / "processes.json").write_text(json.dumps(dict(view.processes), indent=2) + "\n")

        try:
            async with visited(platform, crowd, pace, evidence, own) as on:
                yield on
        finally:
            await platform.down()


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy(source, target)
