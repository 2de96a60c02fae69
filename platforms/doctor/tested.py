"""The versions with which this was tested, by component; a doctor tells of others.

What goes into clusters is in platforms/install/versions.toml; what is not is named here.
"""

from collections.abc import Mapping
from functools import cache

from platforms.install.versions import read

_PARTS = {
    "Kubernetes": "kubernetes",
    "Argo Rollouts": "argo-rollouts",
    "Gateway API": "gateway-api",
    "gatewayAPI plugin": "gateway-plugin",
    "Traefik": "traefik",
    "Argo CD": "argocd",
}
# The edge release of the days from which the source of Linkerd is that was run.
_LINKERD = ("edge-26.8.3",)
# Debian's own, which the embedded platform takes where it cannot download.
_DEBIANS_PROMETHEUS = "2.42.0"
# As requirements.txt pins the wheel that holds it.
_ENVOY = ("1.40.0",)


@cache
def proven_versions() -> Mapping[str, tuple[str, ...]]:
    """Some versions of each component; others of the same major and minor version are taken to be alike."""
    parts = read().parts
    named = {component: (parts[name].version,) for component, name in _PARTS.items() if name in parts}
    prometheus = (as_program(parts["prometheus"].version), parts["prometheus-release"].version, _DEBIANS_PROMETHEUS)
    return {**named, "Linkerd": _LINKERD, "Prometheus": prometheus, "Envoy": _ENVOY}


def as_program(module_version: str) -> str:
    """What Prometheus calls itself: `3.15.0` for its module `v0.315.0`."""
    _, minor, patch = module_version.removeprefix("v").split(".")
    return f"{int(minor) // 100}.{int(minor) % 100}.{patch}"
