"""Envoy's configuration as plain JSON values: a pure function from the wanted traffic to xDS resources.

One listener plays the cluster's network: callers put the Service's name into Host (or :authority) and a virtual
host per Service sends them on by weight. A second listener is the front door for browsers and visitors. A third one
gives Prometheus its statistics. Envoy's admin interface can end Envoy and asks for no password, so it listens on a Unix
socket that only the run's own user can open.

A cluster stands for one ReplicaSet; its name carries namespace, workload and pod template hash, so that the
scrape can stamp them on each series. Retries are limited to requests that never reached a replica: an answer, good
or bad, is never hidden from the caller nor from the counters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Linkerd's latency bounds, in milliseconds: a P99 threshold means the same on every data plane.
LATENCY_BOUNDS_MS = (
    *(1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 100, 200, 300, 400, 500),
    *(1000, 2000, 3000, 4000, 5000, 10000, 20000, 30000, 40000, 50000),
)
ROUTE_TIMEOUT = "10s"
Endpoints = tuple[tuple[str, int], ...]

_TYPE = "type.googleapis.com/envoy."
_HTTP_OPTIONS = _TYPE + "extensions.upstreams.http.v3.HttpProtocolOptions"
_MANAGER = _TYPE + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_ROUTER = _TYPE + "extensions.filters.http.router.v3.Router"
_GRPC_STATS = _TYPE + "extensions.filters.http.grpc_stats.v3.FilterConfig"


@dataclass(frozen=True, slots=True, order=True)
class ClusterKey:
    """One ReplicaSet as the data plane sees it."""

    namespace: str
    workload: str
    pod_template_hash: str
    grpc: bool = False

    @property
    def name(self) -> str:
        return "/".join((self.namespace, self.workload, self.pod_template_hash, "grpc" if self.grpc else "http"))


@dataclass(frozen=True, slots=True)
class ServiceRoute:
    """Where requests for one Service go: shares of ReplicaSets, summing to 100, or nowhere (503)."""

    service: str
    port: int
    shares: tuple[tuple[ClusterKey, int], ...]


@dataclass(frozen=True, slots=True)
class Traffic:
    """All that Envoy has to do: routes by Service, endpoints (host, port) by ReplicaSet, and the front door."""

    routes: tuple[ServiceRoute, ...] = ()
    endpoints: Mapping[ClusterKey, Endpoints] = field(default_factory=dict)
    front_service: str = "gui"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Ports on loopback, the path of the admin interface's socket, and the folder in which Envoy watches its files."""

    front: int
    mesh: int
    statistics: int
    admin: str
    directory: str


def bootstrap(addresses: Addresses) -> dict[str, Any]:
    """The static part: listeners, admin, statistics, and the files that hold the rest."""
    directory = addresses.directory
    return {
        "node": {"id": "faces", "cluster": "faces"},
        "admin": {"address": _owners_socket(addresses.admin)},
        "dynamic_resources": {"cds_config": _file(directory, CLUSTERS)},
        "static_resources": {
            "listeners": [
                _listener("front", addresses.front, _routes_from(directory, "front"), [_GRPC_STATUSES]),
                _listener("mesh", addresses.mesh, _routes_from(directory, "mesh"), [_GRPC_STATUSES]),
                _listener(_STATISTICS, addresses.statistics, _statistics_route(addresses.statistics)),
            ],
            "clusters": [_admin_cluster(addresses.admin)],
        },
        # Histograms reach /stats only after a flush.
        "stats_flush_interval": "0.25s",
        "stats_config": {
            "histogram_bucket_settings": [
                {"match": {"suffix": "upstream_rq_time"}, "buckets": list(LATENCY_BOUNDS_MS)}
            ],
            # What the analysis and the acknowledgements need, and no more: small scrapes, small memory.
            "stats_matcher": {"inclusion_list": {"patterns": [{"safe_regex": {"regex": _KEPT_STATS}}]}},
        },
    }


STATISTICS_PATH = "/stats/prometheus"
_STATISTICS = "statistics"
_OWNER_ALONE = 0o600
# Of the clusters that stand for a ReplicaSet, whose names have slashes, and no others.
_KEPT_STATS = (
    r"cluster\.[^.]+/[^.]+\.(upstream_rq_total|upstream_rq_pending_failure_eject|upstream_rq_time"
    r"|upstream_rq_[0-9]+|grpc\.[0-9]+|version_text|update_rejected)"
    r"|cluster_manager\.cds\.(version_text|update_rejected)"
    r"|http\..*\.rds\..*\.(version_text|update_rejected)"
)
CLUSTERS = "clusters.json"


def endpoints_file(key: ClusterKey) -> str:
    return f"endpoints-{key.name.replace('/', '_')}.json"


def routes_file(listener: str) -> str:
    return f"routes-{listener}.json"


def clusters(keys: Sequence[ClusterKey], version: str, directory: str) -> dict[str, Any]:
    """The CDS file: one cluster per ReplicaSet."""
    return _response(version, [_cluster(key, directory) for key in keys])


def endpoints(key: ClusterKey, addresses: Sequence[tuple[str, int]], version: str) -> dict[str, Any]:
    """The EDS file of one ReplicaSet (Envoy takes one resource per file): its ready replicas."""
    assignment = {
        "@type": _TYPE + "config.endpoint.v3.ClusterLoadAssignment",
        "cluster_name": key.name,
        "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _socket(p, h)}} for h, p in addresses]}],
    }
    return _response(version, [assignment])


