"""One run of the embedded platform: the parts put together, started in the order that shows a face soonest."""

import asyncio
import json
import logging
import os
import random
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp

from platforms.embedded import manifests
from platforms.embedded.analyses import Analyses
from platforms.embedded.controller import Controller
from platforms.embedded.manifests.pods import PodTemplate
from platforms.embedded.manifests.variables import refused_by_the_app
from platforms.embedded.mesh.dataplane import DataPlane
from platforms.embedded.mesh.envoy_config import Addresses, ClusterKey, Endpoints, ServiceRoute, Traffic
from platforms.embedded.processes.daemons import Daemon
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import Processes
from platforms.embedded.processes.replicas import ReplicaContext
from platforms.embedded.prometheus import binary as prometheus_binary
from platforms.embedded.prometheus import config as prometheus_config
from platforms.embedded.settings import ENGINE, RunFolder, Settings
from rollouts.status import RolloutPhase
from seam.errors import PlatformFailed, UserError
from seam.views import PlatformView

_log = logging.getLogger(__name__)
Say = Callable[[str], None]
_RETRY_S = 1.0
_FIRST_REVISIONS_LIMIT_S = 30.0
# The host name under which AnalysisTemplates reach Prometheus, in whatever namespace they look for it.
_PROMETHEUS_HOSTS = ("prometheus", "prometheus.monitoring", "prometheus.faces", "prometheus.linkerd-viz")


