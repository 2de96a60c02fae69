import asyncio
import contextlib
import os
import signal
import stat
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
import grpc.aio
import pytest
import pytest_asyncio
from aiohttp import web
from yarl import URL

from e2e.binomial import bounds
from platforms.embedded.head_start import envoy_command
from platforms.embedded.mesh import dataplane
from platforms.embedded.mesh.dataplane import DataPlane
from platforms.embedded.mesh.envoy_config import Addresses, ClusterKey, Endpoints, ServiceRoute, Traffic
from platforms.embedded.mesh.envoy_files import EnvoyFiles
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import Processes
from platforms.embedded.processes.program import Program
from seam.errors import PlatformFailed

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

Until = Callable[[Callable[[], object]], Awaitable[None]]
STABLE, CANARY = ClusterKey("faces", "smiley", "aaa"), ClusterKey("faces", "smiley", "bbb")


@dataclass
class Upstream:
    """A real server that answers with its name and counts."""

    name: str
    address: tuple[str, int] = ("", 0)
    served: int = 0
    runner: web.AppRunner | None = None
    connections: set[object] = field(default_factory=set)

    async def answer(self, request: web.Request) -> web.Response:
        self.served += 1
        self.connections.add(request.transport)
        return web.Response(text=self.name)

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.address = self.runner.addresses[0]

    async def stop(self) -> None:
        assert self.runner is not None
        await self.runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module")
async def upstreams() -> AsyncIterator[tuple[Upstream, Upstream]]:
    pair = Upstream("stable"), Upstream("canary")
    for one in pair:
        await one.start()
    yield pair
    for one in pair:
        await one.stop()


@dataclass
class Plane:
    """A real Envoy, and a visitor of it."""

    plane: DataPlane
    session: aiohttp.ClientSession
    mesh: int
    front: int
    statistics: int
    admin: Path

    @asynccontextmanager
    async def admins(self) -> AsyncIterator[aiohttp.ClientSession]:
        """What its own user may ask."""
        async with aiohttp.ClientSession("http://envoy", connector=aiohttp.UnixConnector(str(self.admin))) as session:
            yield session

    async def get(self, host: str = "smiley", *, front: bool = False) -> tuple[int, str]:
        address = f"http://127.0.0.1:{self.front if front else self.mesh}/"
        async with self.session.get(address, headers={"Host": host}) as answer:
            return answer.status, await answer.text()

    async def who(self, host: str = "smiley") -> str:
        status, said = await self.get(host)
        assert status == 200, (status, said)
        return said


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def envoy(processes: Processes, session: aiohttp.ClientSession, ports: PortBlock) -> AsyncIterator[Plane]:
    front, mesh, statistics = ports.take(), ports.take(), ports.take()
    with tempfile.TemporaryDirectory(prefix="faces-test-") as folder:  # short, because the path of a socket has to be
        admin = Path(folder) / "envoy.sock"
        files = EnvoyFiles(Addresses(front, mesh, statistics, str(admin), f"{folder}/envoy"), "gui")
        files.write_first()
        plane = DataPlane(files, Program("envoy", envoy_command(files)), processes)
        await plane.start()
        yield Plane(plane, session, mesh, front, statistics, admin)
        await plane.daemon.stop(grace=0)
        await plane.close()


def traffic(stable: int, canary: int, endpoints: dict[ClusterKey, Endpoints]) -> Traffic:
    return Traffic((ServiceRoute("smiley", 80, ((STABLE, stable), (CANARY, canary))),), endpoints)


def both(upstreams: tuple[Upstream, Upstream]) -> dict[ClusterKey, Endpoints]:
    return {STABLE: (upstreams[0].address,), CANARY: (upstreams[1].address,)}


