"""The mesh's counters in Linkerd's words: the command and the scrape configuration of the embedded Prometheus. Pure.

Most of what is scraped has Linkerd's name and labels already (mesh/measures.py). Here success is told from failure, and
Envoy's own counters of connections, retries and certificates get their names. Where two of Envoy's become one of
Linkerd's, the label `envoy` keeps them apart, because two series may not share an identity; a query that sums does
not notice. docs/signals.md names what is left out.
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
    return [*_named(), *_judged(), *_durations(), *_connections(), *_retries(), *_certificates(), *_who(), *_done()]


_INBOUND = r"inbound/([^/]+)/([^/]+)/([^/]*)/([^/]+)"
_HOP = r"outbound/([^/]+)/([^/]+)/([^/]*)/([^/]+)/([^/]+)/([^/]+)"
_ANSWERS = "response_total|outbound_http_route_(?:backend_response|request)_statuses_total"


def _named() -> list[dict[str, Any]]:
    keep = (
        r"envoy_mesh_.+|envoy_cluster_upstream_(cx_(total|destroy|active|connect_fail)"
        r"|rq_retry(_success|_limit_exceeded)?)"
        r"|envoy_listener_(downstream_cx_(total|destroy|active)|ssl_connection_error"
        r"|ssl_certificate_expiration_unix_time_seconds)"
    )
    return [
        {"action": "keep", "source_labels": ["__name__"], "regex": keep},
        _when("envoy_mesh_(.+)", "__name__", "$1"),
    ]


def _judged() -> list[dict[str, Any]]:
    """Answers and what became of them. Flags are Envoy's: why it answered itself, or cut a stream."""
    flags = ["__name__", "envoy"]
    status, route = ["__name__", "envoy", "status_code"], ["__name__", "envoy", "http_status"]
    unreached, late, cut = r".*(?:UF|UH|UO).*", r".*UT.*", r".*(?:UPE|UR|UC|LR).*"
    return [
        # The caller went away before there was an answer: nobody can say how it would have been.
        _drop(f"(?:{_ANSWERS});-;0", status),
        _drop(f"(?:{_ANSWERS});.*DC.*;0", status),
        _drop(f"(?:{_ANSWERS});-;0", route),
        _drop(f"(?:{_ANSWERS});.*DC.*;0", route),
        # An endpoint that was not reached is in no outbound response_total: as for Linkerd, it was no choice.
        _drop(f"response_total;outbound;{unreached}", ["__name__", "direction", "envoy"]),
        _when("response_total", "classification", "success"),
        _when("response_total;5..", "classification", "failure", source=["__name__", "status_code"]),
        _when(f"response_total;(?:{GRPC_FAILURES})", "classification", "failure", source=["__name__", "grpc_status"]),
        _when("response_total;0;.*", "status_code", "", source=["__name__", "status_code", "envoy"]),
        # Cut in mid-body, whatever its status promised.
        _when(f"response_total;(?:{cut}|{late});(?:[1-4]..)?", "classification", "failure", source=status),
        _when(f"response_total;(?:{cut}|{late});(?:[1-4]..)?", "error", "unclassified", source=status),
        _when("outbound_.+_statuses_total;0", "http_status", "", source=["__name__", "http_status"]),
        _when(f"outbound_.+_statuses_total;{cut}", "error", "UNKNOWN", source=flags),
        _when(f"outbound_.+_statuses_total;{unreached}", "error", "FAIL_FAST", source=flags),
        _when(f"outbound_.+_statuses_total;{unreached}", "http_status", "", source=flags),
        _when(f"outbound_.+_statuses_total;{late}", "error", "REQUEST_TIMEOUT", source=flags),
        _when(f"outbound_.+_statuses_total;{late}", "http_status", "", source=flags),
        _when("outbound_.+_statuses_total;LATE", "error", "RESPONSE_STREAM_TIMEOUT", source=flags),
        _when("outbound_.+_statuses_total;LATE;504", "http_status", "", source=route),
    ]


def _durations() -> list[dict[str, Any]]:
    """Envoy counts milliseconds. The bounds can be told in seconds; the sum cannot be divided, and is left out."""
    name, bucket = "inbound_http_response_duration_", ["__name__", "le"]
    seconds = {"50": "0.05", "500": "0.5", "1000": "1", "10000": "10"}
    return [
        _drop(f"{name}ms_sum"),
        *(_when(f"{name}ms_bucket;{ms}", "le", s, source=bucket) for ms, s in seconds.items()),
        _when(f"{name}ms_(bucket|count)", "__name__", f"{name}seconds_$1"),
    ]


