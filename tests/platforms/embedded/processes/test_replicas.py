import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from platforms.embedded.mesh.traffic import meshed
from platforms.embedded.mesh.values import SetKey
from platforms.embedded.processes.containers import ContainerHistory, Termination
from platforms.embedded.processes.memory import private_memory_beyond, resident_bytes
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import Processes
from platforms.embedded.processes.replicas import ReplicaContext, ReplicaSetRunner
from platforms.embedded.rollout_view import pod_view
from seam.errors import PlatformFailed, UserError
from tests.platforms.embedded.meshed import Mesh, running_mesh

SMILEY = SetKey("faces", "smiley", "aaa")
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

Until = Callable[[Callable[[], object]], Awaitable[None]]
MakeRunner = Callable[..., Any]
PROBE = {"httpGet": {"path": "/readyz", "port": "admin"}, "periodSeconds": 1, "failureThreshold": 1}
LIVE = {"httpGet": {"path": "/healthz", "port": 8001}, "periodSeconds": 1, "failureThreshold": 1}
PORTS = [("http", 8000), ("admin", 8001)]


def template(**changes: Any) -> dict[str, Any]:
    container = {
        "name": "smiley",
        "args": ["smiley"],
        "ports": [{"name": name, "containerPort": number} for name, number in PORTS],
        "env": [{"name": "VERSION", "value": "v7"}, {"name": "DRAIN_SECONDS", "value": "0"}],
        "readinessProbe": PROBE,
    } | changes
    return {"metadata": {"labels": {"app": "smiley"}}, "spec": {"containers": [container]}}


class NoPorts(PortBlock):
    """A block in which somebody listens on every port, until somebody goes."""

    def __init__(self, block: PortBlock) -> None:
        self.block: PortBlock | None = None
        self.asked = 0
        self._behind = block

    def open(self) -> None:
        self.block = self._behind

    def take(self) -> int:
        self.asked += 1
        if self.block is None:
            raise UserError("No port is free.")
        return self.block.take()


@dataclass
class Stage:
    """A ReplicaSet, and what its surroundings heard of it."""

    runner: ReplicaSetRunner
    heard: list[str] = field(default_factory=list)


