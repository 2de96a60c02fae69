"""A real Envoy as the mesh of a test, and what stands behind it."""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
from aiohttp import web

from platforms.embedded.head_start import envoy_command
from platforms.embedded.mesh.bootstrap import Addresses
from platforms.embedded.mesh.dataplane import DataPlane
from platforms.embedded.mesh.envoy_files import EnvoyFiles
from platforms.embedded.mesh.identity import Authority
from platforms.embedded.mesh.values import Caller, MeshedSet, ServiceRoute, SetKey, Share, Sidecar, Traffic
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import Processes
from platforms.embedded.processes.program import Program

STABLE, CANARY = SetKey("faces", "smiley", "aaa"), SetKey("faces", "smiley", "bbb")
FACE, CALLER = SetKey("faces", "face", "ccc"), Caller("faces", "face")


@dataclass
class App:
    """A real HTTP server that answers with its name and counts."""

    name: str
    port: int = 0
    served: int = 0
    runner: web.AppRunner | None = None

    async def answer(self, _request: web.Request) -> web.Response:
        self.served += 1
        return web.Response(text=self.name)

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.port = self.runner.addresses[0][1]

    async def stop(self) -> None:
        assert self.runner is not None
        await self.runner.cleanup()


@dataclass
class Mesh:
    """A data plane with a real Envoy, and one replica of face, which calls."""

    plane: DataPlane
    session: aiohttp.ClientSession
    ports: PortBlock
    addresses: Addresses
    authority: Authority
    sidecars: dict[str, Sidecar] = field(default_factory=dict)

    def sidecar(self, pod: str, app: int = 9, *, ready: bool = True) -> Sidecar:
        """That pod's sides, on the same ports each time."""
        if pod not in self.sidecars:
            self.sidecars[pod] = Sidecar(pod, self.ports.take(), self.ports.take(), app)
        return replace(self.sidecars[pod], app=app, ready=ready)

    @property
    def outbound(self) -> int:
        return self.sidecar("face-1").outbound

    def traffic(self, routes: Sequence[ServiceRoute], sets: Mapping[SetKey, MeshedSet]) -> Traffic:
        """What was asked for, with the caller beside it."""
        return Traffic("faces", tuple(routes), {FACE: MeshedSet((self.sidecar("face-1"),)), **sets})

    def split(self, stable: int, canary: int, apps: Mapping[SetKey, Sequence[App]]) -> Traffic:
        """Service smiley, split between two ReplicaSets with these apps."""
        sets = {
            key: MeshedSet(tuple(self.sidecar(f"{key.replica_set}-{app.name}", app.port) for app in members))
            for key, members in apps.items()
        }
        shares = (Share(STABLE, stable, "smiley"), Share(CANARY, canary, "smiley-canary"))
        return self.traffic([ServiceRoute("smiley", 80, shares)], sets)

    async def get(self, host: str = "smiley", path: str = "/", *, front: bool = False) -> tuple[int, str]:
        address = f"http://127.0.0.1:{self.addresses.front if front else self.outbound}{path}"
        async with self.session.get(address, headers={"Host": host}) as answer:
            return answer.status, await answer.text()

    async def who(self, host: str = "smiley") -> str:
        status, said = await self.get(host)
        assert status == 200, (status, said)
        return said

    async def status(self, path: str = "/", host: str = "smiley") -> int:
        """0: cut, before or after the status."""
        with contextlib.suppress(aiohttp.ClientError):
            return (await self.get(host, path))[0]
        return 0

    @asynccontextmanager
    async def admins(self) -> AsyncIterator[aiohttp.ClientSession]:
        """What its own user may ask of Envoy."""
        connector = aiohttp.UnixConnector(self.addresses.admin)
        async with aiohttp.ClientSession("http://envoy", connector=connector) as session:
            yield session

    async def page(self) -> str:
        """The statistics, as Prometheus reads them."""
        async with self.session.get(f"http://127.0.0.1:{self.addresses.statistics}/stats/prometheus") as answer:
            return await answer.text()

    async def until_on_the_page(self, *wanted: str) -> None:
        """Histograms come with the next flush, so wait for all of it."""
        while True:
            page = await self.page()
            if all(line in page for line in wanted):
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running_mesh(
    processes: Processes,
    session: aiohttp.ClientSession,
    ports: PortBlock,
    authority: Authority | None = None,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[Mesh]:
    known = authority or Authority.create(time.time())
    front, statistics = ports.take(), ports.take()
    with tempfile.TemporaryDirectory(prefix="faces-test-") as folder:  # short, because the path of a socket has to be
        addresses = Addresses(front, statistics, str(Path(folder) / "envoy.sock"), f"{folder}/envoy")
        files = EnvoyFiles(addresses)
        files.write_first()
        plane = DataPlane(files, Program("envoy", envoy_command(files)), processes, lambda: known, clock)
        await plane.start()
        yield Mesh(plane, session, ports, addresses, known)
        await plane.daemon.stop(grace=0)
        await plane.close()
