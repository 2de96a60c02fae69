"""The job linkerd-proxy of manifests/monitoring in a real Prometheus, before pages as Linkerd's proxies write them.

Names and labels are those that were seen on a real Linkerd; numbers are made up.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import yaml

from manifests import BASE, LINKERD, MONITORING
from platforms.embedded.manifests.reading import Manifests
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.processes import Processes
from platforms.embedded.prometheus.signals import MESH
from seam.documents import documents
from tests.platforms.asked_prometheus import Prometheus, running, scraped, shipped_config, shipped_query

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

# Far from zero, so that Prometheus extrapolates every increase in the same way.
START = 1_000_000
HASH = "5d4f8c7b9"
ARGUMENTS = {"canary_hash": HASH, "stable_hash": "7c9d8b6f5", "window": "6s"}
NOISE = (
    "process_cpu_seconds_total 12",
    'stack_create_total{direction="inbound",name="http-server"} 3',
    'outbound_http_route_request_frame_size_bytes_bucket{parent_name="smiley",le="128.0"} 5',
    'rust_info{version="1"} 1',
)
Labels = Mapping[str, str]


def line(name: str, value: float, **labels: str) -> str:
    inside = ",".join(f'{label}="{text}"' for label, text in labels.items())
    return f"{name}{{{inside}}} {value}"


def canary_page(scrape: int) -> str:
    """The proxy of smiley's canary: of 10 requests a scrape, 8 are answered well and 2 are 500; 5 more are denied."""
    app = {
        "direction": "inbound",
        "target_addr": "10.244.0.7:8000",
        "target_ip": "10.244.0.7",
        "target_port": "8000",
        "tls": "true",
        "client_id": "face.faces.serviceaccount.identity.linkerd.cluster.local",
        "srv_group": "policy.linkerd.io",
        "srv_kind": "server",
        "srv_name": "smiley",
        "srv_port": "8000",
        "route_group": "",
        "route_kind": "default",
        "route_name": "default",
    }
    authorized = {"authz_group": "policy.linkerd.io", "authz_kind": "authorizationpolicy", "authz_name": "smiley"}
    scrapes = {**app, "target_addr": "0.0.0.0:4191", "target_port": "4191", "tls": "no_identity", "srv_kind": "default"}
    probes = {**app, "target_port": "8001", "tls": "no_identity", "route_name": "probe", "authz_name": "probe"}
    unnamed = {name: value for name, value in app.items() if name != "direction"}
    lines = [
        line("request_total", START + 10 * scrape, **app, **authorized),
        line("response_total", START + 8 * scrape, **app, **authorized, status_code="200", classification="success"),
        line("response_total", START + 2 * scrape, **app, **authorized, status_code="500", classification="failure"),
        line("inbound_http_authz_deny_total", START + 5 * scrape, **unnamed),
        line("control_identity_cert_expiration_timestamp_seconds", 2e9),
    ]
    for noise in (scrapes, probes):
        lines.append(line("request_total", START + 90 * scrape, **noise))
        lines.append(line("response_total", START + 90 * scrape, **noise, status_code="200", classification="success"))
    return "\n".join([*lines, *NOISE, ""])


def caller_page(scrape: int) -> str:
    """The proxy of a face: 30 of 100 calls of color go to its canary, by a GRPCRoute; half of those reach nobody."""
    route = {
        "parent_group": "core",
        "parent_kind": "Service",
        "parent_namespace": "faces",
        "parent_name": "color",
        "parent_port": "80",
        "parent_section_name": "",
        "route_group": "gateway.networking.k8s.io",
        "route_kind": "GRPCRoute",
        "route_namespace": "faces",
        "route_name": "color",
    }

    def backend(name: str) -> dict[str, str]:
        own = {"group": "core", "kind": "Service", "namespace": "faces", "name": name, "port": "80"}
        return {**route, **{f"backend_{part}": value for part, value in own.items()}}

    failed = {"grpc_status": "", "error": "FAIL_FAST"}
    statuses = "outbound_grpc_route_backend_response_statuses_total"
    lines = [
        line("outbound_grpc_route_backend_requests_total", START + 30 * scrape, **backend("color-canary")),
        line("outbound_grpc_route_backend_requests_total", START + 70 * scrape, **backend("color-stable")),
        line(statuses, START + 15 * scrape, **backend("color-canary"), **failed),
    ]
    return "\n".join([*lines, *NOISE, ""])


def pod(app: str, pod_hash: str) -> dict[str, str]:
    """What Kubernetes tells of a pod of a Rollout, as Linkerd and Argo Rollouts have labelled it."""
    labels = {
        "app": app,
        "rollouts_pod_template_hash": pod_hash,
        "linkerd_io_control_plane_ns": "linkerd",
        "linkerd_io_proxy_replicaset": f"{app}-{pod_hash}",
        "linkerd_io_workload_ns": "faces",
        # Somebody's own label must not take the place of what Kubernetes says.
        "namespace": "elsewhere",
    }
    return {
        "namespace": "faces",
        "pod_name": f"{app}-{pod_hash}-x2x4v",
        "pod_phase": "Running",
        **{f"pod_label_{name}": value for name, value in labels.items()},
    }


