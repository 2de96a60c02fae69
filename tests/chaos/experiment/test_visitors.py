import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from chaos.experiment import visitors as room
from chaos.experiment.visitors import Visitors
from seam.errors import PlatformFailed

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def page() -> AsyncIterator[str]:
    """A page on which every tile is answered."""

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"smiley": "😃", "color": "blue"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/faces/"
    await runner.cleanup()


async def test_they_have_started_when_the_first_answer_is_there_and_stop_when_told(page: str, tmp_path: Path) -> None:
    visitors = await Visitors.start(page, 20, "steady", tmp_path / "visitors.ndjson")
    try:
        first = visitors.all()
        assert first
        while len(visitors.all()) < len(first) + 5:
            await asyncio.sleep(0.02)
        assert [sample.t for sample in visitors.fresh()][: len(first)] == [sample.t for sample in first]
    finally:
        await visitors.stop()
    assert visitors._process.returncode is not None
    await visitors.stop()


async def test_those_that_cannot_start_say_why(page: str, tmp_path: Path) -> None:
    with pytest.raises(PlatformFailed, match=r"^The visitors did not start: .*--shape"):
        await Visitors.start(page, 20, "wave", tmp_path / "visitors.ndjson")


async def test_those_that_get_no_answer_are_ended_with_a_sentence(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_START_LIMIT_S", 0.05)
    with pytest.raises(PlatformFailed, match=r"^The visitors had no answer within 0 s\.$"):
        await Visitors.start(page, 20, "steady", tmp_path / "visitors.ndjson")


async def test_ctrl_c_while_they_start_leaves_none_behind(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Visitors] = []
    wait = Visitors._first_answer

    async def remember(visitors: Visitors) -> None:
        started.append(visitors)
        await wait(visitors)

    monkeypatch.setattr(Visitors, "_first_answer", remember)
    starting = asyncio.create_task(Visitors.start(page, 20, "steady", tmp_path / "visitors.ndjson"))
    while not started:
        await asyncio.sleep(0.005)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert started[0]._process.returncode is not None
