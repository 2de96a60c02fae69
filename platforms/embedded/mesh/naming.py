"""How listeners, clusters, secrets and their files are called: from these names the scrape reads who is meant.

A name is SIDE/NAMESPACE/WORKLOAD/HASH and, where it is one replica's, /POD.
"""

from platforms.embedded.mesh.values import Caller, SetKey

CLUSTERS, LISTENERS = "clusters.json", "listeners.json"


def inbound(key: SetKey, pod: str) -> str:
    """The listener of a replica's inbound side, and the cluster behind it: the app."""
    return f"inbound/{key.name}/{pod}"


def probed(key: SetKey, pod: str, container_port: int) -> str:
    """The cluster of a port that probes ask."""
    return f"probe/{key.name}/{pod}/{container_port}"


def outbound(key: SetKey, pod: str) -> str:
    """The listener of a replica's outbound side."""
    return f"outbound/{key.name}/{pod}"


def hop(caller: Caller, callee: SetKey) -> str:
    """The cluster from a caller to a ReplicaSet: each caller shows its own certificate."""
    return f"outbound/{caller.name}/{callee.name}"


def routes(caller: Caller) -> str:
    """The route configuration that all outbound sides of a caller share."""
    return f"outbound/{caller.name}"


def file_of(kind: str, caller: Caller) -> str:
    """`kind` is routes or secret."""
    return f"{kind}-{caller.name.replace('/', '_')}.json"
