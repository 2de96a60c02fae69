"""Pieces of Envoy's configuration that every part of it uses: addresses, files, managers of HTTP connections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TYPE = "type.googleapis.com/envoy."
_MANAGER = TYPE + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_ROUTER = TYPE + "extensions.filters.http.router.v3.Router"
_HTTP_OPTIONS = TYPE + "extensions.upstreams.http.v3.HttpProtocolOptions"
# Shorter than a replica's own keep-alive, so that Envoy never writes to a connection being closed.
_IDLE = "30s"
_MANY = {"max_connections": 10_000, "max_pending_requests": 10_000, "max_requests": 10_000, "max_retries": 1_000}

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Logs:
    """What is counted of requests: as they come in and are answered (`requests`), and of each attempt (`attempts`)."""

    requests: Sequence[Resource] = ()
    attempts: Sequence[Resource] = ()


def manager(
    name: str,
    routing: Resource,
    logs: Logs = Logs(),
    *,
    filters: Sequence[Resource] = (),
    local_replies: Sequence[Resource] = (),
) -> dict[str, Any]:
    """The filter of a listener that speaks HTTP/1 and HTTP/2."""
    router = {
        "@type": _ROUTER,
        "upstream_log": list(logs.attempts),
        # Attempts are counted when they set out, too.
        "upstream_log_options": {"flush_upstream_log_on_upstream_stream": True},
    }
    config = {
        "@type": _MANAGER,
        "stat_prefix": name,
        "codec_type": "AUTO",
        "use_remote_address": False,
        **routing,
        "access_log": list(logs.requests),
        "access_log_options": {"flush_access_log_on_new_request": True},
        "local_reply_config": {"mappers": list(local_replies)},
        "http_filters": [*filters, {"name": "envoy.filters.http.router", "typed_config": router}],
    }
    return {"name": "envoy.filters.network.http_connection_manager", "typed_config": config}


def local_reply(flags: Sequence[str], status: int) -> dict[str, Any]:
    """Envoy's own answer in these cases has the status that Linkerd gives it."""
    return {"filter": {"response_flag_filter": {"flags": list(flags)}}, "status_code": status}


def cluster(name: str, *, http2: bool, connect_s: float = 1.0) -> dict[str, Any]:
    """What all clusters have. A request that waits for a connection fails when that is not there, TLS and all, after
    `connect_s` seconds: so many, that a machine which stands still for a moment fails nobody.
    """
    protocol: Resource = {"http2_protocol_options": {}} if http2 else {"http_protocol_options": {}}
    return {
        "@type": TYPE + "config.cluster.v3.Cluster",
        "name": name,
        "connect_timeout": seconds(connect_s),
        "lb_policy": "LEAST_REQUEST",
        # No panic routing: without a ready replica nobody answers, as with a Service without endpoints.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "circuit_breakers": {"thresholds": [{"priority": "DEFAULT", **_MANY}]},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": _HTTP_OPTIONS,
                "common_http_protocol_options": {"idle_timeout": _IDLE},
                "explicit_http_config": protocol,
            }
        },
    }


def fixed(ports: Sequence[int], name: str) -> dict[str, Any]:
    """The endpoints of a cluster: ports on loopback. With other ones it is another cluster, which takes its place."""
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": socket(port)}} for port in ports]}]
    return {"type": "STATIC", "load_assignment": {"cluster_name": name, "endpoints": endpoints}}


def file(path: str) -> dict[str, Any]:
    """A file that Envoy reads again whenever another is moved over it."""
    return {"resource_api_version": "V3", "path_config_source": {"path": path}, "initial_fetch_timeout": "0s"}


def response(version: str, resources: Sequence[Resource]) -> dict[str, Any]:
    """The content of such a file."""
    return {"version_info": version, "resources": list(resources)}


def socket(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def seconds(amount: float) -> str:
    return f"{amount:.9g}s"
