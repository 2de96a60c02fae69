"""How listeners, clusters, secrets and their files are called: from these names the scrape reads who is meant.

A name is SIDE/NAMESPACE/WORKLOAD/HASH and, where it is one replica's, /POD.
"""

from platforms.embedded.mesh.values import SetKey

CLUSTERS, LISTENERS = "clusters.json", "listeners.json"


def inbound(key: SetKey, pod: str) -> str:
    """The listener of a replica's inbound side, and the cluster behind it: the app."""
    return f"inbound/{key.name}/{pod}"


def probed(key: SetKey, pod: str, container_port: int) -> str:
    """The cluster of a port that probes ask."""
    return f"probe/{key.name}/{pod}/{container_port}"


def outbound(caller: SetKey, pod: str) -> str:
    """The listener of a replica's outbound side."""
    return f"outbound/{caller.name}/{pod}"


def hop(caller: SetKey, callee: SetKey) -> str:
    """The cluster from one ReplicaSet to another: each caller shows its own certificate."""
    return f"outbound/{caller.name}/{callee.name}"


def routes(caller: SetKey) -> str:
    """The route configuration that all outbound sides of a ReplicaSet share."""
    return f"outbound/{caller.name}"


def file_of(kind: str, key: SetKey) -> str:
    """`kind` is endpoints, routes or secret."""
    return f"{kind}-{key.name.replace('/', '_')}.json"
