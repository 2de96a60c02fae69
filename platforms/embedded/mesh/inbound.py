"""The inbound side of a replica: one listener, with a certificate for callers and without one for probes alone."""

from typing import Any

from platforms.embedded.mesh import measures, naming, tls, xds
from platforms.embedded.mesh.values import MeshedSet, SetKey, Sidecar, caller_of, identity
from platforms.embedded.mesh.xds import TYPE

_RBAC = TYPE + "extensions.filters.http.rbac.v3.RBAC"
_INSPECTOR = TYPE + "extensions.filters.listener.tls_inspector.v3.TlsInspector"
# An app that refuses connections, or ends one without an answer.
_REPLIES = [xds.local_reply(["UF", "UC", "UPE"], 502)]


def listener(key: SetKey, members: MeshedSet, sidecar: Sidecar, authority: str, directory: str) -> dict[str, Any]:
    name = naming.inbound(key, sidecar.pod)
    return {
        "@type": TYPE + "config.listener.v3.Listener",
        "name": name,
        "stat_prefix": name,
        "address": xds.socket(sidecar.inbound),
        "listener_filters": [
            {"name": "envoy.filters.listener.tls_inspector", "typed_config": {"@type": _INSPECTOR}},
        ],
        "filter_chains": [
            {
                "filter_chain_match": {"transport_protocol": "tls"},
                "transport_socket": tls.server(caller_of(key, members), authority, directory),
                "filters": [_for_callers(key, members, sidecar)],
            },
            {
                "filter_chain_match": {"transport_protocol": "raw_buffer"},
                "filters": [_for_probes(key, members, sidecar)],
            },
        ],
    }


def clusters(key: SetKey, members: MeshedSet, sidecar: Sidecar) -> list[dict[str, Any]]:
    """The app itself, and the ports that probes ask: on loopback, without TLS, as inside a pod."""
    name = naming.inbound(key, sidecar.pod)
    found = [xds.cluster(name, http2=members.grpc) | xds.fixed([sidecar.app], name)]
    for probed in sidecar.probed:
        name = naming.probed(key, sidecar.pod, probed.container_port)
        found.append(xds.cluster(name, http2=False) | xds.fixed([probed.port], name))
    return found


def _for_callers(key: SetKey, members: MeshedSet, sidecar: Sidecar) -> dict[str, Any]:
    action = {"cluster": naming.inbound(key, sidecar.pod), "timeout": "0s"}
    return xds.manager(
        "inbound",
        _fixed_routes([{"name": "inbound", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": action}]}]),
        measures.of_inbound(key, members, sidecar.pod),
        filters=_policy(key, members),
        local_replies=_REPLIES,
    )


def _for_probes(key: SetKey, members: MeshedSet, sidecar: Sidecar) -> dict[str, Any]:
    """Only the paths of probes, on their ports; who asks anything else without a certificate is denied."""
    denied = {"name": "denied", "match": {"prefix": "/"}, "direct_response": {"status": 403}}
    hosts: list[dict[str, Any]] = []
    for probed in sidecar.probed:
        action = {"cluster": naming.probed(key, sidecar.pod, probed.container_port), "timeout": "0s"}
        routes = [{"name": "probe", "match": {"path": path}, "route": action} for path in probed.paths]
        hosts.append({"name": "probe", "domains": [probed.host], "routes": [*routes, denied]})
    hosts.append({"name": "denied", "domains": ["*"], "routes": [denied]})
    ports = [probed.container_port for probed in sidecar.probed]
    logs = measures.of_probe(key, members, sidecar.pod, ports[0] if ports else 0)
    return xds.manager("probe", _fixed_routes(hosts), logs)


def _policy(key: SetKey, members: MeshedSet) -> list[dict[str, Any]]:
    """403, or PERMISSION_DENIED, for callers that are not named."""
    if members.callers is None:
        return []
    names = [identity(caller, key.namespace) for caller in members.callers]
    principals = [{"authenticated": {"principal_name": {"exact": name}}} for name in names]
    nobody = [{"not_id": {"any": True}}]
    policies = {"callers": {"permissions": [{"any": True}], "principals": principals or nobody}}
    config = {"@type": _RBAC, "rules": {"action": "ALLOW", "policies": policies}}
    return [{"name": "envoy.filters.http.rbac", "typed_config": config}]


def _fixed_routes(virtual_hosts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"route_config": {"name": "fixed", "virtual_hosts": virtual_hosts}}
