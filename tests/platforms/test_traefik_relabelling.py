"""manifests/monitoring in a real Prometheus, before pages as Traefik writes them."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
import yaml

from manifests import TRAEFIK
from platforms.embedded.manifests.reading import Manifests
from platforms.embedded.mesh.measures import LATENCY_BOUNDS_MS
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import Processes
from platforms.signals import ANNOTATION
from seam.documents import documents
from tests.platforms.asked_prometheus import Prometheus, running, scraped, shipped_config, shipped_query

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

# Far from zero, so that Prometheus extrapolates every increase in the same way.
START = 1_000_000


@dataclass(frozen=True)
class Backend:
    """A Service behind Traefik: the requests that end between two scrapes, by code; `slow` of them take a second."""

    codes: Mapping[str, int]
    protocol: str = "http"
    slow: int = 0

    def page(self, service: str, bounds: list[str], scrape: int, start: int) -> Iterator[str]:
        method = "POST" if self.protocol == "grpc" else "GET"
        for code, step in self.codes.items():
            own = f'code="{code}",method="{method}",protocol="{self.protocol}",service="{service}@kubernetescrd"'
            count = start + scrape * step
            yield f"traefik_service_requests_total{{{own}}} {count}"
            yield f"traefik_service_responses_bytes_total{{{own}}} {count * 442}"
            for bound in bounds:
                below = count - scrape * self.slow if bound != "+Inf" and float(bound) <= 0.5 else count
                yield f'traefik_service_request_duration_seconds_bucket{{{own},le="{bound}"}} {below}'
            yield f"traefik_service_request_duration_seconds_sum{{{own}}} {count * 0.003}"
            yield f"traefik_service_request_duration_seconds_count{{{own}}} {count}"


@dataclass(frozen=True)
class Run:
    """One namespace with its Traefik; `restarts` is after how many scrapes it starts anew, from zero."""

    namespace: str
    backends: Mapping[str, Backend]
    restarts: int = 0
    whole_seconds: str = ""

    def page(self, scrape: int) -> str:
        bounds = [text + self.whole_seconds if text.isdigit() else text for text in shipped_bounds()]
        since, start = (scrape % self.restarts + 1, 0) if self.restarts else (scrape, START)
        lines = ["# TYPE traefik_service_requests_total counter", "traefik_config_reloads_total 7"]
        for service, backend in self.backends.items():
            lines += backend.page(f"{self.namespace}-{service}-80", [*bounds, "+Inf"], since, start)
        return "\n".join([*lines, ""])


def shipped_bounds() -> list[str]:
    """The bounds of Traefik's histogram, as its argument has them."""
    (deployment,) = (
        document
        for document in yaml.safe_load_all((TRAEFIK / "traefik.yaml").read_text())
        if document["kind"] == "Deployment"
    )
    option = "--metrics.prometheus.buckets="
    (found,) = (
        argument.removeprefix(option)
        for argument in deployment["spec"]["template"]["spec"]["containers"][0]["args"]
        if argument.startswith(option)
    )
    return str(found).split(",")


