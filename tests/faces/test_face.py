import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from faces.addresses import Address
from faces.config import Config
from faces.faults import FaultModel, Faults, parse_model
from faces.replica import Replica
from faces.serving import Ports
from faces.tiles import BackendAnswer, TileRequest
from faces.workloads.backends import read_smiley
from faces.workloads.face import COLOR, SMILEY, face_routes

Start = Callable[[Config], Awaitable[tuple[Replica, Ports]]]
SERVICES = (Address("smiley", 80), Address("color", 80))


class House:
    """Real smiley, color and face on sockets; face knows them by name only."""

    def __init__(self, url: str, smiley: Faults, color: Faults, face: Faults, client: aiohttp.ClientSession) -> None:
        self.url, self.smiley, self.color, self.face, self.client = url, smiley, color, face, client

    async def tile(self, path: str = "/center/?row=1&col=2", **headers: str) -> dict[str, Any]:
        async with self.client.get(f"{self.url}{path}", headers=headers) as response:
            body: dict[str, Any] = await response.json()
        return {**body, "http": response.status}


@pytest.fixture
async def house(start: Start, config: Callable[..., Config], client: aiohttp.ClientSession) -> House:
    smiley, smiley_ports = await start(config("smiley", version="v2"))
    color, color_ports = await start(config("color", version="v3"))
    detours = dict(
        zip(SERVICES, (Address("127.0.0.1", ports["main"]) for ports in (smiley_ports, color_ports)), strict=True)
    )
    face, ports = await start(config("face", connect_to=detours, backend_timeout=2))
    return House(f"http://127.0.0.1:{ports['main']}", smiley.faults, color.faults, face.faults, client)


@pytest.mark.parametrize("path", ["/center/?row=1&col=2", "/face/edge/?row=0&col=0", "/", "/edge", "/face/"])
async def test_a_tile_has_both_parts_and_says_whose_they_are(path: str, house: House) -> None:
    tile = await house.tile(path)
    assert (tile["http"], tile["smiley"], tile["color"]) == (200, "&#x1F603;", "#66CCEE")
    assert (tile["version"], tile["versions"]) == ("v1", {"face": "v1", "smiley": "v2", "color": "v3"})
    assert tile["pods"] == {"face": "face-0", "smiley": "smiley-0", "color": "color-0"}
    assert "errors" not in tile


@pytest.mark.parametrize(
    ("fault", "smiley", "color"),
    [
        ('{"error": {"fraction": 100}}', "&#x1F92C;", "#BBBBBB"),
        ('{"error": {"fraction": 100, "status": 504}}', "&#x1F634;", "#EE6677"),
        ('{"rate_limit": {"max_rate": 0.01}}', "&#x1F92F;", "#CCBB44"),
        ('{"hang": {"fraction": 100}}', "&#x1F634;", "#EE6677"),
    ],
)
async def test_a_bad_backend_is_pictured_in_a_good_answer(fault: str, smiley: str, color: str, house: House) -> None:
    house.smiley.replace(parse_model(fault))
    tile = await house.tile()
    assert (tile["http"], tile["smiley"], tile["color"]) == (200, smiley, "#66CCEE")
    assert [error.partition(":")[0] for error in tile["errors"]] == ["smiley"]
    house.smiley.replace(FaultModel())
    house.color.replace(parse_model(fault))
    tile = await house.tile()
    assert (tile["http"], tile["smiley"], tile["color"]) == (200, "&#x1F603;", color)
    assert [error.partition(":")[0] for error in tile["errors"]] == ["color"]


async def test_a_failing_backend_still_tells_its_version(house: House) -> None:
    for faults in (house.smiley, house.color):
        faults.replace(parse_model('{"error": {"fraction": 100}}'))
    tile = await house.tile()
    assert tile["versions"] == {"face": "v1", "smiley": "v2", "color": "v3"}
    assert len(tile["errors"]) == 2


async def test_face_has_faults_of_its_own(house: House) -> None:
    house.face.replace(parse_model('{"error": {"fraction": 100, "status": 503}}'))
    tile = await house.tile()
    assert tile["http"] == 503
    assert "smiley" not in tile


async def test_user_and_cell_reach_the_backends(house: House) -> None:
    model = '{"error": {"fraction": 100, "user": "alice", "cells": "edge"}}'
    house.smiley.replace(parse_model(model))
    house.color.replace(parse_model(model))
    assert "errors" not in await house.tile("/center/", **{"X-Faces-User": "alice"})
    assert "errors" not in await house.tile("/edge/", **{"X-Faces-User": "bob"})
    assert len((await house.tile("/edge/", **{"X-Faces-User": "alice"}))["errors"]) == 2


