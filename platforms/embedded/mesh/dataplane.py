"""The embedded data plane: the real Envoy, configured by files, and asked whether it has them.

Make before break: new clusters and endpoints first, acknowledged, then routes, then what is no longer routed to is
taken away. `apply` returns when Envoy has acknowledged: from then on a replica that was taken out gets no new request,
and can be ended.
"""

import asyncio
import json
import time

import aiohttp

from platforms.embedded.mesh.envoy_config import Traffic
from platforms.embedded.mesh.envoy_files import EnvoyFiles, Expected
from platforms.embedded.processes.daemons import Daemon
from platforms.embedded.processes.processes import Processes
from platforms.embedded.processes.program import Program
from seam.errors import PlatformFailed

_ACKNOWLEDGE_LIMIT_S = 15.0


class DataPlane:
    """Has to be closed; the process itself is the nursery's to end."""

    def __init__(self, files: EnvoyFiles, program: Program, processes: Processes) -> None:
        """`files` are written, and `program` is the Envoy that reads them."""
        self._files = files
        self._admin = aiohttp.ClientSession(
            "http://envoy", connector=aiohttp.UnixConnector(files.addresses.admin), timeout=aiohttp.ClientTimeout(2)
        )
        # None while it is not known, because a change was cut short.
        self._applied: Traffic | None = files.nothing
        self._lock = asyncio.Lock()
        self.daemon = Daemon(program, "/ready", processes, self._admin)

    async def start(self) -> None:
        """Return once Envoy serves. Changes can be applied before, and are then waited for."""
        await self.daemon.start()

    async def close(self) -> None:
        await self._admin.close()

    async def apply(self, traffic: Traffic) -> None:
        """Make Envoy do `traffic`. Raises PlatformFailed when it refuses, or does not answer for 15 s."""
        async with self._lock:
            if traffic == self._applied:
                return
            applied, self._applied = self._applied, None
            wanted, files = set(traffic.endpoints), self._files
            expected: Expected = {}
            for key, addresses in traffic.endpoints.items():
                if applied is None or applied.endpoints.get(key) != addresses:
                    expected |= files.write_endpoints(key, addresses)
            if not wanted <= files.clusters:
                expected |= files.write_clusters(files.clusters | wanted)
            await self._acknowledged(expected)
            if applied is None or traffic.routes != applied.routes:
                await self._acknowledged(files.write_routes(traffic))
            if wanted != files.clusters:
                gone = files.clusters - wanted
                await self._acknowledged(files.write_clusters(wanted))
                for key in gone:
                    files.forget_endpoints(key)
            self._applied = traffic

    async def _acknowledged(self, expected: Expected) -> None:
        if not expected:
            return
        deadline = time.monotonic() + _ACKNOWLEDGE_LIMIT_S
        while time.monotonic() < deadline:
            known = await self._versions_known()
            if all(known.get(name) == version for name, version in expected.items()):
                return
            await asyncio.sleep(0.01)
        missing = ", ".join(sorted(expected))
        raise PlatformFailed(f"Envoy has not taken its configuration within {_ACKNOWLEDGE_LIMIT_S:.0f} s: {missing}")

    async def _versions_known(self) -> dict[str, str]:
        try:
            async with self._admin.get("/stats?type=TextReadouts&format=json") as answer:
                stats = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, json.JSONDecodeError):
            return {}  # it is being started, and will have read the files when it is there
        return {entry["name"]: entry["value"] for entry in stats["stats"]}
