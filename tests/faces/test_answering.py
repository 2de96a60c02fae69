"""What a replica says when its own program is wrong: over HTTP and gRPC, on every port."""

import json
from collections.abc import Awaitable, Callable
from typing import NoReturn

import aiohttp
import grpc
import pytest

from faces import color_service
from faces.addresses import Address
from faces.answering import DEFECT
from faces.color_pb2 import ColorRequest
from faces.config import Config
from faces.faults import Faults
from faces.replica import Replica
from faces.serving import Ports
from faces.workloads.backends import make_channel

Start = Callable[[Config], Awaitable[tuple[Replica, Ports]]]
TOKEN = {"Authorization": "Bearer sesame"}


MISTAKE = ZeroDivisionError("a mistake")


def mistaken(*_: object) -> NoReturn:
    raise MISTAKE


async def test_a_defect_over_http_is_a_500_in_json_that_is_counted_logged_and_seen_by_tests(
    start: Start,
    config: Callable[..., Config],
    client: aiohttp.ClientSession,
    defects: list[Exception],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    replica, ports = await start(config("smiley", version="v2"))
    monkeypatch.setattr(Faults, "let_through", mistaken)
    async with client.get(f"http://127.0.0.1:{ports['main']}/center/") as response:
        body = await response.json()
    assert (response.status, body["status"], body["errors"]) == (500, 500, [DEFECT])
    assert (body["version"], response.headers["X-Faces-Version"]) == ("v2", "v2")
    labels = {"workload": "smiley", "version": "v2", "status": "500"}
    assert replica.metrics.registry.get_sample_value("faces_requests_total", labels) == 1
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["event"], line["path"]) == ("a request met a defect", "/center/")
    assert "ZeroDivisionError: a mistake" in line["exception"]
    assert defects == [MISTAKE]
    defects.clear()


async def test_a_defect_over_grpc_is_internal_with_status_500_and_is_counted_logged_and_seen_by_tests(
    start: Start,
    config: Callable[..., Config],
    defects: list[Exception],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    replica, ports = await start(config("color", version="v2"))
    monkeypatch.setattr(Faults, "let_through", mistaken)
    async with make_channel(Address("127.0.0.1", ports["main"]), {}) as channel:
        call = color_service.stub(channel, "center")(ColorRequest())
        assert (await call.code(), await call.details()) == (grpc.StatusCode.INTERNAL, DEFECT)
        trailers = dict(await call.trailing_metadata() or ())
    assert [trailers[f"x-faces-{key}"] for key in ("status", "version", "pod")] == ["500", "v2", "color-0"]
    labels = {"workload": "color", "version": "v2", "status": "500"}
    assert replica.metrics.registry.get_sample_value("faces_requests_total", labels) == 1
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["event"], line["path"]) == ("a request met a defect", "/ColorService/Center")
    assert defects == [MISTAKE]
    defects.clear()


@pytest.mark.parametrize(
    ("port", "path", "place"),
    [
        ("control", "/faults", "faces.faults.FaultModel.as_json"),
        ("admin", "/metrics", "faces.admin.choose_encoder"),
    ],
)
async def test_a_defect_on_another_port_is_a_500_in_that_ports_words(
    port: str,
    path: str,
    place: str,
    start: Start,
    config: Callable[..., Config],
    client: aiohttp.ClientSession,
    defects: list[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, ports = await start(config("smiley", control_token="sesame"))
    with monkeypatch.context() as patch:
        patch.setattr(place, mistaken)
        async with client.get(f"http://127.0.0.1:{ports[port]}{path}", headers=TOKEN) as response:
            body = await response.json()
    assert response.status == 500
    assert DEFECT in body["error"]
    assert defects == [MISTAKE]
    defects.clear()


async def test_a_path_that_the_admin_port_does_not_know_is_answered_in_json(
    start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    _, ports = await start(config("smiley"))
    async with client.get(f"http://127.0.0.1:{ports['admin']}/nowhere") as response:
        assert (response.status, await response.json()) == (404, {"error": "/nowhere: Not Found"})