STABLE = Backend({"200": 20})
RUNS = (
    Run(
        "faces",
        {
            "smiley-stable": STABLE,
            "smiley-canary": Backend({"200": 6, "404": 1, "500": 2, "502": 1}),
            "face-canary": Backend({"200": 10}, slow=1),
            "color-canary": Backend({"0": 6, "5": 1, "13": 2, "2": 1}, "grpc"),
            # A router that leads to a Service, without a split.
            "faces-a431b128267aabc954fd": STABLE,
        },
    ),
    Run(
        "faces-smiley",  # a name to be mistaken
        {
            "smiley-stable": STABLE,
            "smiley-canary": Backend({"200": 5, "499": 5}),
            "face-canary": Backend({"499": 10}, slow=10),
            "color-canary": Backend({"2": 10}, "grpc", slow=10),
        },
        whole_seconds=".0",  # as Prometheus 3 spells them
    ),
    Run(
        "restarting",
        {
            "smiley-canary": Backend({"200": 8, "500": 2}),
            "face-canary": Backend({"200": 10}),
            "color-canary": Backend({"0": 0}, "grpc"),
        },
        restarts=5,
    ),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prometheus(
    tmp_path_factory: pytest.TempPathFactory, processes: Processes, session: aiohttp.ClientSession, ports: PortBlock
) -> AsyncIterator[Prometheus]:
    folder = tmp_path_factory.mktemp("prometheus")
    async with AsyncExitStack() as stack:
        # Each of these Traefiks counts on with each scrape.
        targets = {run.namespace: stack.enter_context(scraped(run.page)) for run in RUNS}
        config = write_config(folder, targets)
        asked = await stack.enter_async_context(running(config, ports.take(), processes, session))
        while await asked.value('sum(increase(request_total{namespace="faces"}[15s])) > 400') is None:
            await asyncio.sleep(0.05)
        yield asked


def write_config(folder: Path, targets: Mapping[str, int]) -> Path:
    """The shipped files, with what Kubernetes would have told about the pods."""
    found = [
        (port, {"namespace": namespace, "pod_name": "traefik-0", "pod_container_port_name": name})
        for namespace, port in targets.items()
        for name in ("metrics", "web")
    ]
    return shipped_config(folder, "traefik", found)


def query(manifests: Manifests, template: str, namespace: str, workload: str) -> str:
    services = {"canary_service": f"{workload}-canary", "stable_service": f"{workload}-stable"}
    hashes = {"canary_hash": "5d4f8c7b9", "stable_hash": "7c9d8b6f5"}
    return shipped_query(manifests, template, namespace=namespace, **services, **hashes)


def identity(dst_service: str) -> dict[str, str]:
    return {
        "job": "traefik",
        "namespace": "faces",
        "pod": "traefik-0",
        "app": dst_service.partition("-")[0],
        "dst_service": dst_service,
        "rollouts_pod_template_hash": dst_service,
        "direction": "inbound",
        "route_name": "default",
        "target_port": "8000",
    }


async def labels(prometheus: Prometheus, metric: str, service: str) -> list[dict[str, str]]:
    found = await prometheus.query(f'last_over_time({metric}{{namespace="faces",dst_service="{service}"}}[30s])')
    return [{key: value for key, value in series.items() if key != "instance"} for series, _ in found]


async def test_each_traefik_is_scraped_once_and_no_two_series_became_one(prometheus: Prometheus) -> None:
    await prometheus.check_scrapes()
    assert await prometheus.value("count(up)") == len(RUNS)


async def test_only_what_rules_are_made_of_is_kept_beside_linkerds_words(prometheus: Prometheus) -> None:
    assert await prometheus.names() == {
        *("request_total", "response_total", "response_latency_ms_bucket"),
        *("traefik_service_requests_total", "traefik:service_requests:snapshot"),
    }


async def test_the_overlay_says_of_traefik_what_is_measured_of_it(prometheus: Prometheus) -> None:
    (deployment,) = (one for one in documents(TRAEFIK / "traefik.yaml") if one["kind"] == "Deployment")
    said = set(deployment["metadata"]["annotations"][ANNOTATION].split())
    assert said == {name for name in await prometheus.names() if "traefik" not in name}


async def test_only_what_went_to_stable_or_canary_counts(prometheus: Prometheus) -> None:
    found = await prometheus.query('sum by (dst_service) (last_over_time(request_total{namespace="faces"}[30s]))')
    services = {series["dst_service"] for series, _ in found}
    assert services == {"smiley-stable", "smiley-canary", "face-canary", "color-canary"}


async def test_all_requests_to_a_service_are_one_series_whatever_became_of_them(prometheus: Prometheus) -> None:
    for service in ("smiley-canary", "color-canary"):
        found = await labels(prometheus, "request_total", service)
        assert found == [{"__name__": "request_total", **identity(service)}]


async def test_http_answers_are_classified_by_their_status(prometheus: Prometheus) -> None:
    found = await labels(prometheus, "response_total", "smiley-canary")
    classes = {"200": "success", "404": "success", "500": "failure", "502": "failure"}
    assert {series["status_code"]: series["classification"] for series in found} == classes
    assert len(found) == 4
    ok = next(series for series in found if series["status_code"] == "200")
    assert ok == {
        "__name__": "response_total",
        "status_code": "200",
        "classification": "success",
        **identity("smiley-canary"),
    }


async def test_grpc_answers_are_classified_by_their_status_and_unknown_is_no_success(prometheus: Prometheus) -> None:
    found = await labels(prometheus, "response_total", "color-canary")
    classes = {"0": "success", "5": "success", "13": "failure", "2": "failure"}
    assert {series["grpc_status"]: series["classification"] for series in found} == classes
    assert not [series for series in found if "status_code" in series]


@pytest.mark.parametrize("namespace", ["faces", "faces-smiley"])
async def test_traefiks_bounds_are_linkerds_in_milliseconds(prometheus: Prometheus, namespace: str) -> None:
    selector = f'response_latency_ms_bucket{{namespace="{namespace}",dst_service="smiley-canary"}}'
    found = await prometheus.query(f"count by (le) (last_over_time({selector}[30s]))")
    expected = [bound for bound in LATENCY_BOUNDS_MS if bound <= 10_000]
    assert {series["le"] for series, _ in found} == {*map(str, expected), "+Inf"}


async def test_a_latency_has_linkerds_labels(prometheus: Prometheus) -> None:
    found = await labels(prometheus, "response_latency_ms_bucket", "face-canary")
    own = {"status_code": "200", "method": "GET", "protocol": "http"}
    expected = {"__name__": "response_latency_ms_bucket", **identity("face-canary"), **own}
    assert all({key: series[key] for key in series if key != "le"} == expected for series in found)


@pytest.mark.parametrize("template", ["success-rate", "promotion-gate"])
@pytest.mark.parametrize(
    ("namespace", "workload", "share"),
    [
        ("faces", "smiley", 0.7),
        ("faces", "face", 1.0),
        ("faces", "color", 0.7),
        ("faces-smiley", "smiley", 0.5),  # every second one hung
        ("faces-smiley", "face", 0.0),  # all of them hung
        ("faces-smiley", "color", 0.0),
        ("restarting", "smiley", 0.8),
        ("restarting", "color", None),
        ("elsewhere", "smiley", None),
    ],
)
async def test_the_shipped_success_rate_is_what_was_answered_well_of_all_that_was_asked(
    prometheus: Prometheus, manifests: Manifests, template: str, namespace: str, workload: str, share: float | None
) -> None:
    measured = await prometheus.value(query(manifests, template, namespace, workload))
    assert measured == (None if share is None else pytest.approx(share, abs=1e-3))


@pytest.mark.parametrize(
    ("namespace", "workload", "good"),
    [("restarting", "face", True), ("faces", "smiley", True), ("faces", "face", False), ("restarting", "color", None)],
)
async def test_the_shipped_latency_tells_one_slow_answer_in_ten_from_none(
    prometheus: Prometheus,
    manifests: Manifests,
    namespace: str,
    workload: str,
    good: bool | None,  # noqa: FBT001
) -> None:
    measured = await prometheus.value(query(manifests, "latency-p99", namespace, workload))
    assert (None if measured is None else measured <= 500) is good


async def test_the_shipped_verdict_on_latency_compares_with_stable_where_there_is_one(
    prometheus: Prometheus, manifests: Manifests
) -> None:
    (canary, stable) = await prometheus.query(query(manifests, "latency", "faces", "smiley"))
    assert (canary[0], stable[0]) == ({}, {"of": "stable"})
    ((_, alone),) = await prometheus.query(query(manifests, "latency", "faces", "face"))
    assert alone > 500


@pytest.mark.parametrize("workload", ["face", "color"])
async def test_a_hang_is_no_slow_answer(prometheus: Prometheus, manifests: Manifests, workload: str) -> None:
    assert await prometheus.value(query(manifests, "latency-p99", "faces-smiley", workload)) is None


async def test_a_restart_of_traefik_loses_no_request_and_invents_none(prometheus: Prometheus) -> None:
    increase = 'sum(increase(request_total{{namespace="{}",dst_service="smiley-canary"}}[5s]))'
    share = f"{increase.format('restarting')} / {increase.format('faces')}"
    # A scrape that a busy machine has left out is missed by the one that starts anew, and by the other is not.
    while not (found := await prometheus.value(share)) or abs(found - 1) > 0.2:
        await asyncio.sleep(0.2)


async def test_what_was_requested_and_what_was_answered_are_of_one_moment(prometheus: Prometheus) -> None:
    total = 'sum({}_total{{namespace="faces"}})'
    apart = f"abs({total.format('request')} - {total.format('response')})"
    assert await prometheus.value(f"max_over_time(({apart})[10s:100ms])") == 0
