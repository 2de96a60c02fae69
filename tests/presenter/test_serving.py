"""Who may do what, at which address. The page that is passed on is a real server's."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from loadgen.samples import Sample
from presenter.actions import Freeze, Grid, Reset
from presenter.listening import Listen
from presenter.serving import Served, serving
from presenter.stage import Stage
from seam.errors import UserError
from tests.presenter.conftest import Crowd, Played

pytestmark = pytest.mark.timeout(10)


class Gui:
    """Says what it was asked; its stream begins with what it was asked for, and then ticks."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.address = ""
        self.streaming = True

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        headers = {"X-Faces-Pod": "gui-1", "Set-Cookie": "a=b", "Cache-Control": "no-store"}
        return web.json_response({"asked": request.path_qs, "cookie": request.headers.get("Cookie")}, headers=headers)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        if not self.streaming:
            raise web.HTTPNotFound
        self.asked.append(request.path_qs)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(f"event: hello\ndata: {json.dumps(dict(request.query))}\n\n".encode())
        while True:
            await response.write(b"data: tick\n\n")
            await asyncio.sleep(0.01)


@pytest.fixture
async def gui(platform: Played) -> AsyncIterator[Gui]:
    played = Gui()
    app = web.Application()
    app.router.add_get("/faces/stream", played.stream)
    app.router.add_route("*", "/{rest:.*}", played.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    played.address = f"http://127.0.0.1:{runner.addresses[0][1]}/faces/"
    object.__setattr__(platform.now, "gui", played.address)
    yield played
    await runner.cleanup()


@pytest.fixture
async def served(gui: Gui, stage: Stage, platform: Played) -> AsyncIterator[Served]:
    assert gui.streaming
    async with serving(stage, platform, port=0, listen=Listen("127.0.0.1", 0)) as addresses:  # type: ignore[arg-type]
        yield addresses


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def token(served: Served) -> str:
    return served.present.partition("#")[2]


@pytest.fixture
def base(served: Served) -> str:
    return served.present.partition("/present/")[0]


@pytest.fixture
def room(served: Served) -> str:
    assert served.room is not None
    return served.room.removesuffix("/faces/")


COMMANDS: list[tuple[str, Any]] = [
    ("act", {"to": "next"}),
    ("do", "reset"),
    ("do", {"release": {"as": "errors-40"}}),
    ("blank", {}),
]


@pytest.mark.parametrize(("path", "body"), COMMANDS)
@pytest.mark.parametrize(("header", "status"), [(None, 401), ("Basic x", 401), ("Bearer ", 401), ("Bearer é", 403)])
async def test_without_the_token_nothing_is_done(
    client: aiohttp.ClientSession,
    base: str,
    stage: Stage,
    platform: Played,
    path: str,
    body: Any,
    header: str | None,
    status: int,
) -> None:
    before = stage.shown.to_json()
    headers = {"Authorization": header} if header else {}
    async with client.post(f"{base}/present/api/{path}", json=body, headers=headers) as answer:
        assert answer.status == status
        assert "oken" in (await answer.json())["error"]
    assert stage.shown.to_json() == before
    assert platform.asked == []


@pytest.mark.parametrize("path", ["state", "choices", "nothing"])
async def test_what_the_presenter_sees_is_nobody_elses(client: aiohttp.ClientSession, base: str, path: str) -> None:
    async with client.get(f"{base}/present/api/{path}") as answer:
        assert answer.status == 401


@pytest.mark.parametrize(("path", "body"), COMMANDS)
async def test_the_room_may_only_look_even_with_the_token(
    client: aiohttp.ClientSession, room: str, token: str, platform: Played, path: str, body: Any
) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    for url in (f"{room}/present/api/{path}", f"{room}/faces/", f"{room}/faces/rollouts"):
        async with client.post(url, json=body, headers=headers) as answer:
            assert answer.status == 403
    for url in (f"{room}/present/", f"{room}/present/api/state"):
        async with client.get(url, headers=headers) as answer:
            assert answer.status == 403
    assert platform.asked == []


async def test_with_the_token_it_is_done(
    client: aiohttp.ClientSession, base: str, token: str, stage: Stage, platform: Played
) -> None:
    async def post(path: str, body: Any) -> tuple[int, str]:
        async with client.post(f"{base}/present/api/{path}", json=body, headers=headers) as answer:
            return answer.status, (await answer.json()).get("error", "")

    headers = {"Authorization": f"Bearer {token}"}
    assert await post("act", {"to": "next"}) == (200, "")
    assert platform.verbs() == ["release"]
    assert await post("blank", {"on": True}) == (200, "")
    assert stage.shown.blank
    assert await post("act", {"to": "sideways"}) == (422, "Say where to: next or back.")
    assert await post("act", ["next"]) == (400, "The body has to be a JSON object.")
    status, said = await post("do", "dance")
    assert (status, said[:44]) == (422, "request: action: 'dance' is nothing to do; c")
    async with client.post(f"{base}/present/api/do", data="{", headers=headers) as answer:
        assert answer.status == 400


async def test_the_state_is_told_at_once_and_at_each_change(
    client: aiohttp.ClientSession, base: str, token: str, stage: Stage, served: Served
) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with client.get(f"{base}/present/api/state", headers=headers) as answer:
        first = json.loads(await answer.content.readline())
        assert (first["act"], first["room"]) == (0, served.room)
        stage.blank()
        assert json.loads(await answer.content.readline())["blank"]


async def test_the_token_is_in_no_answer_and_no_log(
    client: aiohttp.ClientSession, base: str, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for path in ("/present/", "/present/notes/", "/present/static/present.js", "/present/api/state", "/faces/"):
        async with client.get(f"{base}{path}") as answer:
            assert token not in await answer.text()
    async with client.post(
        f"{base}/present/api/do", json="dance", headers={"Authorization": f"Bearer {token}"}
    ) as answer:
        assert token not in await answer.text()
    assert token not in caplog.text


async def test_the_page_is_passed_on_without_what_is_private(
    client: aiohttp.ClientSession, room: str, gui: Gui
) -> None:
    async with client.get(f"{room}/faces/face/edge/?row=1&col=2", headers={"Cookie": "secret=1"}) as answer:
        said = await answer.json()
        assert said == {"asked": "/faces/face/edge/?row=1&col=2", "cookie": None}
        assert answer.headers["X-Faces-Pod"] == "gui-1"
        assert "Set-Cookie" not in answer.headers
    async with client.get(f"{room}/", allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/faces/"
    gui.asked.clear()
    paths = (
        "/faces/../secret",
        "/faces/%2e%2e/secret",
        "/faces/..%2Fsecret",
        "/faces/static/..%2f..%2fsecret",
        "/other",
    )
    for path in paths:
        async with client.get(URL(f"{room}{path}", encoded=True)) as answer:
            assert answer.status == 404, path
    assert gui.asked == []


async def test_a_room_that_asks_for_the_rollouts_asks_the_platform_once(
    client: aiohttp.ClientSession, room: str, platform: Played, stage: Stage
) -> None:
    async def ask() -> Any:
        async with client.get(f"{room}/faces/rollouts") as answer:
            assert answer.status == 200
            return await answer.json()

    before = platform.viewed
    await asyncio.gather(*(ask() for _ in range(30)))
    assert platform.viewed - before <= 2
    await stage.do(Freeze(on=True))
    platform.become(canary_weight=70)
    before = platform.viewed
    await asyncio.sleep(0.5)
    smiley = (await ask())["rollouts"][0]
    assert (platform.viewed, smiley["weights"]["canary"]) == (before, 0), "a frozen picture is the one before"


async def test_the_rollouts_are_the_platforms_own_with_what_all_visitors_saw(
    client: aiohttp.ClientSession, room: str, gui: Gui, stage: Stage, crowd: Crowd
) -> None:
    async def told() -> Any:
        async with client.get(f"{room}/faces/rollouts") as answer:
            return await answer.json()

    now = time.time()
    seen = Sample(t=now, ms=12, kind="tile", ok=False, status=500, user="u", smiley="v1")
    crowd.saw = [seen, replace(seen, ok=True, status=200)]
    stage.session.fresh()
    said = await told()
    assert [one["name"] for one in said["rollouts"]] == ["smiley", "gui"]
    assert said["now"] == pytest.approx(now, abs=5)
    found = [one for one in said["visitors"] if one["t"] == int(now)]
    assert found == [{"t": int(now), "all": 2, "failed": 1, "slow": 0, "stable": [2, 0.5, 12]}]
    stage.shown.replay_at = gui.address
    stage.shown.epoch += 1
    assert (await told())["asked"] == "/faces/rollouts", "a replay tells of its own"


async def test_a_platform_that_says_nothing_is_a_sentence(
    client: aiohttp.ClientSession, room: str, platform: Played
) -> None:
    platform.away = "The API server does not answer."
    async with client.get(f"{room}/faces/rollouts") as answer:
        assert answer.status == 503
        reason = "Rollout status is unavailable: The API server does not answer."
        assert await answer.json() == {"rollouts": [], "reason": reason}


async def test_the_stream_begins_anew_with_what_the_presenter_chose(
    client: aiohttp.ClientSession, room: str, stage: Stage
) -> None:
    async def until(begins: bytes) -> Any:
        while not (line := await answer.content.readline()).startswith(begins):
            assert line
        return line

    async def hello() -> dict[str, str]:
        await until(b"event: hello")
        said: dict[str, str] = json.loads((await until(b"data:"))[6:])
        return said

    async with client.get(f"{room}/faces/stream?grid=40x40") as answer:
        assert await hello() == {"epoch": "0"}, "the room does not choose"
        await stage.do(Grid(rows=10, cols=20))
        assert await hello() == {"grid": "10x20", "epoch": "0"}
        await stage.do(Freeze())
        await until(b"event: held")
        await stage.do(Freeze())
        assert await hello() == {"grid": "10x20", "epoch": "0"}
        await stage.do(Reset())
        assert await hello() == {"grid": "10x20", "epoch": "1"}


async def test_a_gui_without_a_stream_is_told_of(client: aiohttp.ClientSession, room: str, gui: Gui) -> None:
    gui.streaming = False
    async with client.get(f"{room}/faces/stream") as answer:
        assert answer.status == 404


async def test_the_qr_code_is_of_the_rooms_address(client: aiohttp.ClientSession, base: str) -> None:
    async with client.get(f"{base}/present/qr.svg") as answer:
        assert answer.content_type == "image/svg+xml"


async def test_a_port_that_is_taken_is_a_sentence(served: Served, stage: Stage, platform: Played) -> None:
    assert served.room is not None
    taken = int(served.room.split(":")[2].split("/")[0])
    with pytest.raises(UserError, match=f"Nobody can be served at 127.0.0.1:{taken}: .*in use"):
        async with serving(stage, platform, listen=Listen("127.0.0.1", taken)):  # type: ignore[arg-type]
            pass