def _connections() -> list[dict[str, Any]]:
    """Accepted ones (src) are a listener's, opened ones (dst) a cluster's."""
    rules = []
    for envoys, peer, place in (("listener_downstream", "src", "address"), ("cluster_upstream", "dst", "name")):
        kind = envoys.split("_")[0]
        prefix, label = f"envoy_{envoys}_cx_", f"envoy_{kind}_{place}"
        rules += [
            _when(f"{prefix}(?:total|destroy|active)", "peer", peer),
            _when(
                f"{prefix}(?:total|destroy|active);(inbound|outbound)/.+", "direction", "$1", source=["__name__", label]
            ),
            _when(f"{prefix}total", "__name__", "tcp_open_total"),
            _when(f"{prefix}destroy", "__name__", "tcp_close_total"),
            _when(f"{prefix}active", "__name__", "tcp_open_connections"),
        ]
    return [
        *rules,
        # A handshake that failed, at the callee; an app that refuses connections.
        _drop("envoy_cluster_upstream_cx_connect_fail;outbound/.+", ["__name__", "envoy_cluster_name"]),
        *_renamed("envoy_(listener_ssl_connection_error|cluster_upstream_cx_connect_fail)", "inbound_tcp_errors_total"),
        _when("inbound_tcp_errors_total", "error", "i/o"),
    ]


def _retries() -> list[dict[str, Any]]:
    name = ["__name__", "envoy_cluster_name"]
    return [
        _drop("envoy_cluster_upstream_rq_retry.*;inbound/.+", name),
        _when(f"envoy_cluster_upstream_rq_retry.*;{_HOP}", "parent_name", "$5", source=name),
        _when(f"envoy_cluster_upstream_rq_retry.*;{_HOP}", "parent_namespace", "$4", source=name),
        _when("envoy_cluster_upstream_rq_retry_success", "__name__", "outbound_http_route_retry_successes_total"),
        _when(
            "envoy_cluster_upstream_rq_retry_limit_exceeded",
            "__name__",
            "outbound_http_route_retry_limit_exceeded_total",
        ),
        _when("envoy_cluster_upstream_rq_retry", "__name__", "outbound_http_route_retry_requests_total"),
    ]


def _certificates() -> list[dict[str, Any]]:
    """A replica's own; the authority's, which the listener knows as well, has a name of Envoy's making."""
    name = "envoy_listener_ssl_certificate_expiration_unix_time_seconds"
    return [
        _drop(f"{name};unnamed.*", ["__name__", "envoy_tls_certificate"]),
        _when(name, "__name__", "control_identity_cert_expiration_timestamp_seconds"),
    ]


def _who() -> list[dict[str, Any]]:
    """From the names of listeners and clusters: the replica whose side it is, and where an outbound request went."""
    rules = []
    for label in ("envoy_listener_address", "envoy_cluster_name"):
        side = r"(?:inbound|outbound)/([^/]+)/([^/]+)/([^/]*)/([^/]+)"
        for target, value in (
            ("namespace", "$1"),
            ("app", "$2"),
            ("rollouts_pod_template_hash", "$3"),
            ("replicaset", "$2-$3"),
            ("pod", "$4"),
        ):
            rules.append(_when(side, target, value, source=[label]))
        for target, value in (
            ("namespace", "$1"),
            ("app", "$2"),
            ("dst_namespace", "$4"),
            ("dst_replicaset", "$5-$6"),
        ):
            rules.append(_when(_HOP, target, value, source=[label]))
    return [
        *rules,
        _when(r"([^.:]+)\..+", "dst_service", "$1", source=["authority"]),
        _when(r"([^.:]+)\..+", "backend_name", "$1", source=["backend_name"]),
    ]


def _done() -> list[dict[str, Any]]:
    gone = "envoy_cluster_name|envoy_listener_address|envoy_tls_certificate"
    return [
        # As Linkerd has it: what says the direction in its name has no label for it.
        _when("(?:inbound|outbound)_.+", "direction", ""),
        {"action": "labeldrop", "regex": gone},
    ]


def _drop(regex: str, source: Sequence[str] = ("__name__",)) -> dict[str, Any]:
    return {"action": "drop", "source_labels": list(source), "regex": regex}


def _renamed(regex: str, name: str) -> list[dict[str, Any]]:
    """Rename, and keep Envoy's own name in the label `envoy`."""
    return [_when(regex, "envoy", "$1"), _when(regex, "__name__", name)]


def _when(regex: str, target: str, value: str, source: Sequence[str] = ("__name__",)) -> dict[str, Any]:
    return {"source_labels": list(source), "regex": regex, "target_label": target, "replacement": value}
