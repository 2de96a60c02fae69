import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from faces.config import Config
from faces.faults import parse_model
from faces.replica import Replica
from faces.serving import Ports

Start = Callable[[Config], Awaitable[tuple[Replica, Ports]]]
REQUESTS = 2000


@pytest.fixture
async def url(start: Start, config: Callable[..., Config]) -> str:
    _, ports = await start(config("smiley", smiley="HeartEyes", version="v2"))
    return f"http://127.0.0.1:{ports['main']}"


async def test_an_answer_has_the_reference_demos_keys_and_who_gave_it(url: str, client: aiohttp.ClientSession) -> None:
    async with client.get(f"{url}/center/?row=1&col=2", headers={"X-Faces-User": "alice"}) as response:
        body: dict[str, Any] = await response.json()
    assert response.status == 200
    assert {key: body[key] for key in ("path", "method", "status", "smiley", "version", "pod")} == {
        "path": "/center/",
        "method": "GET",
        "status": 200,
        "smiley": "&#x1F60D;",
        "version": "v2",
        "pod": "smiley-0",
    }
    assert body["client_address"].startswith("127.0.0.1:")
    assert body["headers"]["X-Faces-User"] == ["alice"]
    assert "errors" not in body
    headers = [response.headers[name] for name in ("X-Faces-Pod", "X-Faces-Version", "X-Faces-User")]
    assert headers == ["smiley-0", "v2", "alice"]


@pytest.mark.parametrize("path", ["/", "/edge/", "/edge", "/center", "/center/?row=x&col=", "/edge/?row=-99999999999"])
async def test_what_the_reference_demo_tolerates_is_answered(
    path: str, url: str, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{url}{path}") as response:
        assert (response.status, (await response.json())["smiley"]) == (200, "&#x1F60D;")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("PUT", "/center/", 405)])
async def test_what_it_does_not_know_is_refused_as_json(
    method: str, path: str, status: int, url: str, client: aiohttp.ClientSession
) -> None:
    async with client.request(method, f"{url}{path}") as response:
        body = await response.json()
    assert (response.status, body["status"]) == (status, status)
    assert body["errors"]
    assert response.headers.get("Allow") == ("GET,HEAD" if status == 405 else None)


async def test_secrets_and_broken_header_bytes_do_no_harm(url: str, client: aiohttp.ClientSession) -> None:
    headers = {"Authorization": "Bearer sesame", "Cookie": "a=sesame", "X-Faces-User": "al\udcffice"}
    async with client.get(f"{url}/center/", headers=headers) as response:
        assert response.status == 200
        assert "sesame" not in await response.text()


async def test_a_failure_says_its_status_and_why(
    start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    _, ports = await start(config("smiley", faults=parse_model('{"error": {"fraction": 100, "status": 503}}')))
    async with client.get(f"http://127.0.0.1:{ports['main']}/edge/") as response:
        body = await response.json()
    assert (response.status, body["status"]) == (503, 503)
    assert body["errors"] == ["injected error (error fraction 100 %)"]
    assert "smiley" not in body
    assert response.headers["X-Faces-Version"] == "v1"


async def test_the_share_of_failed_answers_on_the_wire_is_the_one_asked_for(
    start: Start, config: Callable[..., Config], client: aiohttp.ClientSession, bounds: Callable[[int, float], range]
) -> None:
    model = parse_model('{"error": {"fraction": 40}, "latch": {"fraction": 100, "idle_s": 0, "cells": "edge"}}')
    replica, ports = await start(config("smiley", faults=model))

    async def ask() -> int:
        async with client.get(f"http://127.0.0.1:{ports['main']}/center/") as response:
            return response.status

    batches = [await asyncio.gather(*(ask() for _ in range(20))) for _ in range(REQUESTS // 20)]
    failed = sum(batch.count(500) for batch in batches)
    assert failed in bounds(REQUESTS, 40)
    sample = replica.metrics.registry.get_sample_value
    labels = {"workload": "smiley", "version": "v1"}
    assert sample("faces_faults_injected_total", {**labels, "kind": "error"}) == failed
    assert sample("faces_requests_total", {**labels, "status": "500"}) == failed
    assert sample("faces_requests_total", {**labels, "status": "200"}) == REQUESTS - failed
    assert sample("faces_request_duration_seconds_count", labels) == REQUESTS