async def test_requests_go_where_their_host_says(envoy: Plane, upstreams: tuple[Upstream, Upstream]) -> None:
    wanted = Traffic(
        (
            ServiceRoute("canary", 80, ((CANARY, 100),)),
            ServiceRoute("empty", 80, ()),
            ServiceRoute("gui", 80, ((STABLE, 100),)),
            ServiceRoute("stable", 8080, ((STABLE, 100),)),
        ),
        both(upstreams),
    )
    await envoy.plane.apply(wanted)
    assert await envoy.get("canary") == (200, "canary")
    assert await envoy.get("stable:8080") == (200, "stable")
    assert await envoy.get("empty") == (503, "no replica stands behind Service empty\n")
    assert (await envoy.get("unknown"))[0] == 404
    assert await envoy.get("anything.example", front=True) == (200, "stable")


async def test_a_replica_set_without_a_ready_replica_answers_503(
    envoy: Plane, upstreams: tuple[Upstream, Upstream]
) -> None:
    await envoy.plane.apply(traffic(100, 0, both(upstreams)))
    assert await envoy.who() == "stable"
    await envoy.plane.apply(traffic(100, 0, {STABLE: (), CANARY: ()}))
    assert (await envoy.get())[0] == 503


async def test_requests_are_split_by_weight(envoy: Plane, upstreams: tuple[Upstream, Upstream]) -> None:
    await envoy.plane.apply(traffic(70, 30, both(upstreams)))
    seen: Counter[str] = Counter()
    for _ in range(20):
        seen.update(await asyncio.gather(*(envoy.who() for _ in range(50))))
    # Envoy's dice cannot be seeded: so wide that one run in a billion fails.
    low, high = bounds(1000, 0.30, confidence=1 - 1e-9)
    assert low <= seen["canary"] <= high
    assert seen.total() == 1000


async def test_the_very_next_request_after_apply_goes_the_new_way_every_time(
    envoy: Plane, upstreams: tuple[Upstream, Upstream]
) -> None:
    for _ in range(20):
        await envoy.plane.apply(traffic(0, 100, both(upstreams)))
        assert await envoy.who() == "canary"
        await envoy.plane.apply(traffic(100, 0, both(upstreams)))
        assert await envoy.who() == "stable"


@dataclass
class Visitors:
    """Four who ask one after the other without a pause, on connections that stay."""

    envoy: Plane
    answers: list[list[int]] = field(default_factory=lambda: [[] for _ in range(4)])
    going: bool = True

    async def visit(self) -> None:
        await asyncio.gather(*(self._ask(answers) for answers in self.answers))

    async def _ask(self, answers: list[int]) -> None:
        while self.going:
            answers.append((await self.envoy.get())[0])

    async def each_asks(self, times: int) -> None:
        """Return when each has asked so many times from now on, and what was under way before is answered."""
        wanted = [len(answers) + times + 1 for answers in self.answers]
        while any(len(answers) < count for answers, count in zip(self.answers, wanted, strict=True)):
            await asyncio.sleep(0.005)


async def test_endpoints_taken_away_under_load_get_no_further_request_and_none_is_lost(
    envoy: Plane, upstreams: tuple[Upstream, Upstream]
) -> None:
    stable, canary = upstreams
    shared, alone = (stable.address, canary.address), (stable.address,)
    await envoy.plane.apply(traffic(100, 0, {STABLE: shared}))
    visitors = Visitors(envoy)
    visiting = asyncio.create_task(visitors.visit())
    for _ in range(8):
        before = canary.served
        await visitors.each_asks(10)
        assert canary.served > before
        await envoy.plane.apply(traffic(100, 0, {STABLE: alone}))
        await visitors.each_asks(1)
        left = canary.served
        await visitors.each_asks(10)
        assert canary.served == left
        await envoy.plane.apply(traffic(100, 0, {STABLE: shared}))
    await envoy.plane.apply(traffic(100, 0, {STABLE: alone}))
    await visitors.each_asks(1)
    await canary.stop()
    await visitors.each_asks(10)
    visitors.going = False
    await visiting
    assert {status for answers in visitors.answers for status in answers} == {200}


async def test_a_cluster_that_nobody_routes_to_any_more_is_taken_away_and_can_come_back(
    envoy: Plane, upstreams: tuple[Upstream, Upstream]
) -> None:
    for _ in range(2):
        await envoy.plane.apply(traffic(0, 100, both(upstreams)))
        assert await envoy.who() == "canary"
        await envoy.plane.apply(traffic(100, 0, {STABLE: (upstreams[0].address,)}))
        assert await envoy.who() == "stable"
        async with envoy.admins() as session, session.get("/clusters") as page:
            assert CANARY.name not in await page.text()


