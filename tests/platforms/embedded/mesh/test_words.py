"""What a real Envoy and a real Prometheus make of real faults: Linkerd's series, with Linkerd's meaning."""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from platforms.embedded.mesh.values import MeshedSet, ProbedPort, ServiceRoute, SetKey, Share
from platforms.embedded.policies import Breaker, ServicePolicy
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import Processes
from platforms.embedded.prometheus.config import scrape_config
from platforms.embedded.prometheus.signals import MESH
from tests.platforms.asked_prometheus import Prometheus, running
from tests.platforms.embedded.meshed import Mesh, running_mesh

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

Labels = dict[str, str]
_HASHES = count(1)
_RESET = struct.pack("ii", 1, 0)


class Faulty:
    """An app that does to each connection what the path says."""

    def __init__(self) -> None:
        self.port, self.asked = 0, 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.asked += 1
                await self._answer(head.split()[1].decode().strip("/"), writer)
        writer.close()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        head = "HTTP/1.1 {} X\r\ncontent-length: 10\r\n\r\n"
        match path:
            case "hang":
                await asyncio.sleep(60)
            case "reset":
                _reset(writer)
            case "fin":
                writer.close()
            case "cut":
                writer.write(head.format(200).encode() + b"01234")
                await writer.drain()
                await asyncio.sleep(0.1)
                _reset(writer)
            case "drip":
                writer.write(head.format(200).encode() + b"01234")
                await writer.drain()
                await asyncio.sleep(0.7)
                writer.write(b"56789")
            case "late":
                await asyncio.sleep(0.35)
                writer.write(head.format(200).encode() + b"0123456789")
            case "first":
                status = 503 if self.asked % 2 else 200
                writer.write(head.format(status).encode() + b"0123456789")
            case _:
                writer.write(head.format(int(path or 200)).encode() + b"0123456789")
        await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
    raise ConnectionError


@dataclass
class Canary:
    """One version with one replica of a faulty app; its series are those of its own hash."""

    mesh: Mesh
    prometheus: Prometheus
    app: Faulty
    key: SetKey
    changes: dict[str, Any] = field(default_factory=dict)
    policy: ServicePolicy = ServicePolicy()  # noqa: RUF009 - frozen

    @property
    def pod(self) -> str:
        return f"{self.key.replica_set}-x"

    async def ask(self, path: str, times: int = 1, limit: float = 5.0) -> list[int]:
        """The statuses that the caller saw; 0 for a cut answer, -1 if it gave up."""
        return [await self._asked(path, limit) for _ in range(times)]

    async def _asked(self, path: str, limit: float) -> int:
        try:
            async with asyncio.timeout(limit):
                return await self.mesh.status(f"/{path}")
        except TimeoutError:
            return -1

    async def series(self, metric: str, **labels: str) -> float:
        """The sum over this version's series of a metric: inbound by its hash, outbound by where they went."""
        chosen = {"rollouts_pod_template_hash": self.key.pod_template_hash}
        if metric.startswith("outbound_") or labels.get("direction") == "outbound":
            chosen = {"dst_replicaset": self.key.replica_set}
        if "parent_name" in labels:
            chosen = {}
        text = ",".join(f'{name}="{value}"' for name, value in {**chosen, **labels}.items())
        return await self.prometheus.value(f"sum({metric}{{{text}}})") or 0.0

    async def until(self, value: float, metric: str, **labels: str) -> None:
        """Wait for the scrape that has it; the test's own time limit is the limit."""
        while (seen := await self.series(metric, **labels)) != value:
            assert seen <= value, f"{metric}{labels}: {seen}, more than {value}"
            await asyncio.sleep(0.1)

    async def labels(self, metric: str, **labels: str) -> list[Labels]:
        text = ",".join(f'{name}="{value}"' for name, value in labels.items())
        return [found for found, _ in await self.prometheus.query(f"{metric}{{{text}}}")]


