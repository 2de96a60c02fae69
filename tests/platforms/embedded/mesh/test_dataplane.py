import asyncio
import contextlib
import os
import signal
import stat
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
import grpc.aio
import pytest
import pytest_asyncio
from yarl import URL

from e2e.binomial import bounds
from platforms.embedded.mesh import dataplane, naming, xds
from platforms.embedded.mesh.values import Caller, MeshedSet, ServiceRoute, SetKey, Share
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import Processes
from seam.errors import PlatformFailed
from tests.platforms.embedded.meshed import CALLER, CANARY, FACE, STABLE, App, Mesh, running_mesh

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

Until = Callable[[Callable[[], object]], Awaitable[None]]
Apps = dict[SetKey, tuple[App, ...]]
SMILEY = Caller("faces", "smiley")


@pytest_asyncio.fixture(loop_scope="module")
async def apps() -> AsyncIterator[tuple[App, App]]:
    pair = App("stable"), App("canary")
    for one in pair:
        await one.start()
    yield pair
    for one in pair:
        await one.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def envoy(processes: Processes, session: aiohttp.ClientSession, ports: PortBlock) -> AsyncIterator[Mesh]:
    async with running_mesh(processes, session, ports) as mesh:
        yield mesh


def both(apps: tuple[App, App]) -> Apps:
    return {STABLE: (apps[0],), CANARY: (apps[1],)}


async def test_requests_go_where_their_host_says(envoy: Mesh, apps: tuple[App, App]) -> None:
    shares = {key: (Share(key, 100, "any"),) for key in (STABLE, CANARY)}
    routes = [
        ServiceRoute("canary", 80, shares[CANARY]),
        ServiceRoute("empty", 80, ()),
        ServiceRoute("gui", 80, shares[STABLE]),
        ServiceRoute("stable", 8080, shares[STABLE]),
    ]
    wanted = envoy.traffic(routes, envoy.split(50, 50, both(apps)).sets)
    await envoy.plane.apply(wanted)
    assert await envoy.get("canary") == (200, "canary")
    assert await envoy.get("stable:8080") == (200, "stable")
    assert await envoy.get("empty") == (503, "no replica stands behind Service empty\n")
    assert (await envoy.get("unknown"))[0] == 404
    assert await envoy.get("anything.example", front=True) == (200, "stable")


async def test_a_replica_set_without_a_ready_replica_answers_504(envoy: Mesh, apps: tuple[App, App]) -> None:
    await envoy.plane.apply(envoy.split(100, 0, both(apps)))
    assert await envoy.who() == "stable"
    wanted = envoy.split(100, 0, both(apps))
    unready = {key: replace(members, sidecars=()) for key, members in wanted.sets.items() if key != FACE}
    await envoy.plane.apply(envoy.traffic(wanted.routes, unready))
    assert (await envoy.get())[0] == 504


