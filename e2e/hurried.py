"""The embedded platform with hurried manifests and visitors, for scripts that push releases one after the other."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chaos.experiment import Session, open_session
from e2e.changes import all_of, annotate, expect_progress_within, pause_for
from e2e.manifests import write
from platforms.registry import provider
from seam.provider import Options, StartRequest
from seam.releases import Scene

_DEADLINE_S, _SETTLED_S = 8, 2


@asynccontextmanager
async def hurried(scene: Scene, pause_s: int) -> AsyncIterator[Session]:
    """A fresh run with what the scene needs; measurable when this begins, and gone afterwards."""
    change = all_of(pause_for(pause_s), annotate(scene.services), expect_progress_within(_DEADLINE_S))
    with tempfile.TemporaryDirectory() as folder:
        manifests = write(Path(folder) / "manifests", change)
        starting = provider("embedded").begin(Options(), StartRequest(manifests, attached=True))
        async with await starting.wait_until_ready(lambda _: None) as platform:
            try:
                async with open_session(platform, scene.rate, scene.shape, Path(folder) / "visitors.ndjson") as session:
                    await platform.measured()
                    await asyncio.sleep(_SETTLED_S)
                    yield session
            finally:
                await platform.down()