Start = Callable[..., Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mesh(processes: Processes, session: aiohttp.ClientSession, ports: PortBlock) -> AsyncIterator[Mesh]:
    async with running_mesh(processes, session, ports) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prometheus(
    mesh: Mesh, tmp_path_factory: pytest.TempPathFactory, processes: Processes, session: aiohttp.ClientSession
) -> AsyncIterator[Prometheus]:
    config = tmp_path_factory.mktemp("prometheus") / "prometheus.yml"
    config.write_text(json.dumps(scrape_config(mesh.addresses.statistics, "500ms")))
    async with running(config, mesh.ports.take(), processes, session) as asked:
        yield asked


@pytest_asyncio.fixture(loop_scope="module")
async def start(mesh: Mesh, prometheus: Prometheus) -> AsyncIterator[Start]:
    apps: list[Faulty] = []

    @asynccontextmanager
    async def started(policy: ServicePolicy = ServicePolicy(), **changes: Any) -> AsyncIterator[Canary]:  # noqa: B008
        app = Faulty()
        await app.start()
        apps.append(app)
        canary = Canary(mesh, prometheus, app, SetKey("faces", "smiley", f"h{next(_HASHES)}"))
        probed = (ProbedPort(8001, app.port, "pod:8001", ("/200",)),)
        sidecar = replace(mesh.sidecar(canary.pod, app.port), probed=probed)
        share = (Share(canary.key, 100, "smiley-canary"),)
        sets = {canary.key: MeshedSet((sidecar,), **changes)}
        await mesh.plane.apply(mesh.traffic([ServiceRoute("smiley", 80, share, policy)], sets))
        yield canary

    yield started
    for app in apps:
        await app.stop()


async def test_a_good_answer_is_counted_on_both_sides_with_who_asked_whom(start: Start) -> None:
    async with start() as canary:
        assert await canary.ask("200", 3) == [200] * 3
        await canary.until(3, "response_total", classification="success", direction="inbound")
        await canary.until(3, "request_total", direction="inbound")
        await canary.until(3, "response_total", classification="success", direction="outbound")
        await canary.until(3, "request_total", direction="outbound")
        pod_hash = canary.key.pod_template_hash
        (inbound,) = await canary.labels("response_total", direction="inbound", rollouts_pod_template_hash=pod_hash)
        expected = {
            "namespace": "faces",
            "pod": canary.pod,
            "app": "smiley",
            "replicaset": canary.key.replica_set,
            "target_port": "8000",
            "tls": "true",
            "client_id": "face.faces.serviceaccount.identity.linkerd.cluster.local",
            "route_name": "default",
            "status_code": "200",
        }
        assert inbound.items() >= expected.items()
        (outbound,) = await canary.labels("response_total", direction="outbound", dst_replicaset=canary.key.replica_set)
        expected = {
            "namespace": "faces",
            "pod": "face-1",
            "rollouts_pod_template_hash": "ccc",
            "dst_service": "smiley-canary",
            "authority": "smiley-canary.faces.svc.cluster.local:80",
            "tls": "true",
            "server_id": "smiley.faces.serviceaccount.identity.linkerd.cluster.local",
        }
        assert outbound.items() >= expected.items()
        assert "error" not in inbound
        assert "error" not in outbound
        for name in ("response_statuses", "requests"):
            metric = f"outbound_http_route_backend_{name}_total"
            await canary.until(3, metric, backend_name="smiley-canary", dst_replicaset=canary.key.replica_set)
            (series,) = await canary.labels(metric, dst_replicaset=canary.key.replica_set)
            assert (series["parent_name"], series["parent_namespace"], series["route_name"]) == (
                "smiley",
                "faces",
                "smiley",
            )


@pytest.mark.parametrize(("path", "classification"), [("500", "failure"), ("503", "failure"), ("404", "success")])
async def test_only_5xx_is_a_failure(start: Start, path: str, classification: str) -> None:
    async with start() as canary:
        assert await canary.ask(path, 4) == [int(path)] * 4
        for direction in ("inbound", "outbound"):
            await canary.until(
                4, "response_total", direction=direction, classification=classification, status_code=path
            )
        # Fast failures look fast, and are in the latency.
        await canary.until(4, "response_latency_ms_bucket", direction="inbound", status_code=path, le="300")


async def test_a_request_that_is_never_answered_is_requested_and_no_response(start: Start) -> None:
    async with start() as canary:
        assert await canary.ask("200") == [200]
        assert await canary.ask("hang", 3, limit=0.2) == [-1] * 3
        for direction in ("inbound", "outbound"):
            await canary.until(4, "request_total", direction=direction)
            await canary.until(1, "response_total", direction=direction)
        await canary.until(4, "outbound_http_route_backend_requests_total", backend_name="smiley-canary")
        await canary.until(1, "outbound_http_route_backend_response_statuses_total")


@pytest.mark.parametrize("path", ["reset", "fin"])
async def test_an_app_that_breaks_the_connection_before_an_answer_is_a_502(start: Start, path: str) -> None:
    async with start() as canary:
        assert await canary.ask(path, 3) == [502] * 3
        for direction in ("inbound", "outbound"):
            await canary.until(3, "response_total", direction=direction, classification="failure", status_code="502")


async def test_an_app_that_refuses_connections_is_a_502_and_an_error_of_tcp(start: Start) -> None:
    async with start() as canary:
        await canary.app.stop()
        assert await canary.ask("200", 3) == [502] * 3
        await canary.until(3, "response_total", direction="inbound", classification="failure", status_code="502")
        while await canary.series("inbound_tcp_errors_total", error="i/o") < 1:
            await asyncio.sleep(0.1)


async def test_a_body_that_is_cut_is_a_failure_with_status_200(start: Start) -> None:
    async with start() as canary:
        assert await canary.ask("cut", 3) == [0] * 3
        for direction in ("inbound", "outbound"):
            await canary.until(
                3,
                "response_total",
                direction=direction,
                classification="failure",
                status_code="200",
                error="unclassified",
            )
        await canary.until(3, "outbound_http_route_backend_response_statuses_total", http_status="200", error="UNKNOWN")


async def test_latency_is_that_of_the_first_byte_and_the_body_has_a_measure_of_its_own(start: Start) -> None:
    async with start() as canary:
        assert await canary.ask("late", 2) == [200] * 2
        assert await canary.ask("drip", 3) == [200] * 3
        for direction in ("inbound", "outbound"):
            await canary.until(5, "response_latency_ms_count", direction=direction)
            await canary.until(3, "response_latency_ms_bucket", direction=direction, le="300")
        body = "inbound_http_response_duration_seconds_bucket"
        await canary.until(5, body, le="+Inf", parent_port="8000")
        await canary.until(2, body, le="0.5")
        await canary.until(5, body, le="1")


async def test_a_caller_that_the_policy_does_not_name_is_denied_and_no_request(start: Start) -> None:
    async with start(callers=("gui",)) as canary:
        assert await canary.ask("200", 3) == [403] * 3
        assert canary.app.asked == 0
        await canary.until(3, "inbound_http_authz_deny_total", tls="true", target_port="8000")
        (denied,) = await canary.labels("inbound_http_authz_deny_total", tls="true")
        assert "direction" not in denied  # Linkerd says it in the name alone
        await canary.until(3, "response_total", direction="outbound", status_code="403", classification="success")
        assert await canary.series("request_total", direction="inbound") == 0
        assert await canary.series("response_total", direction="inbound") == 0


async def test_a_version_that_lets_nobody_in_denies_everybody(start: Start) -> None:
    async with start(callers=()) as canary:
        assert await canary.ask("200", 2) == [403] * 2
        await canary.until(2, "inbound_http_authz_deny_total")


async def test_a_caller_that_the_policy_names_is_let_in(start: Start) -> None:
    async with start(callers=("gui", "face")) as canary:
        assert await canary.ask("200", 2) == [200] * 2
        await canary.until(2, "request_total", direction="inbound")
        assert await canary.series("inbound_http_authz_deny_total") == 0


@pytest.mark.parametrize("certificate", ["expired", "other-ca", "wrong-name"])
async def test_a_certificate_that_is_no_good_shows_at_the_callers_alone(start: Start, certificate: str) -> None:
    async with start(certificate=certificate) as canary:
        assert await canary.ask("200", 3) == [504] * 3
        assert canary.app.asked == 0
        await canary.until(
            3, "outbound_http_route_backend_response_statuses_total", error="FAIL_FAST", backend_name="smiley-canary"
        )
        await canary.until(3, "outbound_http_route_backend_requests_total", backend_name="smiley-canary")
        for direction in ("inbound", "outbound"):
            assert await canary.series("response_total", direction=direction) == 0
        while await canary.series("inbound_tcp_errors_total") < 3:
            await asyncio.sleep(0.1)
        if certificate == "expired":
            left = "min(control_identity_cert_expiration_timestamp_seconds{rollouts_pod_template_hash="
            assert (await canary.prometheus.value(f'{left}"{canary.key.pod_template_hash}"}} - time())') or 0) < 0


async def test_probes_need_no_certificate_and_are_counted_as_probes(start: Start, mesh: Mesh) -> None:
    async with start() as canary:
        inbound = mesh.sidecar(canary.pod).inbound
        asked: dict[str, list[int]] = {"/200": [], "/500": []}
        for path, statuses in asked.items():
            async with mesh.session.get(f"http://127.0.0.1:{inbound}{path}", headers={"Host": "pod:8001"}) as answer:
                statuses.append(answer.status)
        assert asked == {"/200": [200], "/500": [403]}
        await canary.until(1, "response_total", route_name="probe", target_port="8001", tls="no_identity")
        await canary.until(1, "inbound_http_authz_deny_total", tls="no_identity")
        assert canary.app.asked == 1


@pytest.mark.parametrize("grpc", [False, True])
async def test_a_probe_begins_the_counters_of_those_who_may_call_at_zero(
    start: Start,
    mesh: Mesh,
    grpc: bool,  # noqa: FBT001
) -> None:
    async with start(callers=("face", "gui"), grpc=grpc) as canary:
        inbound = mesh.sidecar(canary.pod).inbound
        async with mesh.session.get(f"http://127.0.0.1:{inbound}/200", headers={"Host": "pod:8001"}) as answer:
            assert answer.status == 200
        own = {"rollouts_pod_template_hash": canary.key.pod_template_hash, "route_name": "default"}
        while not await canary.labels("response_total", **own):
            await asyncio.sleep(0.1)
        for metric, more in (("request_total", {}), ("response_total", {"classification": "success"})):
            found = await canary.labels(metric, **own, **more)
            assert {one["client_id"].partition(".")[0] for one in found} == {"face", "gui"}
            assert await canary.series(metric, route_name="default", **more) == 0


async def test_a_failed_first_try_is_hidden_from_the_caller_and_counted_as_an_attempt(start: Start) -> None:
    async with start(ServicePolicy(retried_statuses=(503,), retries=2)) as canary:
        assert await canary.ask("first", 5) == [200] * 5
        await canary.until(5, "response_total", direction="inbound", classification="failure", status_code="503")
        await canary.until(10, "request_total", direction="outbound")
        await canary.until(5, "outbound_http_route_backend_response_statuses_total", http_status="503")
        await canary.until(5, "outbound_http_route_retry_requests_total")
        await canary.until(5, "outbound_http_route_retry_successes_total")


async def test_retries_end_at_their_limit(start: Start) -> None:
    async with start(ServicePolicy(retried_statuses=(500,), retries=2)) as canary:
        assert await canary.ask("500", 2) == [500] * 2
        assert canary.app.asked == 6
        await canary.until(4, "outbound_http_route_retry_requests_total")
        await canary.until(2, "outbound_http_route_retry_limit_exceeded_total")


async def test_a_time_limit_on_requests_answers_504_and_is_the_callers_alone(start: Start) -> None:
    async with start(ServicePolicy(request_timeout_s=0.2)) as canary:
        before = await canary.series(
            "outbound_http_route_request_statuses_total", error="REQUEST_TIMEOUT", parent_name="smiley"
        )
        assert await canary.ask("hang", 3) == [504] * 3
        await canary.until(
            before + 3, "outbound_http_route_request_statuses_total", error="REQUEST_TIMEOUT", parent_name="smiley"
        )
        await canary.until(3, "request_total", direction="inbound")
        assert await canary.series("response_total", direction="inbound") == 0


async def test_a_time_limit_on_tries_tries_again(start: Start) -> None:
    async with start(ServicePolicy(try_timeout_s=0.2, retries=1)) as canary:
        assert await canary.ask("hang", 2) == [504] * 2
        assert canary.app.asked == 4
        await canary.until(2, "outbound_http_route_retry_requests_total")


@pytest.mark.parametrize(("path", "seen"), [("hang", 504), ("drip", 0)])
async def test_a_time_limit_on_answers_ends_them(start: Start, path: str, seen: int) -> None:
    late = {"error": "RESPONSE_STREAM_TIMEOUT", "parent_name": "smiley"}
    async with start(ServicePolicy(response_timeout_s=0.3)) as canary:
        before = await canary.series("outbound_http_route_request_statuses_total", **late)
        assert await canary.ask(path, 3) == [seen] * 3
        await canary.until(before + 3, "outbound_http_route_request_statuses_total", **late)


async def test_a_breaker_keeps_callers_from_a_replica_that_failed_in_a_row(start: Start) -> None:
    async with start(breaker=Breaker(max_failures=3, min_penalty_s=30)) as canary:
        statuses = await canary.ask("500", 10)
        assert statuses == [500] * canary.app.asked + [504] * (10 - canary.app.asked)
        assert canary.app.asked == 3


async def test_connections_are_counted_as_they_open_and_close(start: Start) -> None:
    async with start() as canary:
        await canary.ask("200", 3)
        await canary.until(1, "tcp_open_total", direction="inbound", peer="src")
        await canary.until(1, "tcp_open_total", direction="inbound", peer="dst")
        await canary.until(1, "tcp_open_connections", direction="inbound", peer="dst")
        await canary.ask("reset")
        await canary.until(1, "tcp_close_total", direction="inbound", peer="dst")
        await canary.until(0, "tcp_open_connections", direction="inbound", peer="dst")


async def test_the_scrape_is_healthy_and_no_two_series_became_one(prometheus: Prometheus) -> None:
    await prometheus.check_scrapes()
    measured = await prometheus.names()
    assert measured <= MESH.series
    assert measured >= {"request_total", "outbound_http_route_backend_requests_total", "tcp_open_total"}
