"""Envoy's counters in Linkerd's words: the command and the scrape configuration of the embedded Prometheus. Pure.

A series keeps its Envoy name in the label `envoy` where two of them become one Linkerd metric, because two series
may not share an identity; a query that sums does not notice. Requests are counted when they set out
(`upstream_rq_total`), and those that found no connection, which Envoy counts elsewhere, are added: an answer that
never comes leaves the share of answers below one. The Envoy names are the label-extracted ones of its
/stats/prometheus.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Linkerd's classification of gRPC status codes: unknown, deadline exceeded, permission denied, internal,
# unavailable, data loss.
GRPC_FAILURES = "2|4|7|13|14|15"


def command(binary: Path | str, config: Path, data: Path, port: int) -> tuple[str, ...]:
    """Reading is all that its web interface allows, and a page of another origin may not even do that."""
    own = rf"http://(127\.0\.0\.1|localhost):{port}"
    return (
        str(binary),
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=6h",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--web.cors.origin={own}",
        "--log.level=warn",
    )


def scrape_config(statistics_port: int, interval: str = "500ms") -> dict[str, Any]:
    """prometheus.yml as a value. `interval` is a Prometheus duration, well under a rollout's shortest window."""
    return {
        "global": {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": "15s"},
        "scrape_configs": [
            {
                "job_name": "data-plane",
                "metrics_path": "/stats/prometheus",
                "static_configs": [{"targets": [f"127.0.0.1:{statistics_port}"]}],
                "metric_relabel_configs": _relabelling(),
            }
        ],
    }


def _relabelling() -> list[dict[str, Any]]:
    http, grpc = r"[^/]+/[^/]+/[^/]+/http", r"[^/]+/[^/]+/[^/]+/grpc"
    keep = (
        r"envoy_cluster_upstream_rq_(total|pending_failure_eject)|envoy_cluster_upstream_rq"
        r"|envoy_cluster_upstream_rq_time_(bucket|sum|count)|envoy_cluster_grpc_\d+"
    )
    return [
        {"action": "keep", "source_labels": ["__name__"], "regex": keep},
        # requests
        _when("envoy_cluster_upstream_rq_(total|pending_failure_eject)", "envoy", "upstream_rq_$1"),
        _when("envoy_cluster_upstream_rq_(?:total|pending_failure_eject)", "__name__", "request_total"),
        # answers: by HTTP status, or by gRPC status, which hides in an HTTP 200
        {
            "action": "drop",
            "source_labels": ["__name__", "envoy_cluster_name"],
            "regex": f"envoy_cluster_upstream_rq;{grpc}",
        },
        {
            "action": "drop",
            "source_labels": ["__name__", "envoy_cluster_name"],
            "regex": rf"envoy_cluster_grpc_\d+;{http}",
        },
        _when(r"envoy_cluster_grpc_(\d+)", "grpc_status", "$1"),
        _when(r"envoy_cluster_grpc_\d+", "status_code", "200"),
        _when(
            "envoy_cluster_upstream_rq;(.+)",
            "status_code",
            "$1",
            source=["__name__", "envoy_response_code"],
        ),
        _when(r"envoy_cluster_upstream_rq|envoy_cluster_grpc_\d+", "classification", "success"),
        _when("envoy_cluster_upstream_rq;5..", "classification", "failure", source=["__name__", "status_code"]),
        _when(
            rf"envoy_cluster_grpc_\d+;(?:{GRPC_FAILURES})",
            "classification",
            "failure",
            source=["__name__", "grpc_status"],
        ),
        _when(r"envoy_cluster_upstream_rq|envoy_cluster_grpc_\d+", "__name__", "response_total"),
        # latency: the bounds are Linkerd's already, in milliseconds
        _when("envoy_cluster_upstream_rq_time_(bucket|sum|count)", "__name__", "response_latency_ms_$1"),
        # who: the cluster's name carries namespace, workload and pod template hash
        *_identity(),
        {"action": "labeldrop", "regex": "envoy_cluster_name|envoy_response_code"},
    ]


def _identity() -> list[dict[str, Any]]:
    parts = (
        ("namespace", "$1"),
        ("app", "$2"),
        ("rollouts_pod_template_hash", "$3"),
        ("replicaset", "$2-$3"),
    )
    by_name = [
        _when(r"([^/]+)/([^/]+)/([^/]+)/\w+", label, value, source=["envoy_cluster_name"]) for label, value in parts
    ]
    # Counted on the canary's inbound side, on the app's port; probes and scrapes never come this way.
    constants: Sequence[tuple[str, str]] = (
        ("direction", "inbound"),
        ("target_port", "8000"),
        ("route_name", "default"),
    )
    return by_name + [_when(".+", label, value, source=["envoy_cluster_name"]) for label, value in constants]


def _when(regex: str, target: str, value: str, source: Sequence[str] = ("__name__",)) -> dict[str, Any]:
    return {"source_labels": list(source), "regex": regex, "target_label": target, "replacement": value}