Start = Callable[..., Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mesh(processes: Processes, session: aiohttp.ClientSession, ports: PortBlock) -> AsyncIterator[Mesh]:
    async with running_mesh(processes, session, ports) as started:
        yield started


@pytest.fixture
def stage(processes: Processes, session: aiohttp.ClientSession, ports: PortBlock, mesh: Mesh) -> Start:
    @asynccontextmanager
    async def start(pod: dict[str, Any] | None = None, **changes: Any) -> AsyncIterator[Stage]:
        heard: list[str] = []

        news = asyncio.Event()

        async def settle() -> None:
            heard.append("settle")

        def changed() -> None:
            heard.append("changed")
            news.set()

        async def follow() -> None:
            """Probes go through the mesh, so it follows."""
            while True:
                await news.wait()
                news.clear()
                await mesh.plane.apply(mesh.traffic([], {SMILEY: meshed(runner, "http", None, grpc=False)}))

        context = ReplicaContext(
            processes=processes,
            ports=ports,
            session=session,
            environment=lambda pods, name, _sides: pods.environment(name, "faces", {}, {}),
            changed=changed,
            settle=settle,
            rng=random.Random(7),
        )
        runner = ReplicaSetRunner("smiley-aaa", "aaa", 3, pod or template(), replace(context, **changes))
        following = asyncio.create_task(follow())
        try:
            yield Stage(runner, heard)
        finally:
            runner.scale(0, 0)
            await runner.gone()
            following.cancel()

    return start


async def test_replicas_become_ready_and_are_endpoints_that_serve(
    stage: Start, session: aiohttp.ClientSession, until: Until
) -> None:
    async with stage() as on:
        on.runner.scale(2, 2)
        assert on.runner.ready == []
        await until(lambda: len(on.runner.ready) == 2)
        assert "changed" in on.heard
        assert len({replica.pid for replica in on.runner.replicas}) == 2
        for sidecar in meshed(on.runner, "http", None, grpc=False).sidecars:
            assert sidecar.ready
            async with session.get(f"http://127.0.0.1:{sidecar.app}/center") as answer:
                assert answer.status == 200
        assert on.runner.version == "v7"


async def test_the_engine_is_shown_how_many_are_there_ready_and_available(stage: Start, until: Until) -> None:
    async with stage() as on:
        on.runner.scale(1, 4)
        await until(lambda: on.runner.ready)
        since = on.runner.replicas[0].ready_since
        soon, later = (on.runner.observed(min_ready_s=5, now=since + waited) for waited in (4.9, 5))
        assert (soon.replicas, soon.ready, soon.available) == (1, 1, 0)
        assert (later.desired, later.ready, later.available) == (1, 1, 1)
        assert (later.revision, later.pod_template_hash, later.rollout_replicas) == (3, "aaa", 4)


async def test_one_that_is_evicted_leaves_and_another_comes(stage: Start, until: Until) -> None:
    async with stage() as on:
        on.runner.scale(2, 2)
        await until(lambda: len(on.runner.ready) == 2)
        first, second = on.runner.replicas
        on.runner.evict("nobody")
        assert on.runner.replicas == [first, second]
        on.runner.evict(first.name)
        on.runner.evict(first.name)
        seen = on.runner.observed(min_ready_s=0, now=time.time())
        assert (seen.replicas, seen.ready, seen.available) == (2, 1, 1)
        assert [(pod.leaving, pod.available) for pod in seen.pods] == [(True, True), (False, True), (False, False)]
        await until(lambda: first not in on.runner.replicas and len(on.runner.ready) == 2)
        ages = [pod.created_at for pod in on.runner.observed(min_ready_s=0, now=time.time()).pods]
        assert ages == sorted(ages)
        assert len({replica.name for replica in on.runner.replicas}) == 2


async def test_one_that_is_killed_comes_back_under_its_name_on_ports_of_its_own(stage: Start, until: Until) -> None:
    async with stage() as on:
        on.runner.scale(1, 1)
        await until(lambda: on.runner.ready)
        (replica,) = on.runner.replicas
        before = (replica.pid, dict(replica.ports))
        assert replica.pid is not None
        os.kill(replica.pid, signal.SIGKILL)
        await until(lambda: not on.runner.ready)
        await until(lambda: on.runner.ready)
        assert on.runner.replicas == [replica]
        assert replica.restarts == 1
        assert replica.pid != before[0]
        assert not set(replica.ports.values()) & set(before[1].values())


async def test_one_that_has_to_go_gets_term_only_after_the_data_plane_has_settled(stage: Start, until: Until) -> None:
    seen: list[object] = []
    settled = asyncio.Event()

    async def settle() -> None:
        seen.append(("ready", [one.ready for one in meshed(on.runner, "http", None, grpc=False).sidecars]))
        await settled.wait()
        seen.append(("signals", set(replica.child.signalled), replica.child.alive))

    async with stage(settle=settle) as on:
        on.runner.scale(1, 1)
        await until(lambda: on.runner.ready)
        (replica,) = on.runner.replicas
        on.runner.scale(0, 1)
        await until(lambda: seen)
        assert on.runner.observed(0, time.time()).replicas == 0
        settled.set()
        await on.runner.gone()
        assert seen == [("ready", [False]), ("signals", set(), True)]
        assert replica.child.signalled == {15}
        assert replica.child.code.result() == 0
        assert on.runner.replicas == []


async def test_one_that_has_to_go_goes_even_if_the_data_plane_fails(stage: Start, until: Until) -> None:
    async def settle() -> None:
        raise PlatformFailed("Envoy is silent.")

    async with stage(settle=settle) as on:
        on.runner.scale(1, 1)
        await until(lambda: on.runner.ready)
        on.runner.scale(0, 1)
        await on.runner.gone()
        assert on.runner.replicas == []


async def test_of_several_the_unready_go_first_and_then_the_youngest(stage: Start, until: Until) -> None:
    async with stage() as on:
        on.runner.scale(1, 3)
        await until(lambda: len(on.runner.ready) == 1)
        (oldest,) = on.runner.replicas
        on.runner.scale(2, 3)
        await until(lambda: len(on.runner.ready) == 2)
        on.runner.scale(3, 3)
        young, unready = on.runner.replicas[1:]
        assert not unready.ready
        on.runner.scale(2, 3)
        assert [replica.going for replica in (oldest, young, unready)] == [False, False, True]
        on.runner.scale(1, 3)
        assert [replica.going for replica in (oldest, young)] == [False, True]


async def test_one_that_is_told_to_go_before_it_is_ready_goes(stage: Start) -> None:
    async with stage() as on:
        on.runner.scale(3, 3)
        on.runner.scale(0, 3)
        await on.runner.gone()
        assert on.runner.replicas == []


async def test_one_that_no_longer_answers_is_unready_and_ready_again_when_it_does(stage: Start, until: Until) -> None:
    async with stage() as on:
        on.runner.scale(1, 1)
        await until(lambda: on.runner.ready)
        (replica,) = on.runner.replicas
        os.kill(replica.pid, signal.SIGSTOP)
        await until(lambda: not on.runner.ready)
        os.kill(replica.pid, signal.SIGCONT)
        await until(lambda: on.runner.ready)
        assert replica.restarts == 0


async def test_one_whose_liveness_probe_fails_is_killed_and_started_again(stage: Start, until: Until) -> None:
    async with stage(template(livenessProbe=LIVE)) as on:
        on.runner.scale(1, 1)
        await until(lambda: on.runner.ready)
        (replica,) = on.runner.replicas
        os.kill(replica.pid, signal.SIGSTOP)
        await until(lambda: replica.restarts and replica.ready)


async def test_liveness_is_asked_of_one_that_never_becomes_ready(stage: Start, until: Until) -> None:
    never = PROBE | {"httpGet": {"path": "/never", "port": "admin"}}
    dead = LIVE | {"httpGet": {"path": "/never", "port": "admin"}}
    async with stage(template(readinessProbe=never, livenessProbe=dead)) as on:
        on.runner.scale(1, 1)
        (replica,) = on.runner.replicas
        await until(lambda: replica.pid)
        first = replica.child
        await until(lambda: replica.restarts)
        assert first.signalled == {9}
        assert not replica.ready


async def test_one_without_a_port_waits_for_one(stage: Start, ports: PortBlock, until: Until) -> None:
    none = NoPorts(ports)
    async with stage(ports=none) as on:
        on.runner.scale(1, 1)
        (replica,) = on.runner.replicas
        await until(lambda: none.asked >= 2)
        assert (replica.pid, replica.restarts, replica.backing_off) == (None, 0, False)
        none.open()
        await until(lambda: replica.ready)


async def test_one_that_ends_is_restarted_at_once_and_then_only_after_a_back_off(stage: Start, until: Until) -> None:
    async with stage() as on:
        on.runner.scale(1, 1)
        (replica,) = on.runner.replicas
        for number, restarts in ((signal.SIGKILL, 1), (signal.SIGSEGV, 1)):
            await until(lambda: replica.ready)
            assert not replica.backing_off
            os.kill(replica.pid, number)
            await until(lambda: not replica.ready)
            await until(lambda restarts=restarts: replica.restarts == restarts and (replica.pid or replica.backing_off))
        assert replica.backing_off
        assert replica.history == ContainerHistory(2, Termination(139, "Error"))
        heard = len(on.heard)
        on.runner.scale(0, 1)  # and it goes without waiting for the end of its back-off
        await on.runner.gone()
        assert len(on.heard) > heard


async def test_one_that_is_beyond_its_memory_limit_is_killed_and_its_view_says_so(stage: Start, until: Until) -> None:
    async with stage(template(resources={"limits": {"memory": "1Mi"}})) as on:
        on.runner.scale(1, 1)
        (replica,) = on.runner.replicas
        await until(lambda: replica.backing_off)
        assert replica.child.signalled == {9}
        assert (replica.restarts, replica.ready) == (1, False)
        shown = pod_view(replica)
        assert shown.trouble == "CrashLoopBackOff, 1 restart, exit code 137 (OOMKilled)"


async def test_one_that_crashes_is_restarted_with_its_faults_and_then_waits(stage: Start, until: Until) -> None:
    faults = {"name": "FAULTS", "value": '{"crash": {"exit_code": 3}}'}
    async with stage(template(env=[faults])) as on:
        on.runner.scale(1, 1)
        (replica,) = on.runner.replicas
        await until(lambda: replica.backing_off)
        assert pod_view(replica).trouble == "CrashLoopBackOff, 1 restart, exit code 3 (Error)"
        assert not replica.ready


async def test_one_that_leaks_is_killed_at_its_limit_and_not_before(stage: Start, until: Until) -> None:
    faults = {"name": "FAULTS", "value": '{"memory": {"mb_per_s": 200}}'}
    async with stage(template(env=[faults], resources={"limits": {"memory": "100Mi"}})) as on:
        on.runner.scale(1, 1)
        (replica,) = on.runner.replicas
        await until(lambda: replica.ready)
        await until(lambda: replica.history.last)
        assert replica.history.last == Termination(137, "OOMKilled")


async def test_one_that_is_never_ready_is_none_and_is_not_restarted(stage: Start, until: Until) -> None:
    faults = {"name": "FAULTS", "value": '{"readiness": {}}'}
    async with stage(template(env=[faults], livenessProbe=LIVE)) as on:
        on.runner.scale(1, 1)
        (replica,) = on.runner.replicas
        await until(lambda: replica.pid)
        await asyncio.sleep(2.5)  # two liveness probes
        assert (replica.ready, replica.restarts, replica.history.last) == (False, 0, None)


async def test_one_that_flaps_is_ready_and_not_ready_again_and_again(stage: Start, until: Until) -> None:
    faults = {"name": "FAULTS", "value": '{"readiness": {"fraction": 50, "period_s": 3}}'}
    async with stage(template(env=[faults])) as on:
        on.runner.scale(1, 1)
        (replica,) = on.runner.replicas
        for _ in range(2):
            await until(lambda: replica.ready)
            await until(lambda: not replica.ready)
        assert replica.restarts == 0


@pytest.mark.parametrize(("faults", "exit_code"), [("{}", 0), ('{"drop_on_shutdown": {}}', 143)])
async def test_one_that_has_to_go_drains_unless_it_drops(
    stage: Start, until: Until, faults: str, exit_code: int
) -> None:
    env = [{"name": "FAULTS", "value": faults}, {"name": "DRAIN_SECONDS", "value": "0"}]
    async with stage(template(env=env)) as on:
        on.runner.scale(1, 1)
        (replica,) = on.runner.replicas
        await until(lambda: replica.ready)
        on.runner.scale(0, 1)
        await on.runner.gone()
        assert replica.child.code.result() == exit_code


async def test_one_within_its_memory_limit_shares_the_rest_with_the_nursery(stage: Start, until: Until) -> None:
    async with stage(template(resources={"limits": {"memory": "30Mi"}})) as on:
        on.runner.scale(1, 1)
        (replica,) = on.runner.replicas
        await until(lambda: replica.ready)
        assert private_memory_beyond(30 << 20, replica.pid) is None
        assert resident_bytes(Path(f"/proc/{replica.pid}/status").read_text()) > 30 << 20


async def test_one_that_goes_with_its_nursery_was_not_bad(until: Until, stage: Start, tmp_path: Path) -> None:
    own = Processes(tmp_path)
    async with stage(processes=own) as on:
        on.runner.scale(1, 1)
        (replica,) = on.runner.replicas
        for _ in range(3):
            await until(lambda: replica.ready)
            os.kill(own.nursery_pid or 0, signal.SIGKILL)
            await until(lambda: not replica.ready)
        await until(lambda: replica.ready)
        assert (replica.history, replica.backing_off) == (ContainerHistory(), False)
    await own.close()


async def test_ports_that_the_manifest_does_not_name_are_still_not_shared(stage: Start, until: Until) -> None:
    env = [{"name": "CONTROL_TOKEN", "value": "t"}, {"name": "DRAIN_SECONDS", "value": "0"}]
    async with stage(template(env=env)) as on:
        on.runner.scale(2, 2)
        await until(lambda: len(on.runner.ready) == 2)
        assert [replica.restarts for replica in on.runner.replicas] == [0, 0]
