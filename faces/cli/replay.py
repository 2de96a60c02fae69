"""A record on the page again: the app's own gui, in front of a server that plays what face and the platform said then.

Nothing else runs, and only this machine can connect.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from aiohttp import web

from chaos.record import Playing, Record
from faces.addresses import Address
from faces.config import Config
from faces.serving import started
from faces.smileys import SMILEYS
from loadgen.samples import Sample
from seam.errors import UserError
from seam.wire import rollout_to_json

_HOST = "127.0.0.1"
_PORTS = range(8080, 8180)
# What a tile's failure looked like, by what the visitor's log says of it.
_LOOKS = (("504", "Sleeping"), ("timed out", "Sleeping"), ("429", "Kaboom"))
# The page waits no longer for a tile.
_LONGEST_S = 6.0


class Player:
    """Plays a record from `began`, in seconds of `clock`, at `speed` times its own pace."""

    def __init__(self, record: Record, speed: float, clock: Callable[[], float]) -> None:
        self._playing, self._record, self._speed = Playing.of(record), record, speed
        self._clock, self._began, self._given = clock, clock(), -1

    @property
    def now(self) -> float:
        """The record's own time: that of its last moment, when it is over."""
        return min(self._record.ended_at, self._record.began_at + (self._clock() - self._began) * self._speed)

    @property
    def over(self) -> bool:
        return self.now >= self._record.ended_at

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/rollouts", self._rollouts)
        app.router.add_get("/center/", self._tile)
        app.router.add_get("/edge/", self._tile)
        return app

    async def _rollouts(self, _: web.Request) -> web.Response:
        t = self.now
        view = self._playing.view(t)
        shown = {
            "rollouts": [] if view is None else [rollout_to_json(view)],
            "platform": self._record.platform,
            "speed": 0 if self.over else self._speed,
        }
        return web.json_response(shown | self._playing.to_json(t))

    async def _tile(self, _: web.Request) -> web.Response:
        try:
            self._given = self._playing.tile(self.now, self._given)
        except ValueError as error:
            return web.json_response({"errors": [f"face: {error}"]}, status=502)
        sample = self._playing.tiles[self._given]
        await asyncio.sleep(min(sample.ms / 1000, _LONGEST_S))
        return _answer(sample)


def _answer(sample: Sample) -> web.Response:
    """The tile that the visitor saw, as far as the log tells."""
    named = {"face": sample.face, "smiley": sample.smiley, "color": sample.color}
    versions = {workload: version for workload, version in named.items() if version is not None}
    if sample.status != 200:
        status = sample.status or (504 if sample.error == "timeout" else 502)
        return web.json_response({"errors": [sample.error or "face"], "versions": versions}, status=status)
    error = sample.error or ""
    bad = next((look for sign, look in _LOOKS if sign in error), "Cursing")
    half = error.startswith("color")
    tile: dict[str, Any] = {
        "smiley": SMILEYS["Grinning" if sample.ok or half else bad],
        "color": "#BBBBBB" if half else "#66CCEE",
        "versions": versions,
        "version": sample.face,
        "status": 200,
        "errors": [] if sample.ok else [error],
    }
    return web.json_response(tile)


@contextlib.asynccontextmanager
async def replaying(record: Record, speed: float, port: int | None) -> AsyncIterator[tuple[str, Player]]:
    """The page's address, and who plays. UserError: the port cannot be had."""
    player = Player(record, speed, time.monotonic)
    runner = web.AppRunner(player.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, _HOST, 0).start()
        behind = Address(_HOST, runner.addresses[0][1])
        async with contextlib.AsyncExitStack() as stack:
            at = await _front(behind, port, stack)
            yield f"http://{_HOST}:{at}/faces/", player
    finally:
        await runner.cleanup()


async def _front(behind: Address, port: int | None, stack: contextlib.AsyncExitStack) -> int:
    """The app's gui before it, on that port, or on 8080 or the next one that is free."""
    from faces.listening import ListenError

    for number in [port] if port is not None else _PORTS:
        settings = {"port": number, "admin_port": 0, "bind_address": _HOST, "drain_seconds": 0, "log_level": "error"}
        services = {"face_service": behind, "status_service": behind, "backend_timeout": _LONGEST_S + 1}
        config = Config.model_validate({"workload": "gui", **settings, **services})
        with contextlib.suppress(ListenError):
            _, ports = await stack.enter_async_context(started(config, clock=time.monotonic, rng=random.Random()))
            return ports["main"]
    if port is not None:
        raise UserError(f"Port {port} is in use on this machine; choose another with --port, or free it.")
    raise UserError(f"No port is free from {_PORTS.start} to {_PORTS.stop - 1}; choose one with --port.")
