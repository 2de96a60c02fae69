"""The page of a real gui, behind proxies that have it under a prefix."""

import random
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, expect

from faces.addresses import Address
from faces.config import Config
from faces.serving import started

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(60)]


async def serving(handler: Any) -> tuple[web.AppRunner, str]:
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"127.0.0.1:{runner.addresses[0][1]}"


@pytest_asyncio.fixture(loop_scope="session")
async def real_gui(tile: Any, running: Any) -> AsyncIterator[str]:
    """A gui as it is, before something that plays face and the status service."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/rollouts":
            return web.json_response({"rollouts": [running]})
        return web.json_response(tile(), status=200 if request.path in ("/center/", "/edge/") else 404)

    runner, behind = await serving(answer)
    service = Address.parse(behind)
    ports = {"port": 0, "admin_port": 0, "bind_address": "127.0.0.1", "drain_seconds": 0, "log_level": "error"}
    config = Config.model_validate({"workload": "gui", "face_service": service, "status_service": service, **ports})
    async with started(config, clock=time.monotonic, rng=random.Random(1)) as (_, opened):
        yield f"http://127.0.0.1:{opened['main']}"
    await runner.cleanup()


# What the browser asks for, and what a proxy makes of the first matching beginning of a path; what matches none is 404.
WAYS: list[tuple[str, dict[str, str]]] = [
    ("/", {"/": "/"}),
    ("/faces/", {"/": "/"}),
    ("/faces", {"/": "/"}),
    ("/demo/", {"/demo/": "/"}),
    ("/demo/faces/", {"/demo/": "/"}),
    ("/demo/faces", {"/demo/": "/"}),
    ("/a/b/", {"/a/b/": "/faces/"}),
    # The reference demo's own: /faces/ is the gui's, with that stripped or not, and nothing else is.
    ("/faces/", {"/faces/": "/"}),
    ("/faces/", {"/faces/": "/faces/"}),
]


@pytest.mark.parametrize(("path", "mapping"), WAYS)
async def test_the_page_finds_all_that_it_needs_under_any_prefix(
    path: str, mapping: dict[str, str], real_gui: str, browser: Browser
) -> None:
    async with aiohttp.ClientSession() as session:

        async def passed_on(request: web.Request) -> web.StreamResponse:
            for prefix, instead in mapping.items():
                if request.path.startswith(prefix):
                    url = f"{real_gui}{instead}{request.path_qs.removeprefix(prefix)}"
                    async with session.get(url, allow_redirects=False) as said:
                        kept = {
                            name: said.headers[name] for name in ("Content-Type", "Location") if name in said.headers
                        }
                        answer = web.StreamResponse(status=said.status, headers=kept)
                        await answer.prepare(request)
                        async for piece in said.content.iter_any():  # the grid's stream has no end
                            await answer.write(piece)
                        return answer
            raise web.HTTPNotFound

        runner, proxy = await serving(passed_on)
        context = await browser.new_context()
        page = await context.new_page()
        bad: list[str] = []
        page.on("response", lambda response: bad.append(response.url) if response.status >= 400 else None)
        page.on("requestfailed", lambda request: bad.append(request.url))
        await page.goto(f"http://{proxy}{path}")
        await expect(page.locator('#grid .tile[data-kind="happy"]')).to_have_count(16)
        await expect(page.get_by_role("status")).to_have_text("v2 has 30 % and was bad once.")
        await expect(page.locator("#grid")).to_have_css("display", "grid")
        assert bad == []
        assert page.url == f"http://{proxy}{path.removesuffix('/')}/"
        await context.close()
        await runner.cleanup()
