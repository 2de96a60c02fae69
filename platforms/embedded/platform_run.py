"""One run of the embedded platform: the parts put together, started in the order that shows a face soonest."""

import asyncio
import logging
import os
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from platforms.embedded import manifests
from platforms.embedded.analyses import Analyses
from platforms.embedded.controller import Controller
from platforms.embedded.head_start import HeadStart
from platforms.embedded.manifests.pods import PodTemplate
from platforms.embedded.manifests.variables import refused_by_the_app
from platforms.embedded.mesh.dataplane import DataPlane
from platforms.embedded.mesh.values import MeshedSet, ServiceRoute, SetKey, Traffic
from platforms.embedded.names import detours
from platforms.embedded.processes.daemons import Daemon
from platforms.embedded.processes.processes import Processes
from platforms.embedded.processes.program import Program
from platforms.embedded.processes.replicas import ReplicaContext, Sides
from platforms.embedded.settings import ENGINE, RunFolder, Settings
from rollouts.status import RolloutPhase
from seam.errors import PlatformFailed, UserError
from seam.provider import Ready, workloads_ready
from seam.views import PlatformView

if TYPE_CHECKING:
    from platforms.embedded.mesh.identity import Authority

_log = logging.getLogger(__name__)
Say = Callable[[str], None]
_RETRY_S = 1.0
# Replicas that come together are told to the data plane together.
_TOGETHER_S = 0.02
_FIRST_REVISIONS_LIMIT_S = 30.0
# The host name under which AnalysisTemplates reach Prometheus, in whatever namespace they look for it.
_PROMETHEUS_HOSTS = ("prometheus", "prometheus.monitoring", "prometheus.faces", "prometheus.linkerd-viz")


def _new_authority() -> "Authority":
    from platforms.embedded.mesh.identity import Authority  # noqa: PLC0415 - the replicas are on their way by then

    return Authority.create(time.time())


class PlatformRun:
    def __init__(self, folder: RunFolder, settings: Settings, head_start: HeadStart, progress: Say) -> None:
        self._folder, self._settings, self._head_start, self._progress = folder, settings, head_start, progress
        self._processes = Processes(folder.logs, head_start.nursery)
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        self._data_plane = DataPlane(head_start.envoy_files, head_start.envoy, self._processes, _new_authority)
        self._prometheus: Daemon | None = None
        self._starting_prometheus: asyncio.Task[None] | None = None
        self._rng = random.Random(settings.seed)
        self.manifests = manifests.Manifests("")
        self.controllers: dict[str, Controller] = {}
        self._settling = asyncio.Event()
        self._follower: asyncio.Task[None] | None = None
        self._renewing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return when every replica of the first revisions is ready: everybody is served from now on."""
        read = manifests.load(Path(self._settings.manifests), lambda: secrets.token_urlsafe(24))
        self.manifests = manifests.with_annotations(read, self._settings.services)
        # Not before: what is refused is refused in one sentence, with no promise before it.
        self._progress("Starting Envoy, Prometheus and the first replicas.")
        program = await self._installed(self._head_start.prometheus)
        self._prometheus = Daemon(program, f"{self.prometheus_url}/-/ready", self._processes, self._session)
        await self._processes.open()
        # Not waited for: its first scrape comes seconds later.
        self._starting_prometheus = asyncio.create_task(self._prometheus.start())
        self._make_controllers()
        for controller in self.controllers.values():
            controller.start()
        await self._data_plane.start()
        self._progress(Ready("Envoy is ready."))
        self._renewing = asyncio.create_task(self._data_plane.keep_certificates_fresh())
        await self._until_all_ready()
        self._progress(workloads_ready(self.controllers))

    async def _installed(self, prometheus: Program) -> Program:
        if prometheus.started is not None:
            return prometheus
        from platforms.embedded.prometheus.binary import ensure  # noqa: PLC0415 - as a rule it is there

        binary = await asyncio.to_thread(ensure, self._progress)
        return replace(prometheus, command=(str(binary), *prometheus.command[1:]))

    async def measured(self) -> None:
        """Return when Prometheus holds every series that the AnalysisTemplates ask for, else raise UserError."""
        # Not at the start: the first face does not have to wait for a parser of PromQL.
        from platforms.embedded.measuring import queries_of  # noqa: PLC0415
        from platforms.embedded.prometheus.signals import MESH  # noqa: PLC0415
        from platforms.measuring import wait_until_measured  # noqa: PLC0415
        from platforms.signals import check_signals  # noqa: PLC0415

        assert self._starting_prometheus is not None
        await asyncio.shield(self._starting_prometheus)
        queries = queries_of(self.manifests, _PROMETHEUS_HOSTS)
        check_signals(queries, MESH)
        await wait_until_measured(self.prometheus_url, queries, self.manifests.namespace)

    def _make_controllers(self) -> None:
        context = ReplicaContext(
            processes=self._processes,
            ports=self._head_start.ports,
            session=self._session,
            environment=self._environment,
            changed=self._changed,
            settle=self.settle,
            rng=self._rng,
        )
        hosts = dict.fromkeys(_PROMETHEUS_HOSTS, f"127.0.0.1:{self._head_start.prometheus_port}")
        for name, rollout in self.manifests.rollouts.items():
            analyses = Analyses(self._session, self.prometheus_url, hosts)
            self.controllers[name] = Controller(rollout, self.manifests, context, analyses)

    def _environment(self, pods: PodTemplate, pod: str, sides: Sides) -> dict[str, str]:
        """A replica's variables: those of its manifest, and that the names it knows are found at its own side."""
        known = self.manifests
        env = pods.environment(pod, known.namespace, known.config_maps, known.secrets)
        services = {name: service.spec.ports[0].port for name, service in known.services.items()}
        env["CONNECT_TO"] = detours(services, env, sides.outbound)
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
            await asyncio.sleep(_TOGETHER_S)
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
        sets: dict[SetKey, MeshedSet] = {}
        for controller in self.controllers.values():
            routes += controller.routes()
            sets |= controller.sets()
        by_name = tuple(sorted(routes, key=lambda route: route.service))
        return Traffic(self.manifests.namespace, by_name, sets)

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
        return f"http://127.0.0.1:{self._head_start.envoy_files.addresses.front}/faces/"

    @property
    def prometheus_url(self) -> str:
        return f"http://127.0.0.1:{self._head_start.prometheus_port}"

    def controller(self, name: str) -> Controller:
        if name not in self.controllers:
            known = ", ".join(sorted(self.controllers))
            raise UserError(f"There is no Rollout {name!r}; there are {known}.")
        return self.controllers[name]

    @property
    def status_port(self) -> int:
        return self._head_start.status_port

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
        for task in (self._follower, self._renewing, self._starting_prometheus):
            if task is not None:
                task.cancel()
        for controller in self.controllers.values():
            await controller.stop()
        await self._processes.close()
        await self._data_plane.close()
        await self._session.close()
        self._head_start.ports.close()