def discovered(port: int, known: Labels) -> Iterator[tuple[int, Labels]]:
    """Every port of every container of a pod; and once more the pod as it was before it ended."""
    admin = {"pod_container_name": "linkerd-proxy", "pod_container_port_name": "linkerd-admin"}
    yield port, {**known, **admin}
    yield port, {**known, "pod_container_name": "linkerd-proxy", "pod_container_port_name": "linkerd-proxy"}
    yield port, {**known, "pod_container_name": "smiley", "pod_container_port_name": "admin"}
    yield port, {**known, **admin, "pod_phase": "Succeeded", "pod_name": "ended"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prometheus(
    tmp_path_factory: pytest.TempPathFactory, processes: Processes, session: aiohttp.ClientSession, ports: PortBlock
) -> AsyncIterator[Prometheus]:
    async with AsyncExitStack() as stack:
        canary, caller = (stack.enter_context(scraped(page)) for page in (canary_page, caller_page))
        found = [*discovered(canary, pod("smiley", HASH)), *discovered(caller, pod("face", "aaa"))]
        config = shipped_config(tmp_path_factory.mktemp("prometheus"), "linkerd-proxy", found)
        asked = await stack.enter_async_context(running(config, ports.take(), processes, session))
        while (await asked.value("min(count_over_time(up[20s]))") or 0) < 8:
            await asyncio.sleep(0.1)
        yield asked


def query(manifests: Manifests, template: str, workload: str) -> str:
    services = {"canary_service": f"{workload}-canary", "stable_service": f"{workload}-stable"}
    return shipped_query(manifests, template, namespace="faces", **services, **ARGUMENTS)


async def test_each_pods_proxy_is_scraped_once_and_its_labels_are_those_of_linkerds_own_prometheus(
    prometheus: Prometheus,
) -> None:
    await prometheus.check_scrapes()
    found = [
        {name: value for name, value in up.items() if name != "instance"} for up, _ in await prometheus.query("up")
    ]
    own = {"__name__": "up", "job": "linkerd-proxy", "namespace": "faces"}
    mesh = {"control_plane_ns": "linkerd", "workload_ns": "faces"}
    assert sorted(found, key=lambda up: up["app"]) == [
        {
            **own,
            **mesh,
            "app": app,
            "pod": f"{app}-{pod_hash}-x2x4v",
            "replicaset": f"{app}-{pod_hash}",
            "rollouts_pod_template_hash": pod_hash,
        }
        for app, pod_hash in (("face", "aaa"), ("smiley", HASH))
    ]


async def test_a_proxys_own_affairs_are_left_out(prometheus: Prometheus) -> None:
    assert await prometheus.names() == {
        *("request_total", "response_total", "inbound_http_authz_deny_total"),
        *("outbound_grpc_route_backend_requests_total", "outbound_grpc_route_backend_response_statuses_total"),
        "control_identity_cert_expiration_timestamp_seconds",
    }


def kept() -> re.Pattern[str]:
    (job,) = (one for one in shipped()["scrape_configs"] if one["job_name"] == "linkerd-proxy")
    (rule,) = job["metric_relabel_configs"]
    return re.compile(rule["regex"])


def shipped() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    return read


async def test_whatever_the_embedded_mesh_measures_is_kept_of_a_real_one_by_either_name() -> None:
    """A template that is measured there has to be measured here."""
    both = {name.replace("_http_", f"_{protocol}_") for name in MESH.series for protocol in ("http", "grpc")}
    assert {name for name in both if not kept().fullmatch(name)} == set()


async def test_the_proxies_of_every_workload_are_discovered_and_nobody_elses() -> None:
    (job,) = (one for one in shipped()["scrape_configs"] if one["job_name"] == "linkerd-proxy")
    (discovery,) = job["kubernetes_sd_configs"]
    (selector,) = discovery["selectors"]
    workloads = {
        one["metadata"]["name"] for file in BASE.glob("*.yaml") for one in documents(file) if one["kind"] == "Rollout"
    }
    assert len(workloads) == 4
    found = re.fullmatch(r"linkerd\.io/control-plane-ns,app in \((.+)\)", selector["label"])
    assert found is not None
    assert set(found[1].split(", ")) == workloads
    assert (LINKERD / "kustomization.yaml").is_file()


@pytest.mark.parametrize(
    ("template", "workload", "value"),
    [
        ("success-rate", "smiley", 0.8),  # the noise alone would make it 0.99
        ("denials", "smiley", 5 / 15),
        ("canary-share", "color", 0.3),
        ("unreachable", "color", 0.5),
        ("canary-share", "smiley", None),  # nobody called it
    ],
)
async def test_the_shipped_templates_read_what_the_proxies_count(
    prometheus: Prometheus, manifests: Manifests, template: str, workload: str, value: float | None
) -> None:
    measured = await prometheus.value(query(manifests, template, workload))
    assert measured == (None if value is None else pytest.approx(value, abs=1e-3))
