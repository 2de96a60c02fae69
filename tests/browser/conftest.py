"""A real Chromium, and a small real server that plays gui: the page's one counterpart."""

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

PAGE = Path(__file__).parents[2] / "faces" / "page"
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",  # a Mac has no browser on its PATH
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Two cores shared with everything else: what is waited for comes, but not always soon.
expect.set_options(timeout=20_000)

Json = dict[str, Any]
# What a tile's request is answered with: a response, or None to cut the connection.
Face = Callable[[int, int], Awaitable[web.StreamResponse | None]]


def tile(smiley: str = "&#x1F603;", version: str = "v1", **more: Any) -> Json:
    versions = {"face": "v1", "smiley": version, "color": "v1"}
    return {"smiley": smiley, "color": "#66CCEE", "version": "v1", "versions": versions, "status": 200} | more


@dataclass
class Gui:
    """Plays gui. Tests set `face` (the answer to each tile) and `rollouts`, and read what was asked."""

    url: str = ""
    config: Json = field(default_factory=dict)
    face: Face | None = None
    rollouts: list[Json] | None = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    headers: asyncio.Queue[dict[str, str]] = field(default_factory=asyncio.Queue)
    in_flight: int = 0
    most_in_flight: int = 0

    def answer(self, *bodies: Json, status: int = 200) -> None:
        """Tile n is answered with body n, and from the last on with the last one."""

        async def face(row: int, col: int) -> web.StreamResponse:
            at = min(row * self.config["numCols"] + col, len(bodies) - 1)
            return web.json_response(bodies[at], status=status)

        self.face = face

    async def index(self, _: web.Request) -> web.Response:
        config = json.dumps(self.config).replace("<", "\\u003c")
        page = (PAGE / "index.html").read_text(encoding="utf-8").replace("%%{config}", config)
        return web.Response(text=page, content_type="text/html")

    async def ask(self, request: web.Request) -> web.StreamResponse:
        row, col = int(request.query["row"]), int(request.query["col"])
        self.asked[f"{request.match_info['ring']} {row} {col}"] += 1
        self.headers.put_nowait(dict(request.headers))
        assert self.face is not None
        answer = await self.face(row, col)
        if answer is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return answer

    async def state(self, _: web.Request) -> web.Response:
        self.asked["rollouts"] += 1
        if self.rollouts is None:
            return web.Response(status=503, text="the platform is away")
        return web.json_response({"rollouts": self.rollouts, "platform": "embedded"})

    @web.middleware
    async def count(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await handler(request)
        finally:
            self.in_flight -= 1


CONFIG: Json = {
    "user": "unknown",
    "userHeader": "X-Faces-User",
    "userAgent": "test",
    "numRows": 4,
    "numCols": 4,
    "edgeSize": 1,
    "startActive": True,
    "hideKey": False,
    "showPods": False,
    "color": "#66CCEE",
    "version": "v1",
}


@pytest_asyncio.fixture(loop_scope="session")
async def gui() -> AsyncIterator[Gui]:
    played = Gui(config=dict(CONFIG))
    played.answer(tile())
    app = web.Application(middlewares=[played.count])
    app.router.add_get("/faces/", played.index)
    app.router.add_get("/face/{ring:center|edge}/", played.ask)
    app.router.add_get("/faces/rollouts", played.state)
    app.router.add_static("/faces/static", PAGE)
    # A test is over while tiles still hang: their answers are not waited for.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    played.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield played
    await runner.cleanup()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.fail(
            "These tests drive a real Chromium and none is installed here: "
            "run `apt-get update && apt-get install -y chromium fonts-noto-color-emoji` as root.",
            pytrace=False,
        )
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=executable, args=SWITCHES)
        yield chromium
        await chromium.close()


@dataclass
class Watched:
    """What a page did besides showing something."""

    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self.hear)
        page.on("request", lambda request: self.requests.append(request.url))

    def hear(self, message: ConsoleMessage) -> None:
        # Chromium itself reports each failed answer, and such answers are what many tests are about.
        if not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"{message.type}: {message.text}")


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, gui: Gui, watched: Watched) -> AsyncIterator[Page]:
    """A new page in a profile of its own, not yet on `gui`; no test may leave a complaint in its console."""
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    opened = await context.new_page()
    opened.set_default_timeout(20_000)
    watched.watch(opened)
    yield opened
    await context.close()
    assert watched.complaints == []
    foreign = [url for url in watched.requests if not url.startswith((f"{gui.url}/", "data:"))]
    assert foreign == []


Open = Callable[[], Awaitable[None]]


@pytest.fixture
def opened(page: Page, gui: Gui) -> Open:
    """Opens the page, once the test has told `gui` what to say."""

    async def open_page() -> None:
        await page.goto(f"{gui.url}/faces/")

    return open_page


@pytest.fixture
def hang() -> Face:
    async def never(_row: int, _col: int) -> web.StreamResponse | None:
        await asyncio.Event().wait()
        return None

    return never


@pytest.fixture(name="tile")
def tile_fixture() -> Callable[..., Json]:
    return tile


STEPS: list[Json] = [
    {"setWeight": 30},
    {"pause": {"duration": "20s"}},
    {"analysis": {"templates": [{"templateName": "success-rate"}]}},
    {"setWeight": 50},
    {"pause": {}},
]


def measured(*values: tuple[str, str], metric: str = "success-rate", **more: Any) -> list[Json]:
    return [
        {"metric": metric, "value": value, "phase": phase, "t": 1.7e9 + at, **more}
        for at, (value, phase) in enumerate(values)
    ]


@pytest.fixture
def running() -> Json:
    return {
        "name": "smiley",
        "namespace": "faces",
        "phase": "Paused",
        "message": "CanaryPauseStep",
        "revision": 2,
        "stableVersion": "v1",
        "canaryVersion": "v2",
        "currentStepIndex": 1,
        "steps": STEPS,
        "weights": {"canary": 30, "stable": 70},
        "aborted": False,
        "measurements": measured(("0.99", "Successful"), ("0.62", "Failed"), needs="≥ 95 %"),
        "verdict": "v2 was bad once",
        "release": {"version": "v2", "fault": "errors-40"},
    }


@pytest.fixture
def aborted(running: Json) -> Json:
    bad = measured(("0.99", "Successful"), ("0.62", "Failed"), ("0.58", "Failed"), needs="≥ 95 %")
    return running | {
        "phase": "Degraded",
        "message": 'RolloutAborted: Rollout aborted update to revision 2: Metric "success-rate" '
        "assessed Failed due to failed (2) > failureLimit (1)",
        "currentStepIndex": 0,
        "weights": {"canary": 0, "stable": 100},
        "aborted": True,
        "measurements": bad,
        "verdict": "v2 was bad twice: rolled back to v1",
    }


@pytest.fixture
def promoted(running: Json) -> Json:
    return running | {
        "phase": "Healthy",
        "message": "",
        "currentStepIndex": len(STEPS),
        "stableVersion": "v2",
        "weights": {"canary": 0, "stable": 100},
        "measurements": measured(("1", "Successful")),
        "verdict": "v2 is promoted",
        "release": None,
    }