async def test_a_connection_that_takes_its_time_fails_nobody(
    envoy: Mesh, apps: tuple[App, App], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine that stands still for a moment: once 17 requests were 504 when a good version was promoted."""

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.6)
        behind_reader, behind = await asyncio.open_connection("127.0.0.1", side.inbound)

        async def pass_on(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError):
                while data := await source.read(65_536):
                    to.write(data)
            to.close()

        await asyncio.gather(pass_on(reader, behind), pass_on(behind_reader, writer))

    wanted, fixed = envoy.split(100, 0, {STABLE: apps[:1]}), xds.fixed
    (side,) = wanted.sets[STABLE].sidecars
    async with await asyncio.start_server(late, "127.0.0.1", 0) as relay:
        between = {side.inbound: relay.sockets[0].getsockname()[1]}
        monkeypatch.setattr(xds, "fixed", lambda ports, name: fixed([between.get(one, one) for one in ports], name))
        await envoy.plane.apply(wanted)
        assert await envoy.get() == (200, "stable")
        monkeypatch.undo()
        await envoy.plane.apply(envoy.split(0, 100, both(apps)))


async def test_requests_are_split_by_weight(envoy: Mesh, apps: tuple[App, App]) -> None:
    await envoy.plane.apply(envoy.split(70, 30, both(apps)))
    seen: Counter[str] = Counter()
    for _ in range(20):
        seen.update(await asyncio.gather(*(envoy.who() for _ in range(50))))
    # Envoy's dice cannot be seeded: so wide that one run in a billion fails.
    low, high = bounds(1000, 0.30, confidence=1 - 1e-9)
    assert low <= seen["canary"] <= high
    assert seen.total() == 1000


async def test_the_very_next_request_after_apply_goes_the_new_way_every_time(
    envoy: Mesh, apps: tuple[App, App]
) -> None:
    for _ in range(20):
        await envoy.plane.apply(envoy.split(0, 100, both(apps)))
        assert await envoy.who() == "canary"
        await envoy.plane.apply(envoy.split(100, 0, both(apps)))
        assert await envoy.who() == "stable"


@dataclass
class Visitors:
    """Four who ask one after the other without a pause, on connections that stay."""

    envoy: Mesh
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
    envoy: Mesh, apps: tuple[App, App]
) -> None:
    stable, canary = apps
    shared = envoy.split(100, 0, {STABLE: (stable, canary)})
    leaving = [replace(one, ready=one.app == stable.port) for one in shared.sets[STABLE].sidecars]
    alone = envoy.traffic(shared.routes, {STABLE: MeshedSet(tuple(leaving))})
    await envoy.plane.apply(shared)
    visitors = Visitors(envoy)
    visiting = asyncio.create_task(visitors.visit())
    for _ in range(8):
        before = canary.served
        await visitors.each_asks(10)
        assert canary.served > before
        await envoy.plane.apply(alone)
        await visitors.each_asks(1)
        left = canary.served
        await visitors.each_asks(10)
        assert canary.served == left
        await envoy.plane.apply(shared)
    await envoy.plane.apply(alone)
    await visitors.each_asks(1)
    await canary.stop()
    await visitors.each_asks(10)
    visitors.going = False
    await visiting
    assert {status for answers in visitors.answers for status in answers} == {200}


async def test_a_cluster_that_nobody_routes_to_any_more_is_taken_away_and_can_come_back(
    envoy: Mesh, apps: tuple[App, App]
) -> None:
    for _ in range(2):
        await envoy.plane.apply(envoy.split(0, 100, both(apps)))
        assert await envoy.who() == "canary"
        await envoy.plane.apply(envoy.split(100, 0, {STABLE: apps[:1]}))
        assert await envoy.who() == "stable"
        async with envoy.admins() as session, session.get("/clusters") as page:
            assert naming.hop(CALLER, CANARY) not in await page.text()


async def test_a_killed_envoy_comes_back_with_the_same_routes_and_takes_new_ones(
    envoy: Mesh, apps: tuple[App, App], until: Until
) -> None:
    await envoy.plane.apply(envoy.split(0, 100, both(apps)))
    killed, restarts = envoy.plane.daemon.pid, envoy.plane.daemon.restarts
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    await until(lambda: envoy.plane.daemon.restarts > restarts)
    assert await eventually(envoy) == "canary"
    assert envoy.plane.daemon.pid != killed
    await envoy.plane.apply(envoy.split(100, 0, both(apps)))
    assert await envoy.who() == "stable"


async def test_a_change_that_comes_while_envoy_is_down_is_there_when_apply_returns(
    envoy: Mesh, apps: tuple[App, App]
) -> None:
    await envoy.plane.apply(envoy.split(0, 100, both(apps)))
    assert envoy.plane.daemon.pid is not None
    os.kill(envoy.plane.daemon.pid, signal.SIGKILL)
    await envoy.plane.apply(envoy.split(100, 0, both(apps)))
    assert await eventually(envoy) == "stable"


async def test_what_envoy_refuses_is_told_and_the_next_change_is_made_all_the_same(
    envoy: Mesh, apps: tuple[App, App], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = envoy.split(100, 0, both(apps))
    await envoy.plane.apply(good)
    monkeypatch.setattr(dataplane, "_ACKNOWLEDGE_LIMIT_S", 0.5)
    with pytest.raises(PlatformFailed, match=r"Envoy has not taken its configuration .*version_text"):
        await envoy.plane.apply(replace(good, routes=good.routes * 2))
    assert await envoy.who() == "stable"
    monkeypatch.undo()
    await envoy.plane.apply(good)
    await envoy.plane.apply(envoy.split(0, 100, both(apps)))
    assert await envoy.who() == "canary"


async def test_the_statistics_that_the_scrape_reads_are_on_envoys_page(envoy: Mesh, apps: tuple[App, App]) -> None:
    await envoy.plane.apply(envoy.split(100, 0, both(apps)))
    await envoy.who()
    side = f'envoy_listener_address="{naming.inbound(STABLE, "smiley-aaa-stable")}"'
    await envoy.until_on_the_page(
        'envoy_mesh_request_total{direction="inbound",namespace="faces",app="smiley",pod="smiley-aaa-stable"',
        'envoy_mesh_response_latency_ms_bucket{direction="outbound",namespace="faces",app="face",pod="face-1"',
        f"envoy_listener_downstream_cx_total{{{side}}}",
        f'envoy_listener_ssl_certificate_expiration_unix_time_seconds{{envoy_tls_certificate="{SMILEY.name}",{side}}}',
        f'envoy_cluster_upstream_rq_retry{{envoy_cluster_name="{naming.hop(CALLER, STABLE)}"}}',
    )


async def test_the_admin_interface_is_its_owners_alone_and_on_no_port(envoy: Mesh, apps: tuple[App, App]) -> None:
    wanted = envoy.split(100, 0, both(apps))
    await envoy.plane.apply(wanted)
    assert stat.S_IMODE(Path(envoy.addresses.admin).stat().st_mode) == 0o600
    async with envoy.admins() as session, session.get("/server_info") as answer:
        assert answer.status == 200
    pid = envoy.plane.daemon.pid
    assert pid is not None
    sides = {
        port for one in wanted.sets.values() for sidecar in one.sidecars for port in (sidecar.inbound, sidecar.outbound)
    }
    assert listened_on(pid) == {envoy.addresses.front, envoy.addresses.statistics} | sides
    assert not [name for name in sockets(pid, "unix") if name.startswith("@")]  # a hot restart's is open to everybody


async def test_private_keys_are_in_files_of_their_owner_alone(envoy: Mesh, apps: tuple[App, App]) -> None:
    await envoy.plane.apply(envoy.split(100, 0, both(apps)))
    secrets = list(Path(envoy.addresses.directory).glob("secret-*.json"))
    assert {file.name for file in secrets} >= {naming.file_of("secret", one) for one in (CALLER, SMILEY)}
    assert {stat.S_IMODE(file.stat().st_mode) for file in secrets} == {0o600}
    await envoy.plane.apply(envoy.traffic([], {}))
    assert not (Path(envoy.addresses.directory) / naming.file_of("secret", SMILEY)).exists()


async def test_envoy_takes_few_of_the_watches_that_a_user_may_have(envoy: Mesh, apps: tuple[App, App]) -> None:
    """128 as a rule, for all runs and everything else of that user; without one more, Envoy ends itself."""
    await envoy.plane.apply(envoy.split(50, 50, both(apps)))
    pid = envoy.plane.daemon.pid
    assert pid is not None
    watches = [file for file in Path(f"/proc/{pid}/fd").iterdir() if "inotify" in str(file.readlink())]
    callers = 3  # the front door, face and smiley, each with a certificate and routes
    assert len(watches) <= 2 + 2 * callers


async def test_prometheus_is_given_the_statistics_and_nobody_anything_else_of_the_admin_interface(envoy: Mesh) -> None:
    async def status(method: str, path: str, host: str = "") -> int:
        headers = {"Host": host} if host else {}
        url = URL(f"http://127.0.0.1:{envoy.addresses.statistics}{path}", encoded=True)
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
    assert await status("GET", "/stats/prometheus", f"rebound.example:{envoy.addresses.statistics}") == 404
    assert envoy.plane.daemon.pid == before


async def test_who_scrapes_is_not_in_the_statistics(envoy: Mesh) -> None:
    pages = [await envoy.page() for _ in range(3)]
    assert 'envoy_cluster_name="statistics"' not in pages[-1]


async def test_grpc_is_routed_as_http_2_counted_by_its_status_and_denied_in_its_own_words(envoy: Mesh) -> None:
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
    key = SetKey("faces", "color", "ccc")
    color = MeshedSet((envoy.sidecar("color-1", port),), grpc=True)
    route = ServiceRoute("color", 80, (Share(key, 100, "color"),))
    await envoy.plane.apply(envoy.traffic([route], {key: color}))
    options = [("grpc.default_authority", "color:80")]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{envoy.outbound}", options=options) as channel:
        good: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/test.Color/Good")
        bad: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/test.Color/Bad")
        assert await good(b"hello") == b"hello"
        with pytest.raises(grpc.aio.AioRpcError, match="bad"):
            await bad(b"hello")
        # Another replica: connections that are open know no new policy.
        refusing = MeshedSet((envoy.sidecar("color-2", port),), grpc=True, callers=("gui",))
        await envoy.plane.apply(envoy.traffic([route], {key: refusing}))
        with pytest.raises(grpc.aio.AioRpcError) as denied:
            await good(b"hello")
        assert denied.value.code() is grpc.StatusCode.PERMISSION_DENIED
    for status in ("0", "13"):
        await envoy.until_on_the_page(f'status_code="200",envoy="-",grpc_status="{status}"')
    await envoy.until_on_the_page('status_code="200",grpc_status="7"')  # at the caller alone
    await server.stop(0)


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


async def eventually(envoy: Mesh) -> str:
    while True:
        try:
            status, said = await envoy.get()
        except aiohttp.ClientError:
            status, said = 0, ""
        if status == 200:
            return said
        await asyncio.sleep(0.01)
