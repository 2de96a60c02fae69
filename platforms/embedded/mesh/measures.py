"""What is counted on each side, under Linkerd's names and with Linkerd's meaning: Envoy's stats access loggers.

A logger adds to a counter or a histogram as a request comes in or ends, with labels taken from it. The names here are
those that Prometheus ends up with; what is left for the scrape (prometheus/config.py) is to tell success from
failure. Sources: linkerd2-proxy's layers (the policy stands outside of request_total; outbound request_total and
response_total count attempts, outbound_http_route_request_* what the caller saw) and its latency bounds.
"""

from collections.abc import Sequence
from typing import Any

from platforms.embedded.mesh.values import MeshedSet, SetKey, identity
from platforms.embedded.mesh.xds import TYPE, Logs

# In milliseconds: a P99 threshold means the same on every data plane.
LATENCY_BOUNDS_MS = (
    *(1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 100, 200, 300, 400, 500),
    *(1000, 2000, 3000, 4000, 5000, 10000, 20000, 30000, 40000, 50000),
)
DURATION_BOUNDS_MS = (50, 500, 1000, 10000)
SCOPE = "mesh"
"""What the names of all of these begin with, at Envoy."""
RESPONSE_TIMEOUT = "LATE"
LATENCY, DURATION = "response_latency_ms", "inbound_http_response_duration_ms"

_LOGGER = TYPE + "extensions.access_loggers.stats.v3.Config"
_CEL = TYPE + "extensions.access_loggers.filters.cel.v3.ExpressionFilter"
_STATUS, _GRPC_STATUS, _FLAGS = "%RESPONSE_CODE%", "%GRPC_STATUS_NUMBER%", "%RESPONSE_FLAGS%"
# A caller that went away, or an endpoint that was not reached, has no status.
_ANSWERED = {
    "status_code_filter": {"comparison": {"op": "GE", "value": {"default_value": 100, "runtime_key": "mesh.answered"}}}
}
_WHOLE = "response.code_details == 'via_upstream'"
_BY_THE_APP = f"{_WHOLE} || response.code_details.startsWith('upstream_reset_after_response_started')"
# An answer that took longer than an annotation allows; Envoy has no flag for it, so it gets one here.
_TOO_LONG, _SAID_SO = "response.code_details == 'max_duration_timeout'", {"envoy": RESPONSE_TIMEOUT}
_CALLER_SAW = "outbound_http_route_request_statuses_total"
_UNREACHED = {"response_flag_filter": {"flags": ["UF"]}}
_DENIED = "denied"

Labels = dict[str, str]
Filter = dict[str, Any]


def of_inbound(key: SetKey, members: MeshedSet, pod: str) -> Logs:
    """What comes in with a certificate."""
    labels = _of_callers(key, members, pod, "%DOWNSTREAM_PEER_DNS_SAN%")
    allowed = allowed_peers(key, members)
    answer = labels | {"status_code": _STATUS, "envoy": _FLAGS}
    if members.grpc:
        answer |= {"grpc_status": _GRPC_STATUS}
    latency = labels | {"status_code": _STATUS}
    duration = _pod("inbound", key, pod) | {"route_name": "default", "parent_port": str(members.container_port)}
    loggers = [
        _count("request_total", labels, _at("DownstreamStart"), *_when(allowed)),
        _count("response_total", answer, _at("DownstreamEnd"), _ANSWERED, *_when(allowed)),
        # To the first byte of the answer, as Linkerd measures; how long the rest of it takes is another histogram.
        _observe(LATENCY, latency, "DS_RX_BEG:US_RX_BEG", _at("DownstreamEnd"), *_when(_both(allowed, _BY_THE_APP))),
        _observe(DURATION, duration, "US_RX_BEG:DS_TX_END", _at("DownstreamEnd"), *_when(_both(allowed, _WHOLE))),
    ]
    if allowed:
        loggers.append(_count("inbound_http_authz_deny_total", labels, _at("DownstreamEnd"), *_when(f"!({allowed})")))
    return Logs(loggers)


def of_probe(key: SetKey, members: MeshedSet, pod: str, container_port: int) -> Logs:
    """What comes in without one: the kubelet's probes, and others, who are denied.

    A probe also begins, at zero, what will be counted of the callers that the policy names. A counter that begins later
    begins with what was counted before its first scrape, which no increase() sees; and if it is that of answers alone,
    a good replica looks bad for as long as a window.
    """
    labels = _pod("inbound", key, pod) | {"target_port": str(container_port), "tls": "no_identity"}
    probe = labels | {"route_name": "probe"}
    answer = probe | {"status_code": _STATUS, "envoy": _FLAGS}
    denied = f"xds.route_name == '{_DENIED}'"
    return Logs(
        [
            *(_begin(key, members, pod, caller) for caller in members.callers or ()),
            _count("request_total", probe, _at("DownstreamEnd"), *_when(f"!({denied})")),
            _count("response_total", answer, _at("DownstreamEnd"), _ANSWERED, *_when(f"!({denied})")),
            _observe(LATENCY, probe | {"status_code": _STATUS}, "DS_RX_BEG:US_RX_BEG", *_when(_BY_THE_APP)),
            _count(
                "inbound_http_authz_deny_total",
                labels | {"route_name": "default"},
                _at("DownstreamEnd"),
                *_when(denied),
            ),
        ]
    )


