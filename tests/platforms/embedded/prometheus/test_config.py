import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import aiohttp
import pytest
import pytest_asyncio

from platforms.embedded.manifests.reading import Manifests
from platforms.embedded.mesh.measures import LATENCY_BOUNDS_MS
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import Processes
from platforms.embedded.prometheus.config import scrape_config
from tests.platforms.asked_prometheus import Prometheus, running, scraped, shipped_query

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

# Far from zero, so that Prometheus extrapolates every increase in the same way.
START = 1_000_000
Codes = dict[str, int]


@dataclass(frozen=True)
class Replicas:
    """One ReplicaSet, and what becomes of its counters between two scrapes."""

    pod_hash: str
    requests: int = 0
    codes: Codes = field(default_factory=dict)
    grpc: Codes = field(default_factory=dict)
    cut: int = 0
    slow: int = 0

    def page(self, scrape: int) -> Iterator[str]:
        """Its part of Envoy's /stats/prometheus, as the inbound side's loggers count."""
        yield self._line("request_total", scrape * self.requests)
        for code, step in self.codes.items():
            yield self._line("response_total", scrape * step, status_code=code, envoy="-")
        for code, step in self.grpc.items():
            yield self._line("response_total", scrape * step, status_code="200", grpc_status=code, envoy="-")
        if self.cut:
            yield self._line("response_total", scrape * self.cut, status_code="200", envoy="UPE")
        answered = sum(self.codes.values()) + sum(self.grpc.values())
        for bound in (*map(str, LATENCY_BOUNDS_MS), "+Inf"):
            below = answered - self.slow if bound != "+Inf" and float(bound) <= 500 else answered
            yield self._line("response_latency_ms_bucket", scrape * below, status_code="200", le=bound)
        yield self._line("response_latency_ms_sum", scrape * answered * 3, status_code="200")
        yield self._line("response_latency_ms_count", scrape * answered, status_code="200")

    def _line(self, name: str, value: int, **labels: str) -> str:
        text = ",".join(f'{label}="{value}"' for label, value in (self.identity | labels).items())
        return f"envoy_mesh_{name}{{{text}}} {START + value}"

    @property
    def identity(self) -> dict[str, str]:
        return {
            "namespace": "faces",
            "app": "smiley",
            "pod": f"smiley-{self.pod_hash}-x",
            "rollouts_pod_template_hash": self.pod_hash,
            "replicaset": f"smiley-{self.pod_hash}",
            "direction": "inbound",
            "route_name": "default",
            "target_port": "8000",
        }


MIXED = Replicas("mixed", 10, codes={"200": 6, "404": 1, "500": 2, "503": 1})
GRPC = Replicas("grpc", 10, grpc={"0": 6, "5": 1, "13": 2, "14": 1})
GOOD = Replicas("good", 10, codes={"200": 10})
SLOW = Replicas("slow", 10, codes={"200": 10}, slow=1)
HUNG = Replicas("hung", 10)
REFUSED = Replicas("refused", 10, codes={"502": 10})
CUT = Replicas("cut", 10, codes={"200": 5}, cut=5)
IDLE = Replicas("idle", 0, codes={"200": 0})
ALL = (MIXED, GRPC, GOOD, SLOW, HUNG, REFUSED, CUT, IDLE)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prometheus(
    tmp_path_factory: pytest.TempPathFactory, processes: Processes, session: aiohttp.ClientSession, ports: PortBlock
) -> AsyncIterator[Prometheus]:
    def stats(scrape: int) -> str:
        lines = [line for replicas in ALL for line in replicas.page(scrape)]
        return "\n".join(["# TYPE envoy_mesh_request_total counter", *lines, ""])

    config = tmp_path_factory.mktemp("prometheus") / "prometheus.yml"
    with scraped(stats) as target:
        config.write_text(json.dumps(scrape_config(target, "500ms")))
        async with running(config, ports.take(), processes, session) as asked:
            while await asked.value("sum(increase(request_total[15s])) > 300") is None:
                await asyncio.sleep(0.05)
            yield asked


async def labels(prometheus: Prometheus, metric: str, pod_hash: str) -> list[dict[str, str]]:
    found = await prometheus.query(f'last_over_time({metric}{{rollouts_pod_template_hash="{pod_hash}"}}[30s])')
    return [{key: value for key, value in series.items() if key != "instance"} for series, _ in found]


async def test_the_scrape_is_healthy_and_no_two_series_became_one(prometheus: Prometheus) -> None:
    await prometheus.check_scrapes()


async def test_only_linkerds_words_are_kept(prometheus: Prometheus) -> None:
    latency = {f"response_latency_ms_{part}" for part in ("bucket", "sum", "count")}
    assert await prometheus.names() == {"request_total", "response_total"} | latency


