import asyncio
from typing import Any

import aiohttp
import pytest

from platforms.embedded.analyses import Analyses
from platforms.embedded.controller import Controller
from platforms.embedded.manifests import Manifests


@pytest.mark.parametrize("turns", range(4))
async def test_it_stops_although_something_changes_at_the_same_moment(
    manifests: Manifests, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    passes = []

    async def nothing_to_do(controller: Controller) -> float:
        passes.append(controller)
        return 60.0

    monkeypatch.setattr(Controller, "_pass", nothing_to_do)
    context: Any = None  # no replica is started
    async with aiohttp.ClientSession() as session:
        analyses = Analyses(session, "http://127.0.0.1:9", {})
        controller = Controller(manifests.rollouts["smiley"], manifests, context, analyses)
        controller.start()
        while not passes:
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)  # it waits for a change
        controller.wake()
        for _ in range(turns):
            await asyncio.sleep(0)
        task, stopping = controller._task, asyncio.create_task(controller.stop())
        assert task is not None
        ended, _ = await asyncio.wait([task], timeout=5)
        assert ended
        await stopping
