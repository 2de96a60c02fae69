"""What a large grid costs: how evenly the page draws it, and what its tiles cost the server.

    bench/page.py frames      the page in Chromium, 40x40 tiles, each asked for twice a second, for a minute
    bench/page.py server      gui's CPU a tile: one stream of all tiles beside one request for each from the page
    bench/page.py             both

The app's own gui is in front, as it ships; behind it answers a face that costs as little as possible, three tenths of
it as a v2 that fails four times out of ten, and a rollout in the middle of its release. So the page has all to draw
that there ever is, and two cores are enough for 3,200 tiles a second.

Frames are told as a browser without a graphics card makes them: headless Chromium, which paints on the processor. CPU
is what the kernel charged to all threads of gui; the two ways are measured in turn, so a machine that is slow for a
while is slow for both.

Measured on 2026-11-30 on two cores with other work beside it: 3,199 tiles and 59.8 frames a second, 16.7 ms between
two at P50 and at P95, 16.8 at most; as 1,600 elements, before a large grid was one picture, it was 100 and 167 ms. gui
took 41 ms of CPU for 1,000 tiles of 40x40; of 10x10, one stream beside a request for each tile: 0.35 (0.28 to 0.38).
"""

import argparse
import asyncio
import itertools
import json
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import aiohttp
import uvloop
from playwright.async_api import async_playwright

from bench.tile import cpu_seconds_of, free_ports, spread
from e2e.chromium import SWITCHES, executable

HERE = Path(__file__).parent
GRID, PERIOD_S = 40, 0.5
SMALL_GRID, SECONDS, ROUNDS = 10, 8.0, 7
ALL_ASKED = "tiles => Number(document.querySelector('#asked').textContent.replaceAll(',', '')) > 2 * tiles"
FRAMES = """milliseconds => new Promise((done) => {
  const between = [];
  let [first, last] = [performance.now(), performance.now()];
  const frame = (now) => {
    between.push(now - last);
    last = now;
    if (now - first < milliseconds) requestAnimationFrame(frame);
    else done(between.slice(1));
  };
  requestAnimationFrame((now) => { first = last = now; requestAnimationFrame(frame); });
})"""


class Face(asyncio.Protocol):
    """HTTP with as little as possible: a tile for every request, or the rollouts."""

    served = 0

    def __init__(self, tiles: "itertools.cycle[bytes]", began: float) -> None:
        self._tiles, self._began, self._rest = tiles, began, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is none by its type

    def data_received(self, data: bytes) -> None:
        *requests, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for request in requests:
            if request.startswith(b"GET /rollouts"):
                self._transport.write(_http(self._rollouts()))
            else:
                Face.served += 1
                self._transport.write(next(self._tiles))

    def _rollouts(self) -> bytes:
        told = json.loads((HERE / "rollouts.json").read_text())
        return json.dumps(told | {"now": told["now"] + time.monotonic() - self._began}).encode()


