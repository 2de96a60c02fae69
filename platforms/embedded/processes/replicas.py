"""Replicas as processes: what a ReplicaSet, its pods and the kubelet do together on a cluster.

A replica that is ready is an endpoint. One that has to go is first taken from the endpoints, then, when the data plane
has acknowledged that, sent TERM, so that no request is lost to it. One that ends, or is killed
because it is beyond its memory limit, is started again after a kubelet's back-off.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from platforms.embedded.manifests.pods import PodTemplate, Probe, probe_host
from platforms.embedded.processes.containers import ContainerHistory, Termination
from platforms.embedded.processes.memory import until_beyond
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import NURSERY_LOST, Child, Processes
from rollouts.world import Pod, ReplicaSet
from seam.errors import PlatformFailed, UserError
from seam.releases import version_of

_log = logging.getLogger(__name__)
_FIRST_PROBE_S = 0.03
# Until another start where the platform itself has failed: there was no port, or the nursery is lost.
_RETRY_S = 0.2
_MISUSE = 2  # the app's exit code for a variable that makes no sense
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


@dataclass(frozen=True, slots=True)
class ReplicaContext:
    """What every replica of a run shares. `changed` is called when a replica becomes ready or stops being so;
    `settle` returns when the data plane has acknowledged the current endpoints.
    """

    processes: Processes
    ports: PortBlock
    session: aiohttp.ClientSession
    environment: Callable[[PodTemplate, str, "Sides"], dict[str, str]]
    changed: Callable[[], None]
    settle: Callable[[], Awaitable[None]]
    rng: random.Random


@dataclass(frozen=True, slots=True)
class Sides:
    """Where a replica's sides of the mesh listen, on loopback: for callers and probes, and for the replica itself."""

    inbound: int
    outbound: int


class Replica:
    """One pod: a process that is restarted until the replica is retired."""

    def __init__(self, name: str, template: PodTemplate, context: ReplicaContext) -> None:
        self.name, self._template, self._context = name, template, context
        self.ports: dict[str, int] = {}
        self.sides: Sides | None = None
        self.ready_since: float | None = None
        self.created_at = time.time()
        self.starts = 0
        self.history = ContainerHistory()
        self.backing_off = False
        self.going = False
        # Why the app refuses its configuration, in its own sentence.
        self.refusal: str | None = None
        self.child: Child | None = None
        self._leave = asyncio.Event()
        self._life = asyncio.create_task(self._live())

    @property
    def ready(self) -> bool:
        return self.ready_since is not None and not self.going

    @property
    def pid(self) -> int | None:
        child = self.child
        return child.pid.result() if child is not None and child.alive and child.pid.done() else None

    @property
    def restarts(self) -> int:
        return max(0, self.starts - 1)

    async def retire(self) -> None:
        """Out of the endpoints, acknowledged, then TERM, and KILL when its grace is over."""
        self.going = True
        self._context.changed()
        with contextlib.suppress(PlatformFailed):  # whatever the data plane says, the process has to go
            await self._context.settle()
        self._leave.set()
        await self._life

    async def _live(self) -> None:
        while not self._leave.is_set():
            pause = await self._until_ended()
            self.backing_off = pause > _RETRY_S
            self._context.changed()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leave.wait(), pause)
            self.backing_off = False

    async def _until_ended(self) -> float:
        """One process, from its start to its end; returns how long it is not started again."""
        started = time.monotonic()
        try:
            end = await self._run_once()
        except UserError as error:  # no port is free; perhaps one is, later
            _log.error("%s cannot start: %s", self.name, error)
            return _RETRY_S
        if end is None:
            return _RETRY_S
        self.history = self.history.ended(end, time.monotonic() - started)
        pause = self.history.pause_s
        if not self.going:
            words = "%s: its container ended: %s, exit code %d; restarted after a back-off of %g s"
            _log.warning(words, self.name, end.reason, end.exit_code, pause)
        return pause

    async def _run_once(self) -> Termination | None:
        """One process, until it is gone, of itself or because the replica has to leave; None: with the nursery."""
        container = self._template.container
        sides = self.sides = self.sides or Sides(self._context.ports.take(), self._context.ports.take())
        self.ports = {port.name: self._context.ports.take() for port in container.ports}
        self._context.changed()  # its sides can be there before it is
        env = self._context.environment(self._template, self.name, sides) | _port_variables(self.ports)
        self.child = child = await self._context.processes.spawn_app(self.name, container.args, env)
        self.starts += 1
        probes = asyncio.create_task(self._probe(child))
        leaving = asyncio.create_task(self._leave.wait())
        beyond = asyncio.create_task(until_beyond(container.memory_limit, lambda: self.pid))
        try:
            ends: list[asyncio.Future[Any]] = [child.code, leaving, beyond]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if beyond.done():
                _log.warning("%s is beyond its memory limit: it has %d KiB", self.name, beyond.result() >> 10)
                self._kill(child)
            elif child.alive:
                grace = float(self._template.spec.termination_grace_period_seconds)
                await self._context.processes.stop(child, grace=grace)
            code = await child.code
            if code == _MISUSE:
                self.refusal = _last_line(child.log)
            return None if code == NURSERY_LOST else Termination.of(code, out_of_memory=code == -9 and beyond.done())
        finally:
            leaving.cancel()
            probes.cancel()
            beyond.cancel()
            self._set_ready(ready=False)

    async def _probe(self, child: Child) -> None:
        """Both probes, each for itself: a replica that never became ready may be dead all the same."""
        container = self._template.container
        watches = [self._until_unready(container.readiness_probe)]
        if container.liveness_probe is not None:
            watches.append(self._until_dead(container.liveness_probe, child))
        await asyncio.gather(*watches)

    async def _until_unready(self, probe: Probe) -> None:
        """Readiness as fast as it can be until the first success, then by its period."""
        await asyncio.sleep(probe.initial_delay_seconds)
        while not await self._answers(probe):
            await asyncio.sleep(_FIRST_PROBE_S)
        self._set_ready(ready=True)
        await self._watch(probe, lambda ok: self._set_ready(ready=ok))

    async def _until_dead(self, probe: Probe, child: Child) -> None:
        await asyncio.sleep(probe.initial_delay_seconds)
        await self._watch(probe, lambda ok: None if ok else self._kill(child))

    async def _watch(self, probe: Probe, on_result: Callable[[bool], None]) -> None:
        failed = 0
        while True:
            await asyncio.sleep(probe.period_seconds)
            failed = 0 if await self._answers(probe) else failed + 1
            if failed in (0, probe.failure_threshold):
                on_result(failed == 0)

    async def _answers(self, probe: Probe) -> bool:
        """Through the inbound side, as the kubelet's come: without a certificate."""
        assert self.sides is not None, "a process has been started"
        address = f"http://127.0.0.1:{self.sides.inbound}{probe.http_get.path}"
        headers = {"Host": probe_host(self._template.container, probe)}
        limit = aiohttp.ClientTimeout(total=probe.timeout_seconds)
        try:
            async with self._context.session.get(address, headers=headers, timeout=limit) as answer:
                return 200 <= answer.status < 400
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    def _kill(self, child: Child) -> None:
        self._context.processes.signal(child, 9)

    def _set_ready(self, *, ready: bool) -> None:
        if ready != (self.ready_since is not None):
            self.ready_since = time.time() if ready else None
            self._context.changed()


