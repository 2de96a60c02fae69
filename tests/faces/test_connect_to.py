from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import grpc
import grpc.aio
from aiohttp import web

from faces.addresses import Address
from faces.asking import connected
from faces.color_pb2 import ColorRequest, ColorResponse, ColorUpdate, ColorUpdateResponse
from faces.color_service import Context, UpdateContext, handlers
from faces.config import Config
from faces.replica import Replica
from faces.serving import Ports
from faces.tiles import TileRequest
from faces.workloads.backends import ColorBackend, SmileyBackend, make_channel

Start = Callable[[Config], Awaitable[tuple[Replica, Ports]]]
TILE = TileRequest("edge", 3, 4, "Zoë", "curl/8")


@asynccontextmanager
async def http_witness(seen: list[dict[str, str]]) -> AsyncIterator[Address]:
    async def answer(request: web.Request) -> web.Response:
        seen.append({**request.headers, "target": request.path_qs})
        return web.json_response({"smiley": "&#x1F603;"})

    app = web.Application()
    app.router.add_get("/{rest:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield Address("127.0.0.1", runner.addresses[0][1])
    await runner.cleanup()


@asynccontextmanager
async def grpc_witness(seen: list[str]) -> AsyncIterator[Address]:
    async def answer(request: ColorRequest, context: Context) -> ColorResponse:
        seen.append(f"{request.row} {request.column} {dict(context.invocation_metadata() or ())['x-faces-user']!s}")
        return ColorResponse(color="#123456")

    async def update(request: ColorUpdate, context: UpdateContext) -> ColorUpdateResponse:
        raise NotImplementedError

    server = grpc.aio.server()
    server.add_generic_rpc_handlers((handlers({"center": answer, "edge": answer}, update),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield Address("127.0.0.1", port)
    await server.stop(None)


async def test_smiley_is_asked_at_its_detour_and_by_its_name() -> None:
    seen: list[dict[str, str]] = []
    for name, host in ((Address("smiley", 80), "smiley"), (Address("10.9.8.7", 8000), "10.9.8.7:8000")):
        async with http_witness(seen) as real:
            with connected(name, {name: real}) as connections:
                backend = SmileyBackend(connections, name, timeout=2, user_header="X-Faces-User")
                assert (await backend.ask(TILE)).status == 200
        assert seen[-1]["Host"] == host
        assert seen[-1]["target"] == "/edge/?row=3&col=4"
        assert seen[-1]["User-Agent"] == "curl/8"
        assert seen[-1]["X-Faces-User"] == "Zoë"


async def test_color_is_asked_at_its_detour_and_by_its_name() -> None:
    seen: list[str] = []
    name = Address("color", 80)
    async with grpc_witness(seen) as real, make_channel(name, {name: real}) as channel:
        answer = await ColorBackend(channel, name, timeout=2).ask(TILE)
    assert (answer.status, answer.value, answer.version) == (200, "#123456", None)
    assert seen == ["3 4 Zo%C3%AB"]


async def test_the_authority_of_a_detoured_call_is_the_name() -> None:
    # gRPC's server hides :authority from handlers, so a proxy's view is taken: the HTTP/2 bytes on the wire.
    import asyncio

    first = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\0\0\0\4\0\0\0\0\0")  # an empty SETTINGS frame: come on
        received = b""
        while b"ColorService" not in received:
            received += await reader.read(4096)
        first.set_result(received)
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    name = Address("color", 8123)
    real = Address("127.0.0.1", server.sockets[0].getsockname()[1])
    async with server, make_channel(name, {name: real}) as channel:
        answer = await ColorBackend(channel, name, timeout=1).ask(TILE)
        assert answer.status != 200
        assert b"color:8123" in await first


async def test_gui_asks_face_at_its_detour_and_by_its_name(
    start: Start, config: Callable[..., Config], client: aiohttp.ClientSession
) -> None:
    seen: list[dict[str, str]] = []
    async with http_witness(seen) as real:
        _, ports = await start(config("gui", connect_to={Address("face", 80): real}))
        async with client.get(f"http://127.0.0.1:{ports['main']}/face/center/?row=1&col=2") as response:
            assert response.status == 200
    assert (seen[0]["Host"], seen[0]["target"]) == ("face", "/center/?row=1&col=2")
