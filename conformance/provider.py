"""The provider of every metric: an HTTP server that answers as the scenario says for that moment."""

import time
from collections.abc import Mapping

from aiohttp import web

from conformance.scenario import Scenario
from conformance.virtual import response


class Provider:
    """`began` has, for each scenario's name, when its Rollout was created, in seconds since the epoch."""

    def __init__(self, scenarios: Mapping[str, Scenario], began: Mapping[str, float]) -> None:
        self._scenarios, self._began = scenarios, began
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Returns its address; metrics are asked at ADDRESS/SCENARIO/PATH."""
        app = web.Application()
        app.router.add_route("*", "/{scenario}/{path:.*}", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        name, path = request.match_info["scenario"], request.match_info["path"]
        status, body = response(self._scenarios[name].answer(path, time.time() - self._began[name]))
        return web.Response(status=status, body=body)
