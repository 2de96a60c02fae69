"""The outbound side of a caller: it knows Services by the name in Host or :authority, splits their requests by weight,
retries and gives up as the Service's annotations say, and shows the caller's certificate.

What is not asked for by an annotation is never retried, with one exception: a request that reached no app at all. So an
answer, good or bad, is never hidden from the caller nor from the counters.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from platforms.embedded.mesh import measures, naming, tls, xds
from platforms.embedded.mesh.values import FRONT, Caller, MeshedSet, ServiceRoute, SetKey, Share, Traffic
from platforms.embedded.mesh.xds import TYPE
from platforms.embedded.policies import Breaker, ServicePolicy

_ROUTE_TIMEOUT_S = 10.0
# Linkerd keeps a request in the queue of its balancer for as long as no endpoint is connected, until its failfast.
_UNCONNECTED_S = 3.0
_LONGEST_EJECTION_S = 300.0
# A request that the other side refused before it began: its replica is going.
_REACHED_NOBODY = "refused-stream"
_TRIES_TO_REACH = 2
_STREAM = {"safe_regex": {"regex": "(/faces)?/stream"}}
# Where nobody can be reached, or an annotation's limit is over, Linkerd answers 504.
_REPLIES = [xds.local_reply(["UF", "UH", "UO"], 504), xds.local_reply(["UT"], 504)]


def listener(caller: Caller, key: SetKey, pod: str, port: int, directory: str) -> dict[str, Any]:
    """The outbound side of that pod of a ReplicaSet; `caller` is what it is to those whom it calls."""
    name, shared = naming.outbound(key, pod), naming.routes(caller)
    source = xds.file(f"{directory}/{naming.file_of('routes', caller)}")
    routing = {"rds": {"route_config_name": shared, "config_source": source}}
    logs = measures.of_outbound(key, pod)
    return {
        "@type": TYPE + "config.listener.v3.Listener",
        "name": name,
        "stat_prefix": name,
        "address": xds.socket(port),
        "filter_chains": [{"filters": [xds.manager(shared, routing, logs, local_replies=_REPLIES)]}],
    }


def cluster(caller: Caller, callee: SetKey, members: MeshedSet, authority: str, directory: str) -> dict[str, Any]:
    """From a caller to a ReplicaSet: to the inbound sides of its ready replicas.

    They stand in the cluster itself and not in a file of their own, because Envoy would watch that file once for each
    caller, and a user may have 128 such watches in all.
    """
    name = naming.hop(caller, callee)
    ready = [sidecar.inbound for sidecar in members.sidecars if sidecar.ready]
    secured = {"transport_socket": tls.client(caller, callee, authority, directory)}
    made = xds.cluster(name, http2=True, connect_s=_UNCONNECTED_S)
    return made | xds.fixed(ready, name) | secured | _breaker(members.breaker)


def routes(caller: Caller, traffic: Traffic) -> dict[str, Any]:
    """A virtual host for each Service; the front door knows one Service, under whatever name."""
    if caller.workload == FRONT:
        front = [route for route in traffic.routes if route.service == traffic.front_service]
        hosts = [_virtual_host(caller, _reachable(route, traffic), ["*"]) for route in front]
    else:
        hosts = [_virtual_host(caller, _reachable(route, traffic), _domains(route)) for route in traffic.routes]
    return {
        "@type": TYPE + "config.route.v3.RouteConfiguration",
        "name": naming.routes(caller),
        "virtual_hosts": hosts,
    }


def _reachable(route: ServiceRoute, traffic: Traffic) -> ServiceRoute:
    """Without the ReplicaSets that have no ready replica, as long as another one has: as Linkerd does, whoever is there
    serves in the place of who is not. If nobody is, all of them are asked, and nobody answers.
    """
    ready = {key for key, members in traffic.sets.items() if any(one.ready for one in members.sidecars)}
    shares = tuple(share for share in route.shares if share.weight > 0 and share.key in ready)
    return replace(route, shares=shares) if shares else route


def _domains(route: ServiceRoute) -> list[str]:
    return [route.service, f"{route.service}:{route.port}"]


def _virtual_host(caller: Caller, route: ServiceRoute, domains: list[str]) -> dict[str, Any]:
    known = {"parent": route.service, "port": str(route.port)}
    # An app can tell a first try from a second one.
    counted = {"include_request_attempt_count": True}
    entry: dict[str, Any] = {"match": {"prefix": "/"}, "metadata": {"filter_metadata": {"mesh": known}}}
    shares = [share for share in route.shares if share.weight > 0]
    if shares:
        entry["route"] = action = _action(caller, route, shares)
        if caller.workload == FRONT:  # a page may stay for as long as it likes
            streams = {**entry, "match": _STREAM, "route": action | {"timeout": "0s"}}
            return {"name": route.service, "domains": domains, "routes": [streams, entry], **counted}
    else:
        said = f"no replica stands behind Service {route.service}\n"
        entry["direct_response"] = {"status": 503, "body": {"inline_string": said}}
    return {"name": route.service, "domains": domains, "routes": [entry], **counted}


def _action(caller: Caller, route: ServiceRoute, shares: Iterable[Share]) -> dict[str, Any]:
    policy = route.policy
    action = {
        "weighted_clusters": {"clusters": [_weighted(caller, share, route.port) for share in shares]},
        "timeout": xds.seconds(policy.request_timeout_s or _ROUTE_TIMEOUT_S),
        "retry_policy": _retries(policy),
    }
    if policy.response_timeout_s is not None:
        action["max_stream_duration"] = {"max_stream_duration": xds.seconds(policy.response_timeout_s)}
    return action


def _weighted(caller: Caller, share: Share, port: int) -> dict[str, Any]:
    """The header is Linkerd's own; from it the counters know the backend."""
    authority = f"{share.backend}.{share.key.namespace}.svc.cluster.local:{port}"
    header = {"header": {"key": "l5d-dst-canonical", "value": authority}}
    header |= {"append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}  # type: ignore[dict-item]
    return {
        "name": naming.hop(caller, share.key),
        "weight": share.weight,
        "request_headers_to_add": [header],
    }


def _retries(policy: ServicePolicy) -> dict[str, Any]:
    if not policy.retried_statuses and policy.try_timeout_s is None:
        return {"retry_on": _REACHED_NOBODY, "num_retries": _TRIES_TO_REACH}
    asked = {
        "retry_on": f"{_REACHED_NOBODY},retriable-status-codes",
        "num_retries": policy.retries,
        "retriable_status_codes": list(policy.retried_statuses),
        # Linkerd does not wait between tries.
        "retry_back_off": {"base_interval": "0.001s", "max_interval": "0.001s"},
    }
    if policy.try_timeout_s is not None:
        late = {"retry_on": f"{asked['retry_on']},reset", "per_try_timeout": xds.seconds(policy.try_timeout_s)}
        return asked | late
    return asked


def _breaker(breaker: Breaker | None) -> dict[str, Any]:
    if breaker is None:
        return {}
    detection = {
        "consecutive_5xx": breaker.max_failures,
        "enforcing_consecutive_5xx": 100,
        "enforcing_success_rate": 0,
        "interval": "0.5s",
        "base_ejection_time": xds.seconds(breaker.min_penalty_s),
        "max_ejection_time": xds.seconds(min(breaker.max_penalty_s, _LONGEST_EJECTION_S)),
        "max_ejection_percent": 100,
    }
    return {"outlier_detection": detection}
