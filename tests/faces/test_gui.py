import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from faces.addresses import Address
from faces.config import Config
from faces.replica import Replica
from faces.serving import Ports

Start = Callable[[Config], Awaitable[tuple[Replica, Ports]]]


@pytest.fixture
def page_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "index.html").write_text('<script id="config" type="application/json">%%{config}</script>', "utf-8")
    (folder / "main.js").write_text("export {};", "utf-8")
    (tmp_path / "secret.txt").write_text("secret", "utf-8")
    return folder


@pytest.fixture
async def backend() -> AsyncIterator[Address]:
    """Stands for face and for the status service: says what it was asked."""

    async def answer(request: web.Request) -> web.Response:
        kept = {name: request.headers.get(name, "") for name in ("X-Faces-User", "User-Agent", "Cookie")}
        headers = {"X-Faces-Pod": "face-7", "X-Faces-Version": "v9", "X-Faces-Latency": "3", "Server": "face"}
        return web.json_response({"asked": request.path_qs, **kept}, status=418, headers=headers)

    app = web.Application()
    app.router.add_get("/{rest:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Address("127.0.0.1", runner.addresses[0][1])
    await runner.cleanup()


@pytest.fixture
async def url(start: Start, config: Callable[..., Config], page_folder: Path, backend: Address) -> str:
    settings = config("gui", page_folder=page_folder, face_service=backend, status_service=backend, num_rows=5)
    _, ports = await start(settings)
    return f"http://127.0.0.1:{ports['main']}"


@pytest.mark.parametrize(
    ("asked", "passed_on"),
    [
        ("/face/center/?row=1&col=2", "/center/?row=1&col=2"),
        ("/face/edge/?row=a%20b&extra=1", "/edge/?row=a%20b&extra=1"),
        ("/center/?row=1", "/center/?row=1"),
        ("/edge/", "/edge/"),
        ("/face/?row=0&col=1", "/edge/?row=0&col=1"),
        ("/face/?row=3&col=2", "/center/?row=3&col=2"),
        ("/face/?row=4&col=2", "/edge/?row=4&col=2"),
        ("/face/", "/center/"),
        ("/faces/rollouts", "/rollouts"),
        # The page asks relative to where it is: at / or at /faces/.
        ("/faces/face/center/?row=1&col=2", "/center/?row=1&col=2"),
        ("/faces/face/?row=0&col=1", "/edge/?row=0&col=1"),
        ("/rollouts", "/rollouts"),
    ],
)
async def test_requests_are_passed_on_with_their_query(
    asked: str, passed_on: str, url: str, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{url}{asked}") as response:
        assert (await response.json())["asked"] == passed_on
    assert response.status == 418


async def test_who_asks_is_passed_on_and_whose_answer_it_is_comes_back(url: str, client: aiohttp.ClientSession) -> None:
    headers = {"X-Faces-User": "alice", "User-Agent": "curl/8", "Cookie": "a=b", "Accept": "*/*\udcff"}
    async with client.get(f"{url}/face/center/", headers=headers) as response:
        body = await response.json()
    assert (body["X-Faces-User"], body["User-Agent"], body["Cookie"]) == ("alice", "curl/8", "")
    said = [response.headers[f"X-Faces-{name}"] for name in ("Pod", "Version", "Latency", "User")]
    assert said == ["face-7", "v9", "3", "alice"]


async def test_a_face_that_is_not_there_is_a_bad_gateway_in_json(
    start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = Address("127.0.0.1", taken.getsockname()[1])
    _, ports = await start(config("gui", face_service=nobody, status_service=nobody))
    async with client.get(f"http://127.0.0.1:{ports['main']}/face/center/") as response:
        assert response.status == 502
        assert (await response.json())["errors"][0].startswith(f"{nobody} cannot be reached: ")
    async with client.get(f"http://127.0.0.1:{ports['main']}/faces/rollouts") as response:
        body = await response.json()
    assert (response.status, body["rollouts"]) == (502, [])
    assert body["reason"].startswith(f"Rollout status is unavailable: {nobody} cannot be reached: ")


async def test_a_face_that_does_not_answer_is_a_gateway_timeout(
    start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        service = Address("127.0.0.1", silent.getsockname()[1])
        _, ports = await start(config("gui", face_service=service, status_service=service, backend_timeout=0.1))
        silence = f"{service} did not answer within 0.1 s"
        async with client.get(f"http://127.0.0.1:{ports['main']}/face/center/") as response:
            assert (response.status, (await response.json())["errors"]) == (504, [silence])
        async with client.get(f"http://127.0.0.1:{ports['main']}/faces/rollouts") as response:
            body = await response.json()
    assert (response.status, body) == (504, {"rollouts": [], "reason": f"Rollout status is unavailable: {silence}."})


async def test_without_a_status_service_there_are_no_rollouts_and_a_reason(
    start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    _, ports = await start(config("gui"))
    async with client.get(f"http://127.0.0.1:{ports['main']}/faces/rollouts") as response:
        body = await response.json()
    reason = "Rollout status is unavailable: STATUS_SERVICE is not set."
    assert (response.status, body) == (200, {"rollouts": [], "reason": reason})


@pytest.mark.parametrize("path", ["/", "/faces/", "/faces"])
async def test_the_page_knows_its_configuration(path: str, url: str, client: aiohttp.ClientSession) -> None:
    headers = {"X-Faces-User": "alice", "User-Agent": "Mozilla/5.0"}
    async with client.get(f"{url}{path}", headers=headers) as response:
        text = await response.text()
    assert (response.status, response.content_type) == (200, "text/html")
    assert json.loads(text.partition(">")[2].rpartition("<")[0]) == {
        "user": "alice",
        "userHeader": "X-Faces-User",
        "userAgent": "Mozilla/5.0",
        "numRows": 5,
        "numCols": 4,
        "edgeSize": 1,
        "startActive": True,
        "hideKey": False,
        "showPods": False,
        "color": "",
        "version": "v1",
    }


async def test_the_redirect_to_the_page_is_relative(url: str, client: aiohttp.ClientSession) -> None:
    async with client.get(f"{url}/faces", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (302, "faces/")


async def test_no_header_of_a_visitor_becomes_markup(url: str, client: aiohttp.ClientSession) -> None:
    name = "</script><script>alert('1')</script>&"
    async with client.get(f"{url}/", headers={"X-Faces-User": name}) as response:
        text = await response.text()
    assert text.count("<script") == text.count("</script>") == 1
    assert json.loads(text.partition(">")[2].rpartition("<")[0])["user"] == name


@pytest.mark.parametrize("mount", ["", "/faces"])
async def test_files_beside_the_page_are_served_once_and_then_only_revalidated(
    mount: str, url: str, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{url}{mount}/static/main.js") as response:
        assert (response.status, await response.text()) == (200, "export {};")
        assert "javascript" in response.content_type
        assert response.headers["Cache-Control"] == "no-cache"
        etag = response.headers["ETag"]
    async with client.get(f"{url}{mount}/static/main.js", headers={"If-None-Match": etag}) as response:
        assert (response.status, await response.read()) == (304, b"")


@pytest.mark.parametrize(
    "path", ["../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "%2fetc%2fpasswd", "x/../../secret.txt", "", "no"]
)
@pytest.mark.parametrize("mount", ["", "/faces"])
async def test_nothing_outside_of_the_page_is_served(mount: str, path: str, url: str) -> None:
    import asyncio

    port = int(url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {mount}/static/{path} HTTP/1.1\r\nHost: gui\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert int(answer.split()[1]) in (403, 404)
    assert b"secret\n" not in answer
    assert not answer.endswith(b"secret")


async def test_an_installation_without_a_page_says_so(
    start: Start, config: Callable[..., Config], tmp_path: Path, client: aiohttp.ClientSession
) -> None:
    _, ports = await start(config("gui", page_folder=tmp_path / "none"))
    async with client.get(f"http://127.0.0.1:{ports['main']}/") as response:
        assert response.status == 404
        assert "page" in (await response.json())["errors"][0]