class PlatformRun:
    def __init__(self, folder: RunFolder, settings: Settings, processes: Processes, say: Say) -> None:
        self._folder, self._settings, self._say = folder, settings, say
        self._ports = PortBlock()
        self.front_port = self._ports.front(settings.port)
        self._mesh, self._statistics = self._ports.take(), self._ports.take()
        self._prometheus_port, self.status_port = self._ports.take(), self._ports.take()
        self._rng = random.Random(settings.seed)
        self._processes = processes
        self.manifests = manifests.load(Path(settings.manifests), lambda: secrets.token_urlsafe(24))
        self.controllers: dict[str, Controller] = {}
        self._settling = asyncio.Event()
        self._follower: asyncio.Task[None] | None = None
        self._prometheus: Daemon | None = None
        self._starting_prometheus: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return when every replica of the first revisions is ready: everybody is served from now on."""
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        binary = await asyncio.to_thread(prometheus_binary.ensure, self._say)
        addresses = Addresses(
            self.front_port,
            self._mesh,
            self._statistics,
            str(self._folder.envoy_socket),
            str(self._folder.path / "envoy"),
        )
        self._data_plane = DataPlane(addresses, self._processes, "gui")
        self._prometheus = self._make_prometheus(binary)
        self._say("Starting Envoy, Prometheus and the first replicas.")
        await self._processes.open()
        # First of all, because it takes five seconds before its first scrape; nobody has to wait for it yet.
        self._starting_prometheus = asyncio.create_task(self._prometheus.start())
        await self._data_plane.start()
        self._make_controllers()
        for controller in self.controllers.values():
            controller.start()
        await self._until_all_ready()

    async def measured(self) -> None:
        """Return when Prometheus holds every series that the AnalysisTemplates ask for, else raise UserError."""
        # Not before: whoever waits for the first face does not wait for a parser of PromQL.
        from platforms.embedded.measuring import queries_of  # noqa: PLC0415
        from platforms.measuring import wait_until_measured  # noqa: PLC0415

        assert self._starting_prometheus is not None
        await asyncio.shield(self._starting_prometheus)
        queries = queries_of(self.manifests, _PROMETHEUS_HOSTS)
        await wait_until_measured(self.prometheus_url, queries, self.manifests.namespace)

    def _make_controllers(self) -> None:
        context = ReplicaContext(
            processes=self._processes,
            ports=self._ports,
            session=self._session,
            environment=self._environment,
            changed=self._changed,
            settle=self.settle,
            rng=self._rng,
        )
        hosts = dict.fromkeys(_PROMETHEUS_HOSTS, f"127.0.0.1:{self._prometheus_port}")
        for name, rollout in self.manifests.rollouts.items():
            analyses = Analyses(self._session, self.prometheus_url, hosts)
            self.controllers[name] = Controller(rollout, self.manifests, context, analyses)

    def _make_prometheus(self, binary: Path) -> Daemon:
        folder = self._folder.path / "prometheus"
        folder.mkdir(exist_ok=True)
        config = folder / "prometheus.yml"
        # JSON is YAML.
        config.write_text(json.dumps(prometheus_config.scrape_config(self._statistics, self._settings.scrape_interval)))
        command = prometheus_config.command(binary, config, folder / "data", self._prometheus_port)
        return Daemon("prometheus", command, f"{self.prometheus_url}/-/ready", self._processes, self._session)

    def _environment(self, pods: PodTemplate, pod: str) -> dict[str, str]:
        """A replica's variables: those of its manifest, and where the names it knows are to be found."""
        known = self.manifests
        env = pods.environment(pod, known.namespace, known.config_maps, known.secrets)
        services = [f"{name}:{service.spec.ports[0].port}" for name, service in known.services.items()]
        env["CONNECT_TO"] = ",".join(f"{service}=127.0.0.1:{self._mesh}" for service in services)
        env["STATUS_SERVICE"] = f"127.0.0.1:{self.status_port}"
        if self._settings.seed is not None:
            env["FAULT_SEED"] = str(self._rng.randrange(2**31))
        return {"PATH": os.environ.get("PATH", ""), "PYTHONUNBUFFERED": "1"} | env

    # --- the data plane follows the replicas ---------------------------------------------------------------

    def _changed(self) -> None:
        self._settling.set()
        for controller in self.controllers.values():
            controller.wake()

    async def follow(self) -> None:
        """Keep the data plane on the current endpoints; runs until cancelled."""
        while True:
            await self._settling.wait()
            self._settling.clear()
            try:
                await self.settle()
            except PlatformFailed as error:
                _log.warning("the data plane does not follow: %s", error)
                self._settling.set()
                await asyncio.sleep(_RETRY_S)

    async def settle(self) -> None:
        await self._data_plane.apply(self._traffic())

    def _traffic(self) -> Traffic:
        routes: list[ServiceRoute] = []
        endpoints: dict[ClusterKey, Endpoints] = {}
        for controller in self.controllers.values():
            routes += controller.routes()
            endpoints |= controller.endpoints()
        return Traffic(tuple(sorted(routes, key=lambda route: route.service)), endpoints)

    async def _until_all_ready(self) -> None:
        self._follower = asyncio.create_task(self.follow())
        deadline = time.monotonic() + _FIRST_REVISIONS_LIMIT_S
        while waiting := [c for c in self.controllers.values() if c.status.phase is not RolloutPhase.HEALTHY]:
            for controller in waiting:
                for refusal in (runner.refusal for runner in controller.runners):
                    if refusal is not None:
                        raise refused_by_the_app(self.manifests, controller.rollout.name, refusal)
            if time.monotonic() > deadline:
                rollout = waiting[0].rollout.name
                raise PlatformFailed(
                    f"{rollout} has no ready replica after {_FIRST_REVISIONS_LIMIT_S:.0f} s; "
                    f"its replicas say why in {self._folder.logs}/{rollout}-*.log."
                )
            await asyncio.sleep(0.02)
        await self.settle()

    # --- what others ask -----------------------------------------------------------------------------------

    @property
    def gui_url(self) -> str:
        return f"http://127.0.0.1:{self.front_port}/faces/"

    @property
    def prometheus_url(self) -> str:
        return f"http://127.0.0.1:{self._prometheus_port}"

    def controller(self, name: str) -> Controller:
        if name not in self.controllers:
            known = ", ".join(sorted(self.controllers))
            raise UserError(f"There is no Rollout {name!r}; there are {known}.")
        return self.controllers[name]

    @property
    def session(self) -> aiohttp.ClientSession:
        return self._session

    @property
    def control_token(self) -> str:
        return next((data["token"] for data in self.manifests.secrets.values() if "token" in data), "")

    def replace_manifests(self, read: manifests.Manifests) -> None:
        """Apply a changed folder: Rollouts that differ are released, templates count for the next run."""
        if set(read.rollouts) != set(self.controllers):
            raise UserError("The Rollouts of a run cannot be added or taken away; end it with `faces down` first.")
        self.manifests = read
        for name, rollout in read.rollouts.items():
            self.controllers[name].apply(rollout, read)

    def view(self) -> PlatformView:
        processes = {
            "supervisor": os.getpid(),
            "nursery": self._processes.nursery_pid,
            "envoy": self._data_plane.daemon.pid,
            "prometheus": self._prometheus.pid if self._prometheus is not None else None,
        }
        rollouts = tuple(controller.view() for controller in self.controllers.values())
        return PlatformView("embedded", ENGINE, self.gui_url, self.prometheus_url, rollouts, processes)

    async def stop(self) -> None:
        """End gently what can be ended gently, and everything else with the nursery."""
        for task in (self._follower, self._starting_prometheus):
            if task is not None:
                task.cancel()
        for controller in self.controllers.values():
            await controller.stop()
        await self._processes.close()
        if self._data_plane is not None:
            await self._data_plane.close()
        await self._session.close()
        self._ports.close()