class ReplicaSetRunner:
    """One ReplicaSet: its template, how many replicas it should have, and those it has."""

    def __init__(
        self,
        name: str,
        pod_template_hash: str,
        revision: int,
        template: Mapping[str, Any],
        context: ReplicaContext,
    ) -> None:
        self.name, self.pod_template_hash, self.revision, self.template = (
            name,
            pod_template_hash,
            revision,
            template,
        )
        self.pods = PodTemplate.model_validate(template)
        self.desired = 0
        self.rollout_replicas: int | None = None
        self.scale_down_deadline: float | None = None
        self.created_at = time.time()
        self.replicas: list[Replica] = []
        self._context = context
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def version(self) -> str:
        return version_of(self.template)

    @property
    def ready(self) -> list[Replica]:
        return [replica for replica in self.replicas if replica.ready]

    @property
    def refusal(self) -> str | None:
        """Why the app refuses the configuration of these pods, in its own sentence."""
        return next((replica.refusal for replica in self.replicas if replica.refusal is not None), None)

    def scale(self, desired: int, rollout_replicas: int | None) -> None:
        self.desired, self.rollout_replicas = desired, rollout_replicas
        staying = [replica for replica in self.replicas if not replica.going]
        for _ in range(desired - len(staying)):
            suffix = "".join(self._context.rng.choices(_ALPHABET, k=5))
            self.replicas.append(Replica(f"{self.name}-{suffix}", self.pods, self._context))
        # The unready go first, then the youngest, as a ReplicaSet chooses.
        by_worth = sorted(staying, key=lambda replica: (replica.ready_since is not None, -(replica.ready_since or 0)))
        for replica in by_worth[: max(0, len(staying) - desired)]:
            self._let_go(replica)

    def evict(self, name: str) -> None:
        """Another replica instead of that one; nothing if it is gone, or going, already."""
        for replica in self.replicas:
            if replica.name == name and not replica.going:
                self._let_go(replica)
        self.scale(self.desired, self.rollout_replicas)

    def _let_go(self, replica: Replica) -> None:
        replica.going = True
        task = asyncio.create_task(self._retire(replica))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _retire(self, replica: Replica) -> None:
        await replica.retire()
        self.replicas.remove(replica)
        self._context.changed()

    async def gone(self) -> None:
        """Wait until every replica that is being retired is gone."""
        while self._leaving:
            await asyncio.wait(set(self._leaving))

    def observed(self, min_ready_s: float, now: float) -> ReplicaSet:
        """What the engine sees of it."""
        staying = [replica for replica in self.replicas if not replica.going]
        since = [replica.ready_since for replica in staying if replica.ready_since is not None]
        return ReplicaSet(
            name=self.name,
            pod_template_hash=self.pod_template_hash,
            revision=self.revision,
            created_at=self.created_at,
            template=self.template,
            desired=self.desired,
            replicas=len(staying),
            ready=len(since),
            available=sum(now - moment >= min_ready_s for moment in since),
            scale_down_deadline=self.scale_down_deadline,
            rollout_replicas=self.rollout_replicas,
            pods=tuple(
                Pod(
                    replica.name,
                    replica.created_at,
                    replica.ready_since is not None and now - replica.ready_since >= min_ready_s,
                    replica.going,
                )
                for replica in self.replicas
            ),
        )


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _port_variables(ports: Mapping[str, int]) -> dict[str, str]:
    """The app's own names for its ports. A container has an address of its own on a cluster; here all share one."""
    names = {"admin": "ADMIN_PORT", "control": "CONTROL_PORT"}
    traffic = "grpc" if "grpc" in ports else "http"
    names[traffic] = "PORT"
    if traffic == "grpc":
        names["http"] = "HTTP_PORT"
    # What the manifest does not name, the app opens all the same: anywhere, so that no two replicas meet there.
    anywhere = dict.fromkeys(("PORT", "HTTP_PORT", "ADMIN_PORT", "CONTROL_PORT"), "0")
    given = {names[name]: str(port) for name, port in ports.items()}
    return anywhere | given | {"BIND_ADDRESS": "127.0.0.1"}
