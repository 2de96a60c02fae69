"""Every kind of platform by its name. Whoever offers a choice of platforms reads it here, and nowhere else.

A provider is imported when it is asked for: `faces status --on embedded` does not wait for a Kubernetes client.
"""

from importlib import import_module
from types import MappingProxyType

from seam.doctor import Doctor
from seam.errors import UserError
from seam.provider import Capabilities, ClusterMaker, Provider

_CLUSTER_OPTIONS = frozenset({"name", "kubeconfig", "context"})

PLATFORMS = MappingProxyType(
    {
        "embedded": Capabilities(
            "processes on this machine, behind Envoy, with Prometheus; no containers",
            options=frozenset({"name", "port", "seed"}),
            lasting_addresses=True,
            doctor=True,
        ),
        "bare": Capabilities(
            "a Kubernetes that `faces cluster up` makes on this Linux machine, as root and without Docker",
            options=frozenset({"name", "cluster"}),
            kubernetes=True,
            doctor=True,
            clusters=True,
            extras=frozenset({"argocd"}),
        ),
        "kind": Capabilities(
            "the cluster that kind makes of a container: one of `faces cluster up`, or your own",
            options=_CLUSTER_OPTIONS | {"cluster"},
            kubernetes=True,
            clusters=True,
            doctor=True,
            extras=frozenset({"argocd", "linkerd"}),
            origins=("registries", "upstream"),
            alike="bare",
        ),
        "cluster": Capabilities(
            "any Kubernetes that your kubeconfig names",
            options=_CLUSTER_OPTIONS,
            kubernetes=True,
            doctor=True,
        ),
    }
)
DEFAULT = "embedded"

_MODULES = {
    "embedded": "platforms.embedded.provider",
    "bare": "platforms.bare.provider",
    "kind": "platforms.kind.provider",
    "cluster": "platforms.kube.provider",
}
_MAKERS = {"bare": "platforms.bare.making", "kind": "platforms.kind.making"}


def capabilities(name: str) -> Capabilities:
    """What a kind of platform can do. UserError lists the names if there is none of this one."""
    if name not in PLATFORMS:
        raise UserError(f"There is no platform {name!r}; choose {', '.join(PLATFORMS)}.")
    return PLATFORMS[name]


def provider(name: str) -> Provider:
    """The provider of a kind of platform; imports what it needs."""
    capabilities(name)
    found: Provider = import_module(_MODULES[name]).PROVIDER
    return found


def cluster_maker(name: str) -> ClusterMaker:
    """Who makes clusters of this kind; imports what it needs. UserError if nobody does."""
    if not capabilities(name).clusters:
        makers = ", ".join(one for one, can in PLATFORMS.items() if can.clusters)
        raise UserError(f"faces makes no clusters of the kind {name!r}; choose {makers}.")
    found: ClusterMaker = import_module(_MAKERS[name]).MAKER
    return found


def doctor(name: str) -> Doctor:
    """Who examines this kind of platform: its provider. UserError if it has no doctor."""
    if not capabilities(name).doctor:
        having = ", ".join(one for one, can in PLATFORMS.items() if can.doctor)
        raise UserError(f"The platform {name!r} has no doctor; choose {having}.")
    found: Doctor = import_module(_MODULES[name]).PROVIDER
    return found
