"""The static part of Envoy's configuration: the admin interface, the statistics, the folder that holds the rest.

Envoy's admin interface can end Envoy and asks for no password, so it listens on a Unix socket that only the run's own
user can open; a listener of its own gives Prometheus the one page it needs.
"""

from dataclasses import dataclass
from typing import Any

from platforms.embedded.mesh import measures, naming, xds

STATISTICS_PATH = "/stats/prometheus"
_STATISTICS = "statistics"
_OWNER_ALONE = 0o600
_SIDE = r"(inbound|outbound)/.*"
# What is measured and acknowledged, and no more: small scrapes, small memory.
_KEPT_STATS = (
    rf"{measures.SCOPE}\..*"
    rf"|listener\.{_SIDE}\.(downstream_cx_(total|destroy|active)|ssl\.(connection_error|certificate\..*))"
    rf"|cluster\.{_SIDE}\.(upstream_cx_(total|destroy|active|connect_fail)"
    r"|upstream_rq_retry(_success|_limit_exceeded)?)"
    r"|(cluster|cluster_manager|listener_manager|http)\..*\.?(version_text|update_rejected|total_listeners_warming)"
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Ports on loopback, the path of the admin interface's socket, and the folder in which Envoy watches its files."""

    front: int
    statistics: int
    admin: str
    directory: str


def bootstrap(addresses: Addresses) -> dict[str, Any]:
    directory = addresses.directory
    return {
        "node": {"id": "faces", "cluster": "faces"},
        "admin": {"address": {"pipe": {"path": addresses.admin, "mode": _OWNER_ALONE}}},
        "dynamic_resources": {
            "cds_config": xds.file(f"{directory}/{naming.CLUSTERS}"),
            "lds_config": xds.file(f"{directory}/{naming.LISTENERS}"),
        },
        "static_resources": {
            "listeners": [_statistics(addresses.statistics)],
            "clusters": [_admin_cluster(addresses.admin)],
        },
        # Histograms reach /stats only after a flush.
        "stats_flush_interval": "0.25s",
        "stats_config": {
            "histogram_bucket_settings": [
                {"match": {"contains": measures.LATENCY}, "buckets": list(measures.LATENCY_BOUNDS_MS)},
                {"match": {"contains": measures.DURATION}, "buckets": list(measures.DURATION_BOUNDS_MS)},
            ],
            "stats_matcher": {"inclusion_list": {"patterns": [{"safe_regex": {"regex": _KEPT_STATS}}]}},
        },
    }


def _statistics(port: int) -> dict[str, Any]:
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
    routing = {"route_config": {"name": _STATISTICS, "virtual_hosts": [host]}}
    chain = {"filters": [xds.manager(_STATISTICS, routing)]}
    return {"name": _STATISTICS, "address": xds.socket(port), "filter_chains": [chain]}


def _admin_cluster(admin: str) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": {"pipe": {"path": admin}}}}
    return {
        "name": _STATISTICS,
        "type": "STATIC",
        "connect_timeout": "0.25s",
        "load_assignment": {"cluster_name": _STATISTICS, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
