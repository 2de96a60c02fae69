"""What the embedded mesh measures, by name. docs/signals.md says how each of them differs from Linkerd's own."""

from platforms.signals import DataPlane

_LATENCIES = ("response_latency_ms", "inbound_http_response_duration_seconds")
_RETRIES = ("requests", "successes", "limit_exceeded")

MESH = DataPlane(
    "the embedded mesh",
    frozenset(
        {
            *("request_total", "response_total"),
            *(f"{name}_{part}" for name in _LATENCIES for part in ("bucket", "sum", "count")),
            *("inbound_http_authz_deny_total", "inbound_tcp_errors_total"),
            *("tcp_open_total", "tcp_close_total", "tcp_open_connections"),
            "control_identity_cert_expiration_timestamp_seconds",
            "outbound_http_route_request_statuses_total",
            *(f"outbound_http_route_backend_{name}_total" for name in ("requests", "response_statuses")),
            *(f"outbound_http_route_retry_{name}_total" for name in _RETRIES),
        }
    ),
    alone=True,
)