async def test_http_answers_are_classified_by_their_status(prometheus: Prometheus) -> None:
    found = await labels(prometheus, "response_total", "mixed")
    classes = {"200": "success", "404": "success", "500": "failure", "503": "failure"}
    assert {series["status_code"]: series["classification"] for series in found} == classes
    assert len(found) == 4
    ok = next(series for series in found if series["status_code"] == "200")
    assert ok == {
        "__name__": "response_total",
        "status_code": "200",
        "classification": "success",
        "envoy": "-",
        "job": "data-plane",
        **MIXED.identity,
    }


async def test_grpc_answers_are_classified_by_the_status_that_hides_in_http_200(prometheus: Prometheus) -> None:
    found = await labels(prometheus, "response_total", "grpc")
    classes = {"0": "success", "5": "success", "13": "failure", "14": "failure"}
    assert {series["grpc_status"]: series["classification"] for series in found} == classes
    assert {series["status_code"] for series in found} == {"200"}
    assert len(found) == 4


async def test_latencies_have_linkerds_labels_and_bounds(prometheus: Prometheus) -> None:
    found = await labels(prometheus, "response_latency_ms_bucket", "mixed")
    assert {series.pop("le") for series in found} == {*map(str, LATENCY_BOUNDS_MS), "+Inf"}
    common = {"job": "data-plane", "status_code": "200", **MIXED.identity}
    assert all(series == {"__name__": "response_latency_ms_bucket", **common} for series in found)
    for part in ("sum", "count"):
        (series,) = await labels(prometheus, f"response_latency_ms_{part}", "mixed")
        assert series == {"__name__": f"response_latency_ms_{part}", **common}


async def test_an_answer_that_was_cut_is_a_failure_whatever_its_status(prometheus: Prometheus) -> None:
    found = await labels(prometheus, "response_total", "cut")
    assert {(one["classification"], one.get("error", "")) for one in found} == {
        ("success", ""),
        ("failure", "unclassified"),
    }


def query(manifests: Manifests, template: str, pod_hash: str) -> str:
    args = {"namespace": "faces", "canary_hash": pod_hash, "canary_service": "smiley-canary"}
    return shipped_query(manifests, template, **args)


@pytest.mark.parametrize("template", ["success-rate", "promotion-gate"])
@pytest.mark.parametrize(
    ("replicas", "share"),
    [(GOOD, 1.0), (MIXED, 0.7), (GRPC, 0.7), (HUNG, 0.0), (REFUSED, 0.0), (CUT, 0.5), (IDLE, None)],
    ids=lambda value: value.pod_hash if isinstance(value, Replicas) else "",
)
async def test_the_shipped_success_rate_is_what_was_answered_well_of_all_that_was_asked(
    prometheus: Prometheus, manifests: Manifests, template: str, replicas: Replicas, share: float | None
) -> None:
    measured = await prometheus.value(query(manifests, template, replicas.pod_hash))
    assert measured == (None if share is None else pytest.approx(share, abs=1e-3))


async def test_the_shipped_success_rate_says_nothing_of_a_canary_that_was_never_seen(
    prometheus: Prometheus, manifests: Manifests
) -> None:
    assert await prometheus.value(query(manifests, "success-rate", "unheard-of")) is None


@pytest.mark.parametrize(
    ("replicas", "good"), [(GOOD, True), (SLOW, False), (IDLE, None)], ids=lambda v: getattr(v, "pod_hash", "")
)
async def test_the_shipped_latency_tells_one_slow_answer_in_ten_from_none(
    prometheus: Prometheus,
    manifests: Manifests,
    replicas: Replicas,
    good: bool | None,  # noqa: FBT001
) -> None:
    measured = await prometheus.value(query(manifests, "latency-p99", replicas.pod_hash))
    assert (None if measured is None else measured <= 500) is good


async def test_a_page_of_another_origin_may_not_read_what_prometheus_says(prometheus: Prometheus) -> None:
    address = f"{prometheus.url}/api/v1/query?query=up"
    for origin, allowed in (("http://elsewhere.example", False), ("null", False), (prometheus.url, True)):
        async with prometheus.session.get(address, headers={"Origin": origin}) as answer:
            assert ("Access-Control-Allow-Origin" in answer.headers) is allowed, origin


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/-/quit"),
        ("POST", "/-/reload"),
        ("POST", "/api/v1/admin/tsdb/snapshot"),
        ("POST", '/api/v1/admin/tsdb/delete_series?match[]={__name__=~".+"}'),
        ("POST", "/api/v1/write"),
    ],
)
async def test_nobody_can_end_prometheus_or_change_its_data(prometheus: Prometheus, method: str, path: str) -> None:
    async with prometheus.session.request(method, f"{prometheus.url}{path}") as answer:
        assert answer.status >= 400
    assert await prometheus.names()