async def test_each_request_to_a_backend_has_an_id_of_its_own_so_none_is_taken_for_a_retry(house: House) -> None:
    for faults in (house.smiley, house.color):
        faults.replace(parse_model('{"first_try": {}}'))
    for _ in range(3):
        tile = await house.tile(**{"X-Request-Id": "the visitor's"})
        assert [error.partition(":")[0] for error in tile["errors"]] == ["smiley", "color"]


@pytest.mark.parametrize(
    ("fault", "smiley"),
    [
        ('{"wrong_answer": {"fraction": 100}}', "&#x1F921;"),
        ('{"corrupt_json": {"fraction": 100}}', "&#x1F92C;"),
        ('{"truncated_body": {"fraction": 100}}', "&#x1F92C;"),
        ('{"reset_body": {"fraction": 100}}', "&#x1F92C;"),
        ('{"slow_body": {"fraction": 100, "ms": 600000}}', "&#x1F634;"),
        ('{"fin": {"fraction": 100}}', "&#x1F92C;"),
        ('{"reset": {"fraction": 100}}', "&#x1F92C;"),
    ],
)
async def test_an_answer_that_is_not_what_it_should_be_is_pictured(fault: str, smiley: str, house: House) -> None:
    house.smiley.replace(parse_model(fault))
    tile = await house.tile()
    assert (tile["http"], tile["smiley"], tile["color"]) == (200, smiley, "#66CCEE")


async def test_backends_that_are_not_there_are_pictured(
    start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = Address("127.0.0.1", taken.getsockname()[1])
    _, ports = await start(config("face", connect_to=dict.fromkeys(SERVICES, nobody)))
    async with client.get(f"http://127.0.0.1:{ports['main']}/center/") as response:
        tile = await response.json()
    assert (response.status, tile["smiley"], tile["color"]) == (200, "&#x1F92C;", "#BBBBBB")
    assert tile["versions"] == {"face": "v1", "smiley": None, "color": None}


async def test_a_value_that_no_utf8_holds_is_handed_on_as_it_came(
    start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    async def smiley(_request: web.Request) -> web.Response:
        return web.Response(text='{"smiley": "\\ud83d"}')

    app = web.Application()
    app.router.add_get("/center/", smiley)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service = Address("127.0.0.1", runner.addresses[0][1])
    _, ports = await start(config("face", smiley_service=service))
    async with client.get(f"http://127.0.0.1:{ports['main']}/center/") as response:
        tile = await response.json()
    await runner.cleanup()
    assert (response.status, tile["smiley"]) == (200, "\ud83d")


class Meeting:
    """Two backends that answer only when the other one has been asked as well."""

    def __init__(self) -> None:
        self.asked = {"smiley": asyncio.Event(), "color": asyncio.Event()}

    async def smiley(self, tile: TileRequest) -> BackendAnswer:
        return await self._answer("smiley", "color", tile)

    async def color(self, tile: TileRequest) -> BackendAnswer:
        return await self._answer("color", "smiley", tile)

    async def _answer(self, name: str, other: str, tile: TileRequest) -> BackendAnswer:
        self.asked[name].set()
        await self.asked[other].wait()
        return BackendAnswer(200, value=f"{name} {tile.row} {tile.column} {tile.cell} {tile.user}")


@pytest.fixture
async def meeting_url(start: Start, config: Callable[..., Config]) -> AsyncIterator[str]:
    replica, _ = await start(config("smiley"))
    app = face_routes(replica)
    meeting = Meeting()
    app[SMILEY], app[COLOR] = meeting.smiley, meeting.color
    runner = web.AppRunner(app)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await web.SockSite(runner, listener).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        await runner.cleanup()


async def test_both_backends_are_asked_before_either_has_answered(
    meeting_url: str, client: aiohttp.ClientSession
) -> None:
    async with asyncio.timeout(5), client.get(f"{meeting_url}/edge/?row=3&col=x") as response:
        tile = await response.json()
    assert (tile["smiley"], tile["color"]) == ("smiley 3 -1 edge unknown", "color 3 -1 edge unknown")


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"smiley": 3}', b"\xff", b'{"smiley": ""}'])
def test_a_good_status_without_a_smiley_is_a_failure(body: bytes) -> None:
    assert read_smiley(200, body, "v1", "pod") == BackendAnswer(
        502, problem="status 200 without a smiley", version="v1", pod="pod"
    )


def test_a_bad_status_is_explained_with_the_errors_or_the_text_it_came_with() -> None:
    assert read_smiley(500, b'{"errors": ["one", "two"]}', None, None).problem == "status 500: one, two"
    assert read_smiley(503, b"upstream connect error", None, None).problem == "status 503: upstream connect error"
