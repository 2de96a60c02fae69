"""gui's stream of tiles: one request through to face for each tile and beat, for everybody who looks together."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from faces.addresses import Address
from faces.config import Config
from faces.replica import Replica
from faces.serving import Ports
from faces.tiles import Grid
from faces.workloads import polling, stream
from faces.workloads.polling import Batch, Polling, Said, shortened

Start = Callable[[Config], Awaitable[tuple[Replica, Ports]]]
pytestmark = pytest.mark.timeout(20)


class Face:
    """Counts what it was asked; holds an answer back while `free` is cleared."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.users: set[str] = set()
        self.ids: list[str] = []
        self.status = 200
        self.free = asyncio.Event()
        self.free.set()

    async def answer(self, request: web.Request) -> web.Response:
        self.asked[request.path_qs] += 1
        self.users.add(request.headers["X-Faces-User"])
        self.ids.append(request.headers["X-Request-Id"])
        await self.free.wait()
        body = {"smiley": "&#x1F603;", "color": "#66CCEE", "headers": {"X-Request-Id": [self.ids[-1]]}, "pod": "face-1"}
        return web.json_response(body, status=self.status)


@pytest.fixture
async def face() -> Face:
    return Face()


@pytest.fixture
async def service(face: Face) -> AsyncIterator[Address]:
    app = web.Application()
    app.router.add_get("/{rest:.*}", face.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Address("127.0.0.1", runner.addresses[0][1])
    await runner.cleanup()


@pytest.fixture
async def gui(start: Start, config: Callable[..., Config], service: Address) -> tuple[str, Replica]:
    replica, ports = await start(config("gui", face_service=service, num_rows=2, num_cols=3))
    return f"http://127.0.0.1:{ports['main']}", replica


class Reader:
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer, self.ended = answer, False

    async def event(self) -> tuple[str, Any]:
        kind = "message"
        while line := (await self._answer.content.readline()).decode():
            if line.startswith("event: "):
                kind = line[7:].strip()
            if line.startswith("data: "):
                return kind, json.loads(line[6:])
        self.ended = True
        return "end", None

    async def tiles(self, count: int) -> dict[int, tuple[int, str]]:
        """What was said of tiles, by number, once that many were told of."""
        found: dict[int, tuple[int, str]] = {}
        while len(found) < count:
            _, said = await self.event()
            found |= {index: tuple(said["answers"][number]) for index, number, _ in said.get("tiles", ())}
        return found


async def test_it_begins_with_the_grid_and_tells_of_every_tile(
    gui: tuple[str, Replica], face: Face, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{gui[0]}/faces/stream", headers={"X-Faces-User": "alice"}) as answer:
        assert answer.content_type == "text/event-stream"
        reader = Reader(answer)
        grid = {"rows": 2, "cols": 3, "edgeSize": 1, "periodMs": 500, "epoch": 0}
        assert await reader.event() == ("hello", grid)
        found = await reader.tiles(6)
    assert set(found) == set(range(6))
    assert {status for status, _ in found.values()} == {200}
    said = json.loads(found[0][1])
    assert said == {"smiley": "&#x1F603;", "color": "#66CCEE", "pod": "face-1"}, "and no headers"
    assert set(face.asked) == {f"/edge/?row={row}&col={col}" for row in range(2) for col in range(3)}
    assert face.users == {"alice"}
    assert len(set(face.ids)) == len(face.ids), "each is a request of its own"


@pytest.mark.parametrize("mount", ["", "/faces"])
async def test_a_grid_of_ones_own_and_the_epoch_come_back(
    gui: tuple[str, Replica], client: aiohttp.ClientSession, mount: str
) -> None:
    async with client.get(f"{gui[0]}{mount}/stream?grid=1x40&epoch=7") as answer:
        _, hello = await Reader(answer).event()
    assert (hello["rows"], hello["cols"], hello["epoch"]) == (1, 40, 7)


@pytest.mark.parametrize("grid", ["41x1", "0x4", "4", "4x", "4x4x4", "-1x4", "04x4", "a", "999999x9"])
async def test_a_grid_that_cannot_be_is_refused(
    gui: tuple[str, Replica], client: aiohttp.ClientSession, grid: str
) -> None:
    for path in ("/faces/stream", "/faces/"):
        async with client.get(f"{gui[0]}{path}", params={"grid": grid}) as answer:
            assert answer.status == 400
            assert "grid has to be ROWSxCOLUMNS, at most 40x40" in await answer.text()


async def test_the_page_is_told_of_the_grid_in_its_address(
    gui: tuple[str, Replica], client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{gui[0]}/faces/?grid=3x12") as answer:
        page = await answer.text()
    assert '"numRows": 3, "numCols": 12' in page


async def test_many_who_look_cost_what_one_costs(
    gui: tuple[str, Replica], face: Face, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{gui[0]}/stream") as one, client.get(f"{gui[0]}/stream") as other:
        readers = Reader(one), Reader(other)
        for reader in readers:
            await reader.event()
        asked = sum(face.asked.values())
        first, second = await asyncio.gather(*(reader.tiles(6) for reader in readers))
        assert first == second
        # In as long as it takes to tell of all of them once, each was asked for twice at the most.
        assert sum(face.asked.values()) - asked <= 12


async def test_a_tile_that_waits_is_told_of_and_never_asked_for_twice(
    gui: tuple[str, Replica], face: Face, client: aiohttp.ClientSession
) -> None:
    face.free.clear()
    async with client.get(f"{gui[0]}/stream") as answer:
        reader = Reader(answer)
        waiting: set[int] = set()
        while len(waiting) < 6:
            _, said = await reader.event()
            waiting |= {index for index, ms in said.get("waiting", ()) if ms >= 500}
        assert set(face.asked.values()) == {1}
        face.free.set()
        assert len(await reader.tiles(6)) == 6


@pytest.mark.parametrize("status", [500, 429, 599])
async def test_a_failure_is_passed_on_as_it_is(
    gui: tuple[str, Replica], face: Face, client: aiohttp.ClientSession, status: int
) -> None:
    face.status = status
    async with client.get(f"{gui[0]}/stream") as answer:
        assert {said for said, _ in (await Reader(answer).tiles(6)).values()} == {status}


async def test_a_face_that_is_away_is_a_502_with_a_reason(
    start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    _, ports = await start(config("gui", face_service=Address("127.0.0.1", 1), num_rows=1, num_cols=1))
    async with client.get(f"http://127.0.0.1:{ports['main']}/stream") as answer:
        status, body = (await Reader(answer).tiles(1))[0]
    assert status == 502
    assert "127.0.0.1:1 cannot be reached" in json.loads(body)["errors"][0]


async def test_it_ends_when_the_replica_drains(gui: tuple[str, Replica], client: aiohttp.ClientSession) -> None:
    async with client.get(f"{gui[0]}/stream") as answer:
        reader = Reader(answer)
        await reader.event()
        gui[1].draining = True
        while not reader.ended:
            await reader.event()


async def test_nothing_is_asked_for_when_nobody_looks(
    gui: tuple[str, Replica], face: Face, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{gui[0]}/stream") as answer:
        await Reader(answer).tiles(1)
    while True:  # whoever looked has to be missed first
        asked = sum(face.asked.values())
        await asyncio.sleep(0.7)
        if sum(face.asked.values()) == asked:
            break


async def test_too_many_different_grids_are_refused_until_one_is_let_go(
    gui: tuple[str, Replica], client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MOST_POLLINGS", 1)
    async with client.get(f"{gui[0]}/stream?grid=1x1"):
        async with client.get(f"{gui[0]}/stream?grid=1x2") as refused:
            assert refused.status == 503
        async with client.get(f"{gui[0]}/stream?grid=1x1") as same:
            assert same.status == 200
    while True:
        async with client.get(f"{gui[0]}/stream?grid=1x2") as answer:
            if answer.status == 200:
                break


async def test_no_more_are_under_way_than_the_app_can_bear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "MOST_IN_FLIGHT", 5)
    under_way = most = 0
    seen: set[tuple[int, int]] = set()

    async def ask(row: int, column: int) -> Said:
        nonlocal under_way, most
        seen.add((row, column))
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return Said(200, "{}")

    with Polling(Grid(5, 4, 1), ask).reading():
        while len(seen) < 20:
            await asyncio.sleep(0.01)
    assert most <= 5


async def test_who_reads_too_slowly_misses_what_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "_MOST_UNREAD", 2)
    monkeypatch.setattr(polling, "_FLUSH_S", 0.0)
    asked = 0

    async def ask(_row: int, _column: int) -> Said:
        nonlocal asked
        asked += 1
        return Said(200, str(asked))

    with Polling(Grid(4, 4, 1), ask).reading() as events:
        while asked < 32:
            assert events.qsize() <= 2
            await asyncio.sleep(0.01)


def test_answers_that_are_alike_stand_in_an_event_once() -> None:
    batch = Batch()
    assert not batch
    batch.add(0, Said(200, "a"), 3)
    batch.add(1, Said(500, "a"), 4)
    batch.add(2, Said(200, "a"), 5)
    said = json.loads(batch.event().removeprefix(b"data: "))
    assert said == {"answers": [[200, "a"], [500, "a"]], "tiles": [[0, 0, 3], [1, 1, 4], [2, 0, 5]]}


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b'{"smiley": 3, "x": [1], "errors": ["a"]}', '{"smiley":3,"errors":["a"]}'),
        (b"{}", "{}"),
        (b"<html>", "<html>"),
        (b"[1]", "[1]"),
        (b'{"smiley": "\xff"}', '{"smiley": "\ufffd"}'),
        (b'{"smiley": "trunca', '{"smiley": "trunca'),
        (b"x" * 5000, "x" * 2000),
    ],
)
def test_a_body_is_shortened_and_what_is_no_object_is_passed_on(body: bytes, kept: str) -> None:
    assert shortened(body) == kept
