import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from faces.config import Config
from faces.faults import FaultModel, Faults, parse_model
from faces.replica import Replica
from faces.serving import Ports, started

Start = Callable[[Config], Awaitable[tuple[Replica, Ports]]]
TOKEN = {"Authorization": "Bearer sesame"}
FORTY = '{"error": {"fraction": 40}}'


class Panel:
    def __init__(self, url: str, faults: Faults, client: aiohttp.ClientSession) -> None:
        self.url, self.faults, self.client = url, faults, client

    async def ask(
        self, method: str, path: str = "/faults", data: str | bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        async with self.client.request(
            method, f"{self.url}{path}", data=data, headers=TOKEN if headers is None else headers
        ) as response:
            return response.status, await response.json()


@pytest.fixture
async def panel(start: Start, config: Callable[..., Config], client: aiohttp.ClientSession) -> Panel:
    replica, ports = await start(config("smiley", control_token="sesame"))
    return Panel(f"http://127.0.0.1:{ports['control']}", replica.faults, client)


async def test_all_faults_are_read_replaced_and_cleared(panel: Panel) -> None:
    assert await panel.ask("GET") == (200, {})
    put = {"error": {"fraction": 40.0, "status": 500}}
    assert await panel.ask("PUT", data=FORTY) == (200, put)
    assert await panel.ask("GET") == (200, put)
    assert panel.faults.model == parse_model(FORTY)
    assert await panel.ask("PUT", data='{"hang": {"fraction": 1}}') == (200, {"hang": {"fraction": 1.0}})
    assert await panel.ask("DELETE") == (200, {})
    assert panel.faults.model == FaultModel()


async def test_one_fault_is_read_replaced_and_cleared_beside_the_others(panel: Panel) -> None:
    await panel.ask("PUT", data=FORTY)
    assert (await panel.ask("GET", "/faults/hang"))[0] == 404
    both = {"error": {"fraction": 40.0, "status": 500}, "hang": {"fraction": 5.0}}
    assert await panel.ask("PUT", "/faults/hang", '{"fraction": 5}') == (200, both)
    assert await panel.ask("GET", "/faults/hang") == (200, {"fraction": 5.0})
    assert await panel.ask("DELETE", "/faults/error") == (200, {"hang": {"fraction": 5.0}})
    assert await panel.ask("DELETE", "/faults/error") == (200, {"hang": {"fraction": 5.0}})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": ""}, 401),
        ({"Authorization": "Basic c2VzYW1l"}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Authorization": "Bearer open"}, 403),
        ({"Authorization": "Bearer sesam\udce9"}, 403),
        ({"Authorization": "bearer sesame"}, 200),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_without_the_token_nothing_can_be_read_or_changed(
    method: str, headers: dict[str, str], status: int, panel: Panel
) -> None:
    panel.faults.replace(parse_model('{"hang": {"fraction": 1}}'))
    before = panel.faults.model
    seen, body = await panel.ask(method, data=FORTY if method == "PUT" else None, headers=headers)
    assert seen == status
    assert status == 200 or (panel.faults.model == before and "fraction" not in json.dumps(body))


async def test_a_stranger_is_not_told_what_exists(panel: Panel) -> None:
    for path in ("/", "/nowhere", "/faults/hang"):
        assert (await panel.ask("POST", path, headers={}))[0] == 401


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/faults", '{"error": {"fraction": 140}}', "error.fraction"),
        ("/faults", '{"error": {"fraction": "40"}}', "error.fraction"),
        ("/faults", '{"hang": {"fraction": 1}, "nap": {}}', "nap"),
        ("/faults", "[]", ""),
        ("/faults/error", '{"fraction": -1}', "error.fraction"),
        ("/faults/error", '{"fraction": 1, "statsu": 500}', "error.statsu"),
        ("/faults/error", "null", "error"),
        ("/faults/delay", '{"buckets_ms": [1, "2"]}', "delay.buckets_ms.1"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_its_field_and_nothing_changes(
    path: str, body: str, field: str, panel: Panel
) -> None:
    await panel.ask("PUT", data=FORTY)
    status, said = await panel.ask("PUT", path, body)
    assert (status, said["field"]) == (422, field)
    assert said["error"].startswith(field)
    assert said["error"].endswith(".")
    assert panel.faults.model == parse_model(FORTY)


@pytest.mark.parametrize(
    ("workload", "path", "body", "field", "says"),
    [
        ("color", "/faults", '{"reset": {"fraction": 1}}', "reset", "cannot be made over gRPC"),
        ("color", "/faults/truncated_body", '{"fraction": 1}', "truncated_body", "cannot be made over gRPC"),
        ("smiley", "/faults/error", '{"fraction": 1, "grpc_status": "ABORTED"}', "error.grpc_status", "give status"),
    ],
)
async def test_a_fault_that_this_workload_cannot_have_is_refused_by_its_name(
    workload: str,
    path: str,
    body: str,
    field: str,
    says: str,
    start: Start,
    config: Callable[..., Config],
    client: aiohttp.ClientSession,
) -> None:
    replica, ports = await start(config(workload, control_token="sesame"))
    panel = Panel(f"http://127.0.0.1:{ports['control']}", replica.faults, client)
    status, said = await panel.ask("PUT", path, body)
    assert (status, said["field"]) == (422, field)
    assert said["error"].startswith(field)
    assert says in said["error"]
    assert panel.faults.model == FaultModel()


async def test_a_port_refuses_when_its_answer_comes_and_serves_when_it_is_told_so(
    start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    replica, ports = await start(config("smiley", control_token="sesame"))
    panel = Panel(f"http://127.0.0.1:{ports['control']}", replica.faults, client)
    for _ in range(20):
        assert await panel.ask("PUT", data='{"refuse": {}}') == (200, {"refuse": {}})
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", ports["main"])
        assert await panel.ask("DELETE") == (200, {})
        async with client.get(f"http://127.0.0.1:{ports['main']}/") as response:
            assert response.status == 200


async def test_of_many_changes_at_once_the_last_one_is_in_force_in_all_its_parts(panel: Panel) -> None:
    bodies = ['{"refuse": {}}', "{}", '{"slow_start": {"ready_after_s": 3600}}', '{"slow_accept": {"ms": 100}}'] * 10
    await asyncio.gather(*(panel.ask("PUT", data=body) for body in bodies))
    condition = panel.faults.condition
    lasting = panel.faults.model.as_json()
    assert condition.refuses == ("refuse" in lasting)
    assert condition.ready == ("slow_start" not in lasting)
    assert (condition.accept_s > 0) == ("slow_accept" in lasting)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/faults", "{", 400),
        ("PUT", "/faults", b"\xff\xff", 400),
        ("PUT", "/faults/error", '{"fraction": 1, "fraction": 2}', 400),
        ("PUT", "/faults", " " * 70_000, 413),
        ("POST", "/faults", "{}", 405),
        ("PATCH", "/faults/error", "{}", 405),
        ("PUT", "/faults/nap", "{}", 404),
        ("GET", "/", None, 404),
    ],
)
async def test_other_mistakes_are_answered_in_json_too(
    method: str, path: str, body: str | bytes | None, status: int, panel: Panel
) -> None:
    await panel.ask("PUT", data=FORTY)
    seen, said = await panel.ask(method, path, body)
    assert seen == status
    assert said["error"].endswith(".")
    assert panel.faults.model == parse_model(FORTY)


async def test_a_change_is_in_force_when_its_answer_comes(
    start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    _, ports = await start(config("smiley", control_token="sesame"))
    url = f"http://127.0.0.1:{ports['main']}/center/"
    for _ in range(20):
        for body, status in (('{"error": {"fraction": 100}}', 500), ("{}", 200)):
            async with client.put(f"http://127.0.0.1:{ports['control']}/faults", data=body, headers=TOKEN):
                pass
            async with client.get(url) as response:
                assert response.status == status


@pytest.mark.parametrize(("workload", "reason"), [("smiley", "CONTROL_TOKEN"), ("gui", "gui has no faults")])
async def test_without_a_token_or_faults_there_is_no_control_port_and_a_line_says_why(
    workload: str, reason: str, capsys: pytest.CaptureFixture[str], config: Callable[..., Config]
) -> None:
    settings = config(workload, control_token="sesame" if workload == "gui" else None, log_level="info")
    async with started(settings, clock=time.monotonic, rng=random.Random(1)) as (_, ports):
        assert "control" not in ports
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert reason in next(line["reason"] for line in lines if line["event"] == "no control API")


async def test_the_token_is_in_no_log(
    capsys: pytest.CaptureFixture[str], config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    settings = config("smiley", control_token="sesame", log_level="debug")
    async with started(settings, clock=time.monotonic, rng=random.Random(1)) as (_, ports):
        async with client.put(f"http://127.0.0.1:{ports['control']}/faults", data=FORTY, headers=TOKEN):
            pass
        async with client.get(f"http://127.0.0.1:{ports['main']}/center/", headers=TOKEN):
            pass
    seen = capsys.readouterr()
    assert '"event": "faults switched"' in seen.out
    assert '"event": "answered"' in seen.out
    assert "sesame" not in seen.out + seen.err