def _http(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _tile(rng: random.Random) -> bytes:
    canary = rng.random() < 0.3
    bad = canary and rng.random() < 0.4
    tile: dict[str, Any] = {"smiley": "&#x1F92C;" if bad else "&#x1F603;", "color": "#66CCEE", "version": "v1"}
    tile |= {"versions": {"face": "v1", "smiley": "v2" if canary else "v1", "color": "v1"}, "status": 200}
    return _http(json.dumps(tile | {"errors": ["smiley: status 500"] if bad else []}).encode())


@asynccontextmanager
async def served() -> AsyncIterator[tuple[str, int]]:
    """The page's address, and the pid of its gui."""
    rng = random.Random(1)
    tiles = itertools.cycle([_tile(rng) for _ in range(1009)])
    face, gui, admin = free_ports(3)
    began = time.monotonic()
    server = await asyncio.get_running_loop().create_server(lambda: Face(tiles, began), "127.0.0.1", face)
    settings = {"PORT": str(gui), "ADMIN_PORT": str(admin), "LOG_LEVEL": "warning", "DRAIN_SECONDS": "0"}
    settings |= {"FACE_SERVICE": f"127.0.0.1:{face}", "STATUS_SERVICE": f"127.0.0.1:{face}"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "faces", "gui", env=settings)
    try:
        page = f"http://127.0.0.1:{gui}/faces/"
        async with aiohttp.ClientSession() as session:
            while not await _answers(session, page):
                await asyncio.sleep(0.05)
        yield page, process.pid
    finally:
        process.terminate()
        await process.wait()
        server.close()


async def _answers(session: aiohttp.ClientSession, page: str) -> bool:
    try:
        async with session.get(page) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def frames(seconds: float) -> None:
    async with served() as (page, gui), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=SWITCHES)
        window = await browser.new_page(viewport={"width": 1920, "height": 1080})
        await window.goto(f"{page}?grid={GRID}x{GRID}")
        await window.wait_for_function(ALL_ASKED, arg=GRID * GRID, timeout=120_000)
        before, spent, began = Face.served, cpu_seconds_of(gui), time.monotonic()
        between = sorted(await window.evaluate(FRAMES, seconds * 1000))
        took, tiles, used = time.monotonic() - began, Face.served - before, cpu_seconds_of(gui) - spent
        await browser.close()
    at = statistics.quantiles(between, n=100)
    print(f"{GRID}x{GRID} tiles, {tiles / took:.0f} a second (asked for: {GRID * GRID / PERIOD_S:.0f}), {took:.0f} s")
    print(f"frames: {len(between) / took:.1f} a second; ms between two: P50 {at[49]:.1f}, P95 {at[94]:.1f}, ", end="")
    print(f"P99 {at[98]:.1f}, most {between[-1]:.1f}")
    print(f"gui: {100 * used / took:.0f} % of a core, {1e6 * used / tiles:.0f} ms for 1,000 tiles")


async def server() -> None:
    rate = SMALL_GRID * SMALL_GRID / PERIOD_S
    streamed, single = [], []
    async with served() as (page, gui), aiohttp.ClientSession() as session:
        for number in range(ROUNDS):
            ways = [(streamed, _stream), (single, _requests)]
            for found, way in ways if number % 2 == 0 else reversed(ways):
                found.append(await _cost(way, session, page, gui, rate))
    print(f"gui's CPU, ms for 1,000 tiles, {rate:.0f} tiles a second, {ROUNDS} rounds of {SECONDS:.0f} s each")
    print(f"  one stream                 {statistics.median(streamed):7.1f}")
    print(f"  a request for each tile    {statistics.median(single):7.1f}")
    print(f"  stream / requests          {spread([a / b for a, b in zip(streamed, single, strict=True)], '.2f')}")


async def _cost(way: Any, session: aiohttp.ClientSession, page: str, gui: int, rate: float) -> float:
    """Milliseconds of CPU for 1,000 tiles."""
    async with asyncio.timeout(SECONDS * 4):
        task = asyncio.create_task(way(session, page, rate))
        await asyncio.sleep(1)
        before, spent = Face.served, cpu_seconds_of(gui)
        await asyncio.sleep(SECONDS)
        tiles, used = Face.served - before, cpu_seconds_of(gui) - spent
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    if not tiles or (task.done() and not task.cancelled()):
        raise SystemExit(
            f"Nothing was asked for: {task.exception() if not task.cancelled() else 'the machine is too busy'}"
        )
    return 1e6 * used / tiles


async def _stream(session: aiohttp.ClientSession, page: str, _: float) -> None:
    async with session.get(f"{page}stream?grid={SMALL_GRID}x{SMALL_GRID}") as answer:
        async for _chunk in answer.content.iter_any():
            pass  # whoever reads it is not measured


async def _requests(session: aiohttp.ClientSession, page: str, rate: float) -> None:
    """As a browser asks: on six connections, which stay, and in the same rhythm however late the answers are."""
    loop = asyncio.get_running_loop()
    began, numbers = loop.time(), itertools.count()

    async def ask() -> None:
        for number in numbers:
            await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
            async with session.get(f"{page}face/center/?row={number % SMALL_GRID}&col=1") as answer:
                await answer.read()

    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(ask())


def main() -> None:
    arguments = argparse.ArgumentParser(description="What a large grid costs the page, and its tiles the server.")
    arguments.add_argument("what", nargs="?", choices=("frames", "server"))
    arguments.add_argument("--seconds", type=float, default=60, help="of frames")
    given = arguments.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if given.what != "server":
            runner.run(frames(given.seconds))
        if given.what != "frames":
            runner.run(server())


if __name__ == "__main__":
    main()
