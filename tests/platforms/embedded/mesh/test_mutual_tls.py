"""Mutual TLS between the sides is real: what a stranger, a listener on the wire, and a clock see of it."""

import asyncio
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from platforms.embedded.mesh import naming
from platforms.embedded.mesh.identity import Authority
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import Processes
from tests.platforms.embedded.meshed import CALLER, CANARY, STABLE, App, Mesh, running_mesh

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

PODS = ("smiley-aaa-stable", "smiley-bbb-canary")
SECRET = "a-very-recognisable-path"
# How a client of HTTP/2 begins: the magic words, and an empty frame of settings.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)


class Clock:
    """It is behind, so that what is issued at first has four of its 24 hours left."""

    def __init__(self) -> None:
        self.behind_s = 20 * 3600.0

    def __call__(self) -> float:
        return time.time() - self.behind_s


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mesh(
    processes: Processes, session: aiohttp.ClientSession, ports: PortBlock, clock: Clock
) -> AsyncIterator[Mesh]:
    async with running_mesh(processes, session, ports, Authority.create(time.time()), clock) as started:
        apps = App("stable"), App("canary")
        for app in apps:
            await app.start()
        await started.plane.apply(started.split(50, 50, {STABLE: apps[:1], CANARY: apps[1:]}))
        yield started
        for app in apps:
            await app.stop()


def inbound(mesh: Mesh) -> list[int]:
    """The inbound side of each replica that serves."""
    return [mesh.sidecar(pod).inbound for pod in PODS]


async def test_openssl_without_a_certificate_is_refused_by_each_inbound_side(mesh: Mesh) -> None:
    for port in inbound(mesh):
        done = await asyncio.to_thread(
            subprocess.run,
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-alpn", "h2", "-quiet"],
            input=PREFACE,
            capture_output=True,
            timeout=20,
            check=False,
        )
        assert done.stdout == b""
        assert done.returncode != 0, done.stderr
    for pod in PODS:
        side = f'{{envoy_listener_address="{naming.inbound(STABLE if "aaa" in pod else CANARY, pod)}"}}'
        await mesh.until_on_the_page(f"envoy_listener_ssl_connection_error{side}")


async def test_a_certificate_of_another_authority_is_refused(mesh: Mesh, tmp_path: Path) -> None:
    def refused(authority: Authority, port: int) -> bool:
        issued = authority.issue(CALLER, time.time())
        for name, text in (("chain", issued.chain), ("key", issued.private_key)):
            (tmp_path / name).write_text(text)
        context = ssl.create_default_context(cadata=mesh.authority.pem)
        context.load_cert_chain(tmp_path / "chain", tmp_path / "key")
        context.set_alpn_protocols(["h2"])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            try:
                with context.wrap_socket(plain, server_hostname=STABLE.identity) as secure:
                    secure.sendall(PREFACE)
                    return secure.recv(1) == b""  # TLS 1.3 tells the client afterwards
            except ssl.SSLError:
                return True

    for port in inbound(mesh):
        assert await asyncio.to_thread(refused, Authority.create(time.time()), port)
        assert not await asyncio.to_thread(refused, mesh.authority, port)


async def test_nothing_between_the_sides_is_plain_text(mesh: Mesh) -> None:
    """By a capture of all that goes over loopback, which root may make; what goes to the app itself is plain."""
    try:
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(0x0003))
    except PermissionError:
        pytest.skip("only root may capture")
    with wire:
        wire.bind(("lo", 0))
        wire.settimeout(0)
        caught: list[bytes] = []
        asyncio.get_running_loop().add_reader(wire, lambda: caught.append(wire.recv(65_535)))
        for _ in range(10):
            assert (await mesh.get(path=f"/{SECRET}"))[0] == 200
        asyncio.get_running_loop().remove_reader(wire)
    by_port: dict[int, bytes] = {}
    for packet in caught:
        for port in _tcp_ports(packet):
            by_port[port] = by_port.get(port, b"") + packet
    apps = [mesh.sidecars[pod].app for pod in PODS]
    assert all(SECRET.encode() not in by_port.get(port, b"") for port in inbound(mesh))
    assert any(by_port.get(port) for port in inbound(mesh))
    # The capture itself works: the same words are plain on the way into the mesh, and to the app.
    assert SECRET.encode() in by_port[mesh.outbound]
    assert any(SECRET.encode() in by_port.get(app, b"") for app in apps)


def _tcp_ports(packet: bytes) -> tuple[int, ...]:
    header = 14 + (packet[14] & 0x0F) * 4 if len(packet) > 34 and packet[12:14] == b"\x08\x00" else 0
    if not header or packet[23] != socket.IPPROTO_TCP:
        return ()
    return tuple(int.from_bytes(packet[header + at : header + at + 2]) for at in (0, 2))


async def test_a_certificate_is_renewed_before_it_ends_and_no_connection_is_lost(mesh: Mesh, clock: Clock) -> None:
    before = await expiries(mesh)
    clock.behind_s = 0.0
    renewing = asyncio.create_task(mesh.plane.keep_certificates_fresh())
    statuses: list[int] = []
    while (after := await expiries(mesh)) == before:
        statuses.append((await mesh.get())[0])
    renewing.cancel()
    assert set(statuses) <= {200}
    assert min(after) >= max(before) + 19 * 3600
    assert (await mesh.get())[0] == 200


async def expiries(mesh: Mesh) -> list[int]:
    """When the certificates of smiley's inbound sides end, as Envoy says it."""
    name = 'ssl_certificate_expiration_unix_time_seconds{envoy_tls_certificate="faces/smiley/good"'
    lines = [line for line in (await mesh.page()).splitlines() if name in line and "listener" in line]
    return [int(float(line.rpartition(" ")[2])) for line in lines]
