"""What a user chooses about a run on a cluster."""

import re
from dataclasses import dataclass

from seam.errors import UserError

_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """`namespace` is the run's own, and its name; `prometheus` is NAMESPACE/svc/NAME:PORT.

    `repository` is where a run that is delivered by commits gets its repository; None: one in its own namespace.
    """

    manifests: str
    namespace: str
    kubeconfig: str | None = None  # None: KUBECONFIG, ~/.kube/config, or the pod's own service account
    context: str | None = None
    kubectl: str = "kubectl"
    platform: str = "cluster"
    front: str = "svc/front"
    prometheus: str = "monitoring/svc/prometheus:9090"
    repository: str | None = None

    def __post_init__(self) -> None:
        """Raises UserError for a namespace or a Prometheus that cannot be one."""
        if not re.fullmatch(_LABEL, self.namespace):
            shape = "it must be lower case letters, digits and dashes, 63 characters at most"
            raise UserError(f"{self.namespace!r} cannot be the name of a namespace: {shape}.")
        if not re.fullmatch(rf"{_LABEL}/(svc|pod)/[^/:]+:\d{{1,5}}", self.prometheus):
            raise UserError(f"{self.prometheus!r} is not an address of Prometheus: it must be NAMESPACE/svc/NAME:PORT.")

    @property
    def prometheus_target(self) -> tuple[str, str, int]:
        """(namespace, svc/NAME, port), as a Reach opens it."""
        place, _, port = self.prometheus.rpartition(":")
        namespace, _, target = place.partition("/")
        return namespace, target, int(port)
