"""The embedded data plane: the real Envoy, configured by files, and asked whether it has them.

Make before break: certificates and clusters first, then listeners, then routes, then what nobody needs any more is
taken away. `apply` returns when Envoy has acknowledged: from then on a replica that was taken out gets no new
request, and can be ended.
"""

import asyncio
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import aiohttp

from platforms.embedded.mesh import inbound, naming, outbound
from platforms.embedded.mesh.certificates import Certificates
from platforms.embedded.mesh.envoy_files import EnvoyFiles, Expected
from platforms.embedded.mesh.values import FRONT, Caller, SetKey, Traffic, caller_of
from platforms.embedded.processes.daemons import Daemon
from platforms.embedded.processes.processes import Processes
from platforms.embedded.processes.program import Program
from seam.errors import PlatformFailed

if TYPE_CHECKING:
    from platforms.embedded.mesh.identity import Authority

_ACKNOWLEDGE_LIMIT_S = 15.0
_VERSIONS = "/stats?format=json&filter=(version_text|total_listeners_warming)$"
_CLUSTERS_VERSION, _LISTENERS_VERSION = "cluster_manager.cds.version_text", "listener_manager.lds.version_text"
_WARMING = "listener_manager.total_listeners_warming"

Resources = dict[str, dict[str, Any]]
"""{name: resource}."""


class DataPlane:
    """Has to be closed; the process itself is the nursery's to end."""

    def __init__(
        self,
        files: EnvoyFiles,
        program: Program,
        processes: Processes,
        new_authority: Callable[[], "Authority"],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`files` are written, and `program` is the Envoy that reads them. `new_authority` is called when the first
        certificate is needed: cryptography takes its time to be imported.
        """
        self._files, self._clock = files, clock
        self._certificates = Certificates(files, new_authority)
        self._admin = aiohttp.ClientSession(
            "http://envoy", connector=aiohttp.UnixConnector(files.addresses.admin), timeout=aiohttp.ClientTimeout(2)
        )
        # What Envoy has; None while that is not known, because a change was cut short.
        self._applied: Traffic | None = Traffic()
        self._clusters: Resources = {}
        self._listeners: Resources = {}
        self._known: set[Caller] = set()
        self._said: dict[str, str] = {}
        self._lock = asyncio.Lock()
        self.daemon = Daemon(program, "/ready", processes, self._admin)

    async def start(self) -> None:
        """Return once Envoy serves. Changes can be applied before, and are then waited for."""
        await self.daemon.start()

    async def close(self) -> None:
        await self._admin.close()

    async def keep_certificates_fresh(self) -> None:
        """Renew each certificate before it is out of date; runs until cancelled."""
        while True:
            due = self._certificates.renew(self._clock())
            # A certificate that is issued meanwhile lives longer than a minute.
            await asyncio.sleep(min(60.0, max(0.05, due - self._clock())) if due is not None else 1.0)

    async def apply(self, traffic: Traffic) -> None:
        """Make Envoy do `traffic`. Raises PlatformFailed when it refuses, or does not answer for 15 s."""
        async with self._lock:
            if traffic == self._applied:
                return
            self._applied = None
            clusters, listeners = self._wanted(traffic)
            self._certificates.have(traffic.callers, self._clock())
            await self._acknowledged(self._write_clusters(self._clusters | clusters))
            if not listeners.keys() <= self._listeners.keys():  # they find their routes when they come
                self._write_routes(traffic)
            await self._acknowledged(self._write_listeners(self._listeners | listeners))
            await self._acknowledged(self._write_routes(traffic))
            await self._acknowledged(self._write_listeners(listeners) | self._write_clusters(clusters))
            self._forget(traffic)
            self._applied = traffic

    # --- what there has to be ---------------------------------------------------------------------------------

    def _wanted(self, traffic: Traffic) -> tuple[Resources, Resources]:
        """Clusters and listeners by name."""
        directory, authority = self._files.addresses.directory, self._certificates.authority.pem
        door = SetKey(traffic.namespace, FRONT, "")
        listeners = [outbound.listener(traffic.front, door, FRONT, self._files.addresses.front, directory)]
        clusters = []
        for key, members in traffic.sets.items():
            clusters += [outbound.cluster(caller, key, members, authority, directory) for caller in traffic.callers]
            for sidecar in members.sidecars:
                clusters += inbound.clusters(key, members, sidecar)
                listeners.append(inbound.listener(key, members, sidecar, authority, directory))
                caller = caller_of(key, members)
                listeners.append(outbound.listener(caller, key, sidecar.pod, sidecar.outbound, directory))
        return {one["name"]: one for one in clusters}, {one["name"]: one for one in listeners}

    def _write_clusters(self, wanted: Resources) -> Expected:
        self._clusters = wanted
        return self._files.write(naming.CLUSTERS, _sorted(wanted), [_CLUSTERS_VERSION])

    def _write_listeners(self, wanted: Resources) -> Expected:
        self._listeners = wanted
        expected = self._files.write(naming.LISTENERS, _sorted(wanted), [_LISTENERS_VERSION])
        return expected | {_WARMING: "0"}

    def _write_routes(self, traffic: Traffic) -> Expected:
        expected: Expected = {}
        for caller in traffic.callers:
            name = naming.routes(caller)
            statistic = f"http.{name}.rds.{name}.version_text"
            file = naming.file_of("routes", caller)
            expected |= self._files.write(file, [outbound.routes(caller, traffic)], [statistic])
        return expected

    def _forget(self, traffic: Traffic) -> None:
        self._certificates.keep(traffic.callers)
        for caller in self._known - set(traffic.callers):
            self._files.forget(naming.file_of("routes", caller))
        self._known = set(traffic.callers)

    # --- what Envoy says --------------------------------------------------------------------------------------

    async def _acknowledged(self, expected: Expected) -> None:
        """Return when Envoy has what is expected. What it said it had the last time it is not asked again."""
        deadline, pause = time.monotonic() + _ACKNOWLEDGE_LIMIT_S, 0.0
        while missing := [name for name, value in expected.items() if self._said.get(name) != value]:
            if time.monotonic() > deadline:
                names = ", ".join(sorted(missing))
                limit = f"{_ACKNOWLEDGE_LIMIT_S:.0f} s"
                raise PlatformFailed(f"Envoy has not taken its configuration within {limit}: {names}")
            await asyncio.sleep(pause)
            self._said, pause = await self._known_to_envoy(), 0.01

    async def _known_to_envoy(self) -> dict[str, str]:
        try:
            async with self._admin.get(_VERSIONS) as answer:
                stats = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, json.JSONDecodeError):
            return {}  # it is being started, and will have read the files when it is there
        return {entry["name"]: str(entry["value"]) for entry in stats["stats"] if "name" in entry}


def _sorted(resources: Resources) -> list[dict[str, Any]]:
    return [resources[name] for name in sorted(resources)]
