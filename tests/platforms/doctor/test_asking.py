"""A real Prometheus that scrapes a page as a mesh writes it, and servers that are none."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import NamedTuple

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from platforms.doctor.asking import measure
from platforms.doctor.measured import Counted, Measured, Splitting
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import Processes
from platforms.measuring import Query
from tests.platforms.asked_prometheus import Prometheus, running, scraped

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

START = 1_000_000
INBOUND = 'namespace="run",direction="inbound",route_name="default",target_port="8000"'
SPLIT = Splitting("smiley", 30, frozenset({"bbb"}), frozenset({"aaa", "smiley-stable"}), 0.0)


def page(scrape: int) -> str:
    """Each scrape finds seven more requests at stable, of which one came without TLS, and three at the canary."""

    def requests(pod_hash: str, tls: str, step: int, more: str = INBOUND) -> str:
        return f'request_total{{{more},rollouts_pod_template_hash="{pod_hash}",tls="{tls}"}} {START + scrape * step}'

    def refused(pod_hash: str, step: int) -> str:
        labels = INBOUND.replace('direction="inbound",', "")  # as Linkerd counts them
        named = f'{labels},rollouts_pod_template_hash="{pod_hash}",tls="no_identity"'
        return f"inbound_http_authz_deny_total{{{named}}} {START + scrape * step}"

    probes = INBOUND.replace("default", "probe")
    elsewhere = INBOUND.replace("run", "elsewhere")
    ends = time.time() + 3600
    lines = [
        requests("aaa", "true", 6),
        requests("aaa", "no_identity", 1),
        requests("bbb", "true", 3),
        requests("bbb", "no_identity", 50, probes),
        refused("bbb", 2),
        requests("bbb", "true", 50, elsewhere),
        f'control_identity_cert_expiration_timestamp_seconds{{namespace="run",pod="smiley-1"}} {ends}',
        f'control_identity_cert_expiration_timestamp_seconds{{namespace="elsewhere",pod="other-1"}} {ends}',
    ]
    return "\n".join(lines) + "\n"


class Served(NamedTuple):
    prometheus: Prometheus
    port: int


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    home = tmp_path_factory.mktemp("prometheus")
    (home / "logs").mkdir()
    async with AsyncExitStack() as stack:
        port = stack.enter_context(scraped(page))
        ports = PortBlock()
        stack.callback(ports.close)
        gone = ports.take()
        jobs = [
            {"job_name": "mesh", "static_configs": [{"targets": [f"127.0.0.1:{port}"], "labels": {"job": "mesh"}}]},
            {"job_name": "gone", "static_configs": [{"targets": [f"127.0.0.1:{gone}"]}]},
        ]
        settings = {"scrape_interval": "200ms", "scrape_timeout": "200ms"}
        (home / "prometheus.yml").write_text(json.dumps({"global": settings, "scrape_configs": jobs}))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        processes = Processes(home / "logs")
        await processes.open()
        stack.push_async_callback(processes.close)
        prometheus = await stack.enter_async_context(running(home / "prometheus.yml", ports.take(), processes, session))
        scrapes = f"max(count_over_time(request_total{{{INBOUND}}}[1m]))"
        while (await prometheus.value(scrapes) or 0) < 15:
            await asyncio.sleep(0.1)
        yield Served(prometheus, port)


async def seen(served: Served, *queries: Query) -> Measured:
    return await measure("there", served.prometheus.url, "run", queries, [SPLIT])


async def test_everything_is_asked_of_it(served: Served) -> None:
    measured = await seen(
        served, Query("success-rate", "rate", 'sum(rate(request_total{namespace="{{args.ns}}"}[1m]))')
    )
    assert measured.version.value()[:1].isdigit()
    assert abs(measured.clock.value().ahead_s) < 1
    assert measured.series.value().total == 1
    assert list(measured.series.value().missing) == []
    (certificate,) = measured.certificates.value()
    assert certificate.labels == {"pod": "smiley-1"}
    assert 3400 < certificate.value <= 3600


async def test_targets_are_told_with_their_errors(served: Served) -> None:
    up, down = sorted((await seen(served)).targets.value(), key=lambda one: not one.up)
    assert (up.job, up.up, up.error, up.url) == ("mesh", True, "", f"http://127.0.0.1:{served.port}/metrics")
    assert (down.job, down.up) == ("gone", False)
    assert "connection refused" in down.error


async def test_requests_are_counted_by_side_without_probes_and_other_namespaces(served: Served) -> None:
    counted = (await seen(served)).counted.value()["smiley"]
    assert isinstance(counted, Counted)
    assert counted.window_s == 60
    assert counted.canary / (counted.canary + counted.stable) == pytest.approx(0.3, abs=0.02)


async def test_callers_are_counted_by_what_they_prove(served: Served) -> None:
    callers = (await seen(served)).callers.value()
    by_both = {(one.labels["rollouts_pod_template_hash"], one.labels["tls"]): one.value for one in callers}
    assert set(by_both) == {("aaa", "true"), ("aaa", "no_identity"), ("bbb", "true"), ("bbb", "no_identity")}
    assert by_both["aaa", "true"] / by_both["aaa", "no_identity"] == pytest.approx(6, rel=0.1)
    assert by_both["bbb", "true"] / by_both["bbb", "no_identity"] == pytest.approx(1.5, rel=0.1)  # who was refused


async def test_a_series_that_is_not_there_is_named(served: Served) -> None:
    measured = await seen(served, Query("latency", "p99", 'x_bucket{namespace="run"}'))
    assert list(measured.series.value().missing) == [("latency", "p99", "x_bucket")]


async def test_what_is_no_promql_is_told_and_the_rest_is_seen_all_the_same(served: Served) -> None:
    measured = await seen(served, Query("latency", "p99", "sum by ("))
    assert measured.series.value().problem.startswith("AnalysisTemplate latency: the query of metric p99 is no PromQL")
    assert measured.targets.value()


# --- servers that are none --------------------------------------------------------------------------------------

Serve = Callable[[Callable[[], web.Response]], Awaitable[str]]


@pytest_asyncio.fixture(loop_scope="module")
async def serve() -> AsyncIterator[Serve]:
    servers: list[TestServer] = []

    async def start(answer: Callable[[], web.Response]) -> str:
        async def handle(_: web.Request) -> web.Response:
            return answer()

        app = web.Application()
        app.router.add_get("/{path:.*}", handle)
        servers.append(TestServer(app))
        await servers[-1].start_server()
        return str(servers[-1].make_url("")).rstrip("/")

    yield start
    for server in servers:
        await server.close()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda: web.Response(status=403), "it answered 403 Forbidden, so a policy refuses it"),
        (lambda: web.Response(status=502), "it answered 502 Bad Gateway"),
        (lambda: web.json_response({"status": "error"}), "what it answers is not what Prometheus"),
        (lambda: web.Response(text="hello", content_type="application/json"), "what it answers is not what Prometheus"),
    ],
)
async def test_who_is_no_prometheus_is_said_not_to_answer(
    serve: Serve, answer: Callable[[], web.Response], why: str
) -> None:
    measured = await measure("there", await serve(answer), "run", [], [])
    assert measured.version.hidden.startswith(f"Prometheus at there does not answer: {why}")
    assert measured.targets.hidden == measured.version.hidden


async def test_where_nobody_listens_nobody_answers(unused_tcp_port: int) -> None:
    measured = await measure("there", f"http://127.0.0.1:{unused_tcp_port}", "run", [], [])
    assert "Cannot connect" in measured.version.hidden
