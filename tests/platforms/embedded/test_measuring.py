from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from platforms.embedded.manifests import Manifests, load
from platforms.embedded.measuring import queries_of
from platforms.embedded.prometheus.signals import MESH
from platforms.measuring import Query, wanted_series
from platforms.signals import check_signals
from seam.errors import UserError

Documents = dict[str, list[dict[str, Any]]]
WriteFolder = Callable[[Documents], Path]
HOSTS = ("prometheus.monitoring",)


def test_the_shipped_templates_ask_for_the_series_of_the_data_plane(manifests: Manifests) -> None:
    wanted = wanted_series(queries_of(manifests, HOSTS))
    assert {(template, metric, series.name) for template, metric, series in wanted} == {
        ("success-rate", "success-rate", "response_total"),
        ("success-rate", "success-rate", "request_total"),
        ("latency", "latency-p99-ms", "response_latency_ms_bucket"),
        ("slow-bodies", "slow-bodies", "inbound_(http|grpc)_response_duration_seconds_bucket"),
        ("unreachable", "unreachable", "outbound_(http|grpc)_route_backend_response_statuses_total"),
        ("unreachable", "unreachable", "outbound_(http|grpc)_route_backend_requests_total"),
        ("canary-share", "canary-share", "outbound_(http|grpc)_route_backend_requests_total"),
        ("denials", "denied", "inbound_http_authz_deny_total"),
        ("denials", "denied", "request_total"),
        ("certificate", "certificate-left", "control_identity_cert_expiration_timestamp_seconds"),
        ("promotion-gate", "gate", "response_total"),
        ("promotion-gate", "gate", "request_total"),
    }
    rare = {series.name for *_, series in wanted if series.optional}
    assert rare >= {"inbound_http_authz_deny_total", "outbound_(http|grpc)_route_backend_response_statuses_total"}
    assert {series.namespace for *_, series in wanted} == {"namespace", "parent_namespace"}


def test_the_embedded_mesh_measures_what_any_shipped_template_asks_for(manifests: Manifests) -> None:
    every = [(template.name, metric) for template in manifests.templates.values() for metric in template.metrics]
    asked = [Query(name, one.name, one.provider.prometheus.query) for name, one in every if one.provider.prometheus]
    assert len(asked) == len(every)
    check_signals(asked, MESH)


@pytest.mark.parametrize("name", ["inbound_http_local_ratelimit_total", "respones_total", "request_totals"])
def test_what_the_embedded_mesh_never_measures_is_refused_by_template_and_metric(name: str) -> None:
    query = Query("own", "rate", f"sum(rate({name}[1m])) or vector(0)")
    refused = rf"^AnalysisTemplate own: metric rate asks for {name}, which the embedded mesh does not measure; it has "
    with pytest.raises(UserError, match=refused):
        check_signals([query], MESH)
    check_signals([Query("own", "rate", "up + scrape_duration_seconds")], MESH)


def every_template(shipped: Documents) -> list[dict[str, Any]]:
    return [one for content in shipped.values() for one in content if one["kind"] == "AnalysisTemplate"]


def test_what_is_asked_of_another_prometheus_is_not_waited_for_in_this_one(
    shipped: Documents, write_folder: WriteFolder
) -> None:
    for template in (one for one in every_template(shipped) if one["metadata"]["name"] != "promotion-gate"):
        args = template["spec"].get("args", [{"name": "prometheus"}])
        next(arg for arg in args if arg["name"] == "prometheus")["value"] = "http://thanos.example:9090"
    queries = queries_of(load(write_folder(shipped), lambda: "a-token"), HOSTS)
    assert [query.template for query in queries] == ["promotion-gate"]


def test_a_metric_without_an_address_is_asked_of_the_runs_own(shipped: Documents, write_folder: WriteFolder) -> None:
    del shipped["analysis/success-rate.yaml"][0]["spec"]["metrics"][0]["provider"]["prometheus"]["address"]
    queries = queries_of(load(write_folder(shipped), lambda: "a-token"), ())
    assert [query.template for query in queries] == ["success-rate"]


def test_a_template_that_no_rollout_uses_is_not_waited_for(shipped: Documents, write_folder: WriteFolder) -> None:
    query = shipped["analysis/traffic-floor.yaml"][0]["spec"]["metrics"][0]["provider"]["prometheus"]
    query["query"] = "nobody_has_this"
    manifests = load(write_folder(shipped), lambda: "a-token")
    assert "traffic-floor" in manifests.templates
    assert "traffic-floor" not in {query.template for query in queries_of(manifests, HOSTS)}
