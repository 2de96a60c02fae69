"""A real Chromium, and a small real server that plays gui: the page's one counterpart.

What it says of rollouts is made of views, by the same code as a platform's JSON: it cannot drift.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from e2e.chromium import SWITCHES, executable
from seam.values import Bound, demand_in_words
from seam.views import AnalysisRunView, MeasurementView, MetricView, RolloutView
from seam.wire import rollout_to_json

PAGE = Path(__file__).parents[2] / "faces" / "page"
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
    more: Json = field(default_factory=dict)
    polls: asyncio.Event = field(default_factory=asyncio.Event)  # while it is cleared, polls are not answered
    asked: Counter[str] = field(default_factory=Counter)
    events: asyncio.Queue[bytes] | None = None
    headers: asyncio.Queue[dict[str, str]] = field(default_factory=asyncio.Queue)
    in_flight: int = 0
    most_in_flight: int = 0

    def __post_init__(self) -> None:
        self.polls.set()

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
        await self.polls.wait()
        if self.rollouts is None:
            return web.Response(status=503, text="the platform is away")
        return web.json_response({"rollouts": self.rollouts} | self.more)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Passes on the events that a test puts into `events`; bytes of length 0 end it. Without events, a 404."""
        self.asked["stream"] += 1
        if self.events is None:
            return web.Response(status=404)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while event := await self.events.get():
            await response.write(event)
        return response

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
    app.router.add_get("/faces/face/{ring:center|edge}/", played.ask)
    app.router.add_get("/faces/rollouts", played.state)
    app.router.add_get("/faces/stream", played.stream)
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
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=executable(), args=SWITCHES)
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
def call(page: Page, gui: Gui, opened: Open) -> Callable[..., Awaitable[Any]]:
    """Calls an exported function of one of the page's modules."""

    async def called(module: str, name: str, *arguments: Any) -> Any:
        if page.url == "about:blank":
            gui.config |= {"startActive": False}
            await opened()
        script = "async ([m, n, a]) => (await import(`/faces/static/${m}.js`))[n](...a)"
        return await page.evaluate(script, [module, name, list(arguments)])

    return called


@pytest.fixture
def hang() -> Face:
    async def never(_row: int, _col: int) -> web.StreamResponse | None:
        await asyncio.Event().wait()
        return None

    return never


@pytest.fixture(name="tile")
def tile_fixture() -> Callable[..., Json]:
    return tile


STEPS: tuple[Json, ...] = (
    {"setWeight": 30},
    {"pause": {"duration": "20s"}},
    {"analysis": {"templates": [{"templateName": "success-rate"}]}},
    {"setWeight": 50},
    {"pause": {}},
)
RUN = "smiley-5f7d-2"


def metric(
    name: str = "success-rate", unit: str = "ratio", op: str = ">=", value: float = 0.95, **more: Any
) -> MetricView:
    bound = Bound(op, value)
    known: Json = {"run": RUN, "phase": "Running", "failure_limit": 1, "inconclusive_limit": 5} | more
    return MetricView(name, unit=unit, bound=bound, demands=demand_in_words(bound, unit), **known)


def measured(*values: tuple[str, str], name: str = "success-rate", **more: Any) -> tuple[MeasurementView, ...]:
    return tuple(
        MeasurementView(1.7e9 + at, name, value, phase, **({"run": RUN} | more))
        for at, (value, phase) in enumerate(values)
    )


RUNNING = RolloutView(
    name="smiley",
    namespace="faces",
    phase="Paused",
    message="CanaryPauseStep",
    revision=2,
    stable_hash="5f7c",
    current_hash="5f7d",
    stable_version="v1",
    current_version="v2",
    current_step_index=1,
    steps=STEPS,
    canary_weight=30,
    stable_weight=70,
    aborted=False,
    release="errors-40",
    measured=True,
    analysis_runs=(AnalysisRunView(RUN, "background", "Running", ""),),
    metrics=(metric(successful=1, failed=1),),
    measurements=measured(("[0.99]", "Successful"), ("[0.62]", "Failed")),
)
ABORTED = replace(
    RUNNING,
    phase="Degraded",
    message='RolloutAborted: Rollout aborted update to revision 2: Metric "success-rate" '
    "assessed Failed due to failed (2) > failureLimit (1)",
    current_step_index=0,
    canary_weight=0,
    stable_weight=100,
    aborted=True,
    analysis_runs=(AnalysisRunView(RUN, "background", "Failed", ""),),
    metrics=(metric(phase="Failed", successful=1, failed=2),),
    measurements=measured(("[0.99]", "Successful"), ("[0.62]", "Failed"), ("[0.58]", "Failed")),
)
PROMOTED = replace(
    RUNNING,
    phase="Healthy",
    message="",
    current_step_index=len(STEPS),
    stable_hash="5f7d",
    stable_version="v2",
    canary_weight=0,
    stable_weight=100,
    analysis_runs=(AnalysisRunView(RUN, "background", "Successful", ""),),
    metrics=(metric(phase="Successful", successful=1),),
    measurements=measured(("[1]", "Successful")),
)
STATES = {"running": RUNNING, "aborted": ABORTED, "promoted": PROMOTED}


def rollout(state: str = "running", **changes: Any) -> Json:
    """The JSON of a rollout in that state, but for the view's fields that are given."""
    return rollout_to_json(replace(STATES[state], **changes))


@pytest.fixture(name="rollout")
def rollout_fixture() -> Callable[..., Json]:
    return rollout


@pytest.fixture(name="metric")
def metric_fixture() -> Callable[..., MetricView]:
    return metric


@pytest.fixture(name="measured")
def measured_fixture() -> Callable[..., tuple[MeasurementView, ...]]:
    return measured


@pytest.fixture
def running() -> Json:
    return rollout("running")


@pytest.fixture
def aborted() -> Json:
    return rollout("aborted")


@pytest.fixture
def promoted() -> Json:
    return rollout("promoted")