def routes(traffic: Traffic, version: str) -> dict[str, dict[str, Any]]:
    """The RDS files by name: the mesh's virtual hosts, one per Service, and the front door's single one."""
    mesh = [_virtual_host(route, _domains(route)) for route in traffic.routes]
    front = [_virtual_host(route, ["*"]) for route in traffic.routes if route.service == traffic.front_service]
    return {
        routes_file("front"): _response(version, [_route_configuration("front", front)]),
        routes_file("mesh"): _response(version, [_route_configuration("mesh", mesh)]),
    }


def _domains(route: ServiceRoute) -> list[str]:
    return [route.service, f"{route.service}:{route.port}"]


def _cluster(key: ClusterKey, directory: str) -> dict[str, Any]:
    protocol: dict[str, Any] = {"http2_protocol_options": {}} if key.grpc else {"http_protocol_options": {}}
    limits = {
        "priority": "DEFAULT",
        "max_connections": 10_000,
        "max_pending_requests": 10_000,
        "max_requests": 10_000,
        "max_retries": 1_000,
    }
    return {
        "@type": _TYPE + "config.cluster.v3.Cluster",
        "name": key.name,
        "type": "EDS",
        "connect_timeout": "0.25s",
        "lb_policy": "LEAST_REQUEST",
        # No panic routing: a ReplicaSet without a ready replica answers 503, as a Service without endpoints does.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "circuit_breakers": {"thresholds": [limits]},
        "eds_cluster_config": {"eds_config": _file(directory, endpoints_file(key))},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": _HTTP_OPTIONS,
                # Shorter than a replica's own keep-alive, so that Envoy never writes to a connection being closed.
                "common_http_protocol_options": {"idle_timeout": "30s"},
                "explicit_http_config": protocol,
            }
        },
    }


_GRPC_STATUSES = {
    "name": "envoy.filters.http.grpc_stats",
    "typed_config": {"@type": _GRPC_STATS, "stats_for_all_methods": False},
}


def _listener(
    name: str, port: int, routing: Mapping[str, Any], filters: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    manager = {
        "@type": _MANAGER,
        "stat_prefix": name,
        "codec_type": "AUTO",
        "use_remote_address": False,
        **routing,
        "http_filters": [*filters, {"name": "envoy.filters.http.router", "typed_config": {"@type": _ROUTER}}],
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    return {"name": name, "address": _socket(port), "filter_chains": [chain]}


def _routes_from(directory: str, listener: str) -> dict[str, Any]:
    return {"rds": {"route_config_name": listener, "config_source": _file(directory, routes_file(listener))}}


def _statistics_route(port: int) -> dict[str, Any]:
    """The one page that Prometheus reads, without a query, from this machine's own name: all else is a 404."""
    wanted = {":method": "GET", ":path": STATISTICS_PATH}
    match = {
        "path": STATISTICS_PATH,
        "headers": [{"name": name, "string_match": {"exact": value}} for name, value in wanted.items()],
    }
    host = {
        "name": _STATISTICS,
        "domains": [f"127.0.0.1:{port}"],
        "routes": [{"match": match, "route": {"cluster": _STATISTICS}}],
    }
    return {"route_config": {"name": _STATISTICS, "virtual_hosts": [host]}}


def _admin_cluster(admin: str) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": {"pipe": {"path": admin}}}}
    return {
        "name": _STATISTICS,
        "type": "STATIC",
        "connect_timeout": "0.25s",
        "load_assignment": {"cluster_name": _STATISTICS, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def _virtual_host(route: ServiceRoute, domains: list[str]) -> dict[str, Any]:
    shares = [(key, weight) for key, weight in route.shares if weight > 0]
    if not shares:
        answer = {
            "status": 503,
            "body": {"inline_string": f"no replica stands behind Service {route.service}\n"},
        }
        return {
            "name": route.service,
            "domains": domains,
            "routes": [{"match": {"prefix": "/"}, "direct_response": answer}],
        }
    action = {
        "weighted_clusters": {"clusters": [{"name": key.name, "weight": weight} for key, weight in shares]},
        "timeout": ROUTE_TIMEOUT,
        "retry_policy": {"retry_on": "connect-failure,refused-stream,reset-before-request", "num_retries": 2},
    }
    return {
        "name": route.service,
        "domains": domains,
        "routes": [{"match": {"prefix": "/"}, "route": action}],
    }


def _route_configuration(name: str, virtual_hosts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "@type": _TYPE + "config.route.v3.RouteConfiguration",
        "name": name,
        "virtual_hosts": virtual_hosts,
    }


def _file(directory: str, name: str) -> dict[str, Any]:
    """A file that Envoy reads again whenever another is moved over it."""
    return {
        "resource_api_version": "V3",
        "path_config_source": {"path": f"{directory}/{name}"},
        "initial_fetch_timeout": "0s",
    }


def _response(version: str, resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {"version_info": version, "resources": resources}


def _owners_socket(path: str) -> dict[str, Any]:
    return {"pipe": {"path": path, "mode": _OWNER_ALONE}}


def _socket(port: int, host: str = "127.0.0.1") -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}
