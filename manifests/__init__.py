"""The Kubernetes manifests of the app. Where they are, for whoever reads or applies them.

They are part of the package, so that an installed `faces` has them as well as a clone does.
"""

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent

# The app itself, as Argo Rollouts and Linkerd want it. The embedded platform reads this folder as it is.
BASE: Final = _HERE / "base"
# What a cluster gets: base, behind a Traefik in the same namespace.
TRAEFIK: Final = _HERE / "overlays" / "traefik"
# The same in a mesh: base, with Linkerd's routes and policies.
LINKERD: Final = _HERE / "overlays" / "linkerd"
# A Prometheus that measures the Traefik or the proxies of every namespace, for a cluster that has none.
MONITORING: Final = _HERE / "monitoring"
# How Argo CD delivers a run from a repository: its project and Application, and a repository for those who have none.
ARGOCD: Final = _HERE / "argocd"
