"""What a real Linkerd showed of the faults that the catalogue's versions have, by version.

The control plane and the proxy were built from their source of 2026-08-21 and ran with the chart's defaults on a
small Kubernetes 1.35 with one client and one pod on each side.
"""

from collections.abc import Mapping

_5XX = "response_total failure with the status on both sides; P99 stays low"
_IDENTITY = "canary: inbound_tcp_errors_total alone; caller: FAIL_FAST, 504 for 3 s, then stable takes all"

SEEN: Mapping[str, str] = {
    "good": "nothing; promoted",
    "errors-40": _5XX,
    "errors-100": _5XX,
    "grpc-unavailable": "failure with grpc_status 14 and status 200 on both sides; route statuses all 200",
    "too-many-requests": "429 by the app is a success on both sides",
    "not-found": "4xx is a success on both sides",
    "slow-p99": "response_latency_ms on both sides; response_total silent",
    "slow-body": "inbound_http_response_duration_seconds; latency and response_total silent",
    "hang": "request_total grows, response_total does not, on both sides",
    "reset": "502 on both sides, latency counted; tcp_close_total has no errno",
    "fin": "failure without a status on the canary's side, 500 at the caller",
    "reset-body": "failure with status 200 on both sides; route statuses 200 with error UNKNOWN",
    "refuse": "502 on both sides, inbound_tcp_errors_total; the endpoint stays ready",
    "expired-certificate": f"{_IDENTITY}; certificate below zero",
    "wrong-name": _IDENTITY,
    "denied-caller": "inbound_http_authz_deny_total alone; 403 is a success at the caller",
    "first-try": "every attempt counted on the canary's side, retries up, callers' statuses good",
    "hidden-timeouts": "RESPONSE_HEADERS_TIMEOUT per attempt, retries up, the canary's response_total silent of them",
}

DIFFERENCES: tuple[tuple[str, str, str], ...] = (
    (
        "an app that closes a connection before the headers",
        "500, a failure without `status_code`",
        "502 with it, as for a reset: Envoy does not tell the two apart",
    ),
    (
        "a ReplicaSet without a ready replica",
        "504 for about 3 s, then the other one takes all",
        "the other one takes all at once",
    ),
    (
        "a replica whose certificate is no good",
        "504 for about 3 s, then stable takes all",
        "504 for its whole share, for as long as it has a weight: Envoy's split does not fail over",
    ),
    (
        "a breaker that has tripped on all replicas",
        "504 FAIL_FAST, then stable takes all",
        "504 for its whole share",
    ),
    (
        "a request that an annotation's time limit ended",
        "a failure of the attempt, `REQUEST_TIMEOUT`",
        "the same for the request; the attempt is in no answer, as if the caller had left",
    ),
    (
        "an answer that `timeout.linkerd.io/response` cut",
        "a failure of the attempt with status 200",
        "`RESPONSE_STREAM_TIMEOUT` of the request; the attempt is a success",
    ),
    (
        "a retry of a try that took too long (`retry.linkerd.io/timeout`)",
        "the last try has no limit",
        "each try has it",
    ),
    (
        "a retry",
        "may go to the other version",
        "goes to the same version",
    ),
    (
        "`tcp_open_total`, `tcp_close_total`",
        "no failed connects",
        "failed ones as well; callers' connections have no `dst_pod`",
    ),
    (
        "`outbound_http_route_retry_*`",
        "by the caller's pod",
        "by the caller's workload and the callee's ReplicaSet",
    ),
    (
        "`inbound_tcp_errors_total`",
        "by kind of error",
        '`error="i/o"` for all: failed handshakes, and connections that the app refused',
    ),
    (
        "`request_total` and `response_total` of a ready replica that nobody has called",
        "absent",
        "zero, for the callers that its policy names: the first answers are not lost to `increase()`",
    ),
    (
        'scrapes of the proxy (`target_port="4191"`)',
        "counted as requests",
        "there is one Envoy, and nobody's scrape is counted",
    ),
    (
        "latency of an answer that the proxy made",
        "counted",
        "not counted: no byte came from the app",
    ),
)
"""What a real Linkerd does otherwise: (what, Linkerd, here)."""
