"""Which cluster a session means. Nothing is imported here that a session on the embedded platform does not need."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from platforms.bare.cluster import BareCluster
    from platforms.kube.kubeconfig import Kubeconfig
    from platforms.kube.reach import Reach


@dataclass(frozen=True, slots=True)
class Where:
    """As it was asked for on the command line. `cluster` is the name of a bare one; None is what kubectl would take,
    and for kind the context that `kind create cluster` makes.
    """

    platform: str
    manifests: str
    cluster: str
    kubeconfig: str | None = None
    context: str | None = None

    @property
    def access(self) -> "Kubeconfig":
        from platforms.kube.kubeconfig import Kubeconfig

        if self.platform == "bare":
            return Kubeconfig(str(self._bare().kubeconfig))
        return Kubeconfig(self.kubeconfig, self.context or ("kind-kind" if self.platform == "kind" else None))

    @property
    def kubectl(self) -> str:
        return str(self._bare().kubectl) if self.platform == "bare" else "kubectl"

    def reach(self) -> "Reach":
        from platforms.kube.reach import KubectlPortForward

        if self.platform == "bare":
            return self._bare().reach()
        return KubectlPortForward(self.kubectl, self.access.options)

    def _bare(self) -> "BareCluster":
        from platforms.bare.cluster import BareCluster

        return BareCluster.find(self.cluster)