def of_outbound(caller: SetKey, pod: str) -> Logs:
    """What the caller saw, and each attempt that was made for it. The backend stands in a header, as Linkerd has it."""
    labels = _pod("outbound", caller, pod)
    parent = {
        "parent_name": "%METADATA(ROUTE:mesh:parent)%",
        "parent_namespace": caller.namespace,
        "parent_port": "%METADATA(ROUTE:mesh:port)%",
        "route_name": "%METADATA(ROUTE:mesh:parent)%",
    }
    attempt = labels | {
        "authority": "%REQ(L5D-DST-CANONICAL)%",
        "dst_namespace": caller.namespace,
        "envoy_cluster_name": "%UPSTREAM_CLUSTER_RAW%",
        "tls": "true",
        "server_id": "%UPSTREAM_PEER_DNS_SAN%",
    }
    backend = (
        parent
        | labels
        | {
            "backend_name": "%REQ(L5D-DST-CANONICAL)%",
            "backend_namespace": caller.namespace,
            "envoy_cluster_name": "%UPSTREAM_CLUSTER_RAW%",
        }
    )
    status = {"http_status": _STATUS, "envoy": _FLAGS}
    answer = attempt | {"status_code": _STATUS, "grpc_status": _GRPC_STATUS, "envoy": _FLAGS}
    return Logs(
        requests=[
            _count(_CALLER_SAW, labels | parent | status, _at("DownstreamEnd"), *_when(f"!({_TOO_LONG})")),
            _count(_CALLER_SAW, labels | parent | status | _SAID_SO, _at("DownstreamEnd"), *_when(_TOO_LONG)),
        ],
        attempts=[
            _count("request_total", attempt, _at("UpstreamPoolReady")),
            _count("response_total", answer, _at("UpstreamEnd")),
            _observe(LATENCY, attempt | {"status_code": _STATUS}, "US_TX_BEG:US_RX_BEG", _at("UpstreamEnd"), _ANSWERED),
            # Of those that reached nobody there is only an end.
            _count("outbound_http_route_backend_requests_total", backend, _at("UpstreamPoolReady")),
            _count("outbound_http_route_backend_requests_total", backend, _at("UpstreamEnd"), _UNREACHED),
            _count("outbound_http_route_backend_response_statuses_total", backend | status, _at("UpstreamEnd")),
        ],
    )


def allowed_peers(key: SetKey, members: MeshedSet) -> str:
    """An expression that is true for the callers that the policy allows; empty: for all."""
    if members.callers is None:
        return ""
    names = ", ".join(f"'{identity(caller, key.namespace)}'" for caller in members.callers)
    return f"connection.dns_san_peer_certificate in [{names}]"


def _of_callers(key: SetKey, members: MeshedSet, pod: str, client: str) -> Labels:
    return _pod("inbound", key, pod) | {
        "target_port": str(members.container_port),
        "tls": "true",
        "client_id": client,
        "route_name": "default",
    }


def _begin(key: SetKey, members: MeshedSet, pod: str, caller: str) -> dict[str, Any]:
    """Adds nothing to the counters of a caller's requests and good answers: a probe has no body."""
    labels = _of_callers(key, members, pod, identity(caller, key.namespace))
    good = labels | {"status_code": "200", "envoy": "-"} | ({"grpc_status": "0"} if members.grpc else {})
    stats = [_stat("request_total", labels), _stat("response_total", good)]
    return _logger(
        [_at("DownstreamEnd")], counters=[{"stat": stat, "value_format": "%BYTES_RECEIVED%"} for stat in stats]
    )


def _pod(direction: str, key: SetKey, pod: str) -> Labels:
    return {
        "direction": direction,
        "namespace": key.namespace,
        "app": key.workload,
        "pod": pod,
        "replicaset": key.replica_set,
        "rollouts_pod_template_hash": key.pod_template_hash or "none",
    }


def _count(name: str, labels: Labels, *filters: Filter) -> dict[str, Any]:
    return _logger(filters, counters=[{"stat": _stat(name, labels), "value_fixed": 1}])


def _observe(name: str, labels: Labels, between: str, *filters: Filter) -> dict[str, Any]:
    """A histogram of the milliseconds between two moments of a request."""
    value = f"%COMMON_DURATION({between}:ms)%"
    return _logger(filters, histograms=[{"stat": _stat(name, labels), "unit": "Milliseconds", "value_format": value}])


def _logger(filters: Sequence[Filter], **stats: Any) -> dict[str, Any]:
    chosen = filters[0] if len(filters) == 1 else {"and_filter": {"filters": list(filters)}}
    config = {"@type": _LOGGER, "stats_scope": {"prefix": SCOPE}, **stats}
    return {"name": "envoy.access_loggers.stats", "filter": chosen, "typed_config": config}


def _stat(name: str, labels: Labels) -> dict[str, Any]:
    return {"name": name, "tags": [{"name": label, "value_format": value} for label, value in labels.items()]}


def _at(moment: str) -> Filter:
    return {"log_type_filter": {"types": [moment]}}


def _when(expression: str) -> list[Filter]:
    if not expression:
        return []
    return [
        {
            "extension_filter": {
                "name": "envoy.access_loggers.extension_filters.cel",
                "typed_config": {"@type": _CEL, "expression": expression},
            }
        }
    ]


def _both(*expressions: str) -> str:
    return " && ".join(f"({expression})" for expression in expressions if expression)