async def test_a_killed_envoy_comes_back_with_the_same_routes_and_takes_new_ones(
    envoy: Plane, upstreams: tuple[Upstream, Upstream], until: Until
) -> None:
    await envoy.plane.apply(traffic(0, 100, both(upstreams)))
    killed, restarts = envoy.plane.daemon.pid, envoy.plane.daemon.restarts
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    await until(lambda: envoy.plane.daemon.restarts > restarts)
    assert await eventually(envoy) == "canary"
    assert envoy.plane.daemon.pid != killed
    await envoy.plane.apply(traffic(100, 0, both(upstreams)))
    assert await envoy.who() == "stable"


async def test_a_change_that_comes_while_envoy_is_down_is_there_when_apply_returns(
    envoy: Plane, upstreams: tuple[Upstream, Upstream]
) -> None:
    await envoy.plane.apply(traffic(0, 100, both(upstreams)))
    assert envoy.plane.daemon.pid is not None
    os.kill(envoy.plane.daemon.pid, signal.SIGKILL)
    await envoy.plane.apply(traffic(100, 0, both(upstreams)))
    assert await eventually(envoy) == "stable"


async def test_what_envoy_refuses_is_told_and_the_next_change_is_made_all_the_same(
    envoy: Plane, upstreams: tuple[Upstream, Upstream], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = traffic(100, 0, both(upstreams))
    await envoy.plane.apply(good)
    monkeypatch.setattr(dataplane, "_ACKNOWLEDGE_LIMIT_S", 0.5)
    with pytest.raises(PlatformFailed, match=r"Envoy has not taken its configuration .* http\.mesh\.rds\.mesh"):
        await envoy.plane.apply(replace(good, routes=good.routes * 2))
    assert await envoy.who() == "stable"
    monkeypatch.undo()
    await envoy.plane.apply(good)
    await envoy.plane.apply(traffic(0, 100, both(upstreams)))
    assert await envoy.who() == "canary"


async def test_the_statistics_that_the_scrape_reads_are_on_envoys_page(
    envoy: Plane, upstreams: tuple[Upstream, Upstream]
) -> None:
    await envoy.plane.apply(traffic(100, 0, both(upstreams)))
    await envoy.who()
    wanted = [
        f'envoy_cluster_upstream_rq{{envoy_response_code="200",envoy_cluster_name="{STABLE.name}"}}',
        f'envoy_cluster_upstream_rq_total{{envoy_cluster_name="{STABLE.name}"}}',
        f'envoy_cluster_upstream_rq_pending_failure_eject{{envoy_cluster_name="{STABLE.name}"}}',
        f'envoy_cluster_upstream_rq_time_bucket{{envoy_cluster_name="{STABLE.name}",le="500"}}',
    ]
    await on_the_page(envoy, wanted)


async def test_the_admin_interface_is_its_owners_alone_and_on_no_port(envoy: Plane) -> None:
    assert stat.S_IMODE(envoy.admin.stat().st_mode) == 0o600
    async with envoy.admins() as session, session.get("/server_info") as answer:
        assert answer.status == 200
    pid = envoy.plane.daemon.pid
    assert pid is not None
    assert listened_on(pid) == {envoy.front, envoy.mesh, envoy.statistics}
    assert not [name for name in sockets(pid, "unix") if name.startswith("@")]  # a hot restart's is open to everybody


async def test_prometheus_is_given_the_statistics_and_nobody_anything_else_of_the_admin_interface(envoy: Plane) -> None:
    async def status(method: str, path: str, host: str = "") -> int:
        headers = {"Host": host} if host else {}
        url = URL(f"http://127.0.0.1:{envoy.statistics}{path}", encoded=True)
        async with envoy.session.request(method, url, headers=headers) as answer:
            await answer.read()
            return answer.status

    before = envoy.plane.daemon.pid
    assert await status("GET", "/stats/prometheus") == 200
    for method, path in (
        *(("POST", path) for path in ("/quitquitquit", "/healthcheck/fail", "/logging?level=trace", "/reset_counters")),
        *(("GET", path) for path in ("/", "/config_dump", "/certs", "/stats", "/clusters", "/server_info", "/hot")),
        *(("GET", f"/stats/prometheus{more}") for more in ("?filter=.*", "?usedonly", "/", "/x", "/../config_dump")),
        *(("GET", path) for path in ("//quitquitquit", "/stats%2fprometheus", "/stats/prometheus/%2e%2e/%2e%2e/certs")),
        *((method, "/stats/prometheus") for method in ("POST", "PUT", "DELETE", "OPTIONS")),
    ):
        assert await status(method, path) in (400, 403, 404, 405), (method, path)
    # A name that somebody made lead here: a web page's requests carry it.
    assert await status("GET", "/stats/prometheus", f"rebound.example:{envoy.statistics}") == 404
    assert envoy.plane.daemon.pid == before


async def test_who_scrapes_is_not_in_the_statistics(envoy: Plane) -> None:
    for _ in range(3):
        async with envoy.session.get(f"http://127.0.0.1:{envoy.statistics}/stats/prometheus") as answer:
            page = await answer.text()
    assert 'envoy_cluster_name="statistics"' not in page


async def test_grpc_is_routed_as_http_2_and_counted_by_its_status(envoy: Plane) -> None:
    async def fail(_request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        await context.abort(grpc.StatusCode.INTERNAL, "bad")
        raise AssertionError

    async def succeed(request: bytes, _context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        return request

    methods = {"Good": succeed, "Bad": fail}
    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        name: grpc.unary_unary_rpc_method_handler(method) for name, method in methods.items()
    }
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Color", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    key = ClusterKey("faces", "color", "ccc", grpc=True)
    wanted = Traffic((ServiceRoute("color", 80, ((key, 100),)),), {key: (("127.0.0.1", port),)})
    await envoy.plane.apply(wanted)
    options = [("grpc.default_authority", "color:80")]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{envoy.mesh}", options=options) as channel:
        good: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/test.Color/Good")
        bad: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/test.Color/Bad")
        assert await good(b"hello") == b"hello"
        with pytest.raises(grpc.aio.AioRpcError, match="bad"):
            await bad(b"hello")
    name = f'{{envoy_cluster_name="{key.name}"}} 1'
    await on_the_page(envoy, [f"envoy_cluster_grpc_0{name}", f"envoy_cluster_grpc_13{name}"])
    await server.stop(0)


async def on_the_page(envoy: Plane, wanted: list[str]) -> None:
    """Histograms come with the next flush, so wait for all of it."""
    missing = wanted
    while missing:
        async with envoy.session.get(f"http://127.0.0.1:{envoy.statistics}/stats/prometheus") as answer:
            page = await answer.text()
        missing = [line for line in wanted if line not in page]
        await asyncio.sleep(0.02)


def sockets(pid: int, kind: str) -> list[str]:
    """The lines of /proc/net that are of sockets which this process has open."""
    inodes = set()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            inodes.add(str(file.readlink()).removeprefix("socket:[").removesuffix("]"))
    lines = [line.split() for line in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]]
    if kind == "unix":
        return [line[7] for line in lines if line[6] in inodes and len(line) > 7]
    listening = [line for line in lines if line[3] == "0A" and line[9] in inodes]
    return [line[1] for line in listening]


def listened_on(pid: int) -> set[int]:
    """Ports; every one of them has to be loopback's."""
    addresses = sockets(pid, "tcp") + sockets(pid, "tcp6")
    assert all(address.startswith("0100007F:") for address in addresses)
    return {int(address.rpartition(":")[2], 16) for address in addresses}


async def eventually(envoy: Plane) -> str:
    while True:
        try:
            status, said = await envoy.get()
        except aiohttp.ClientError:
            status, said = 0, ""
        if status == 200:
            return said
        await asyncio.sleep(0.01)
