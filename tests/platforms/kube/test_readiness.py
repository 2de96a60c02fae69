import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import chain, repeat

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from platforms.kube import readiness
from platforms.kube.readiness import wait_until_served

GOOD = json.dumps({"smiley": "😃", "color": "blue"})
BAD = json.dumps({"smiley": "🤬", "color": "blue", "errors": ["smiley: 503"]})


@asynccontextmanager
async def front(answers: Iterator[str]) -> AsyncIterator[tuple[str, list[str]]]:
    """The address of a page whose tiles are these, and the tiles that were given."""
    given: list[str] = []

    async def page(_: web.Request) -> web.Response:
        return web.Response()

    async def tile(_: web.Request) -> web.Response:
        given.append(next(answers))
        return web.Response(text=given[-1])

    app = web.Application()
    app.router.add_get("/faces/", page)
    app.router.add_get("/face/edge/", tile)
    async with TestServer(app) as server:
        yield str(server.make_url("/faces/")), given


async def test_a_run_is_up_when_twenty_tiles_in_a_row_were_good() -> None:
    async with front(chain([GOOD, BAD], repeat(GOOD))) as (page, given):
        await wait_until_served(page, "here")
    assert given == [GOOD, BAD, *[GOOD] * 20]


async def test_a_first_version_that_is_bad_for_good_is_for_the_visitors_to_see(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_TILES_LIMIT_S", 0.5)
    async with front(repeat(BAD)) as (page, given):
        await wait_until_served(page, "here")
    assert set(given) == {BAD}
