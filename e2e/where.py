"""Which cluster a session means. Nothing is imported here that a session on the embedded platform does not need."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from platforms.registry import provider
from seam.provider import Options

if TYPE_CHECKING:
    from platforms.kube.kubeconfig import Kubeconfig
    from platforms.kube.provider import Access


@dataclass(frozen=True, slots=True)
class Where:
    """As asked for on the command line. `cluster` is one that faces has made; None is what kubectl would take."""

    platform: str
    manifests: str
    cluster: str | None = None
    kubeconfig: str | None = None
    context: str | None = None

    def options(self, namespace: str | None = None) -> Options:
        return Options(namespace, self.cluster, self.kubeconfig, self.context)

    def access(self) -> "Access":
        """The way into the cluster. UserError: there is none."""
        from platforms.kube.provider import KubeProvider

        found = provider(self.platform)
        assert isinstance(found, KubeProvider), f"{self.platform} has no cluster"
        return found.access(self.options())

    def kubeconfig_used(self) -> "Kubeconfig":
        """With which an API client of its own can be made."""
        from platforms.kube.kubeconfig import Kubeconfig

        access = self.access()
        return Kubeconfig(access.kubeconfig, access.context)
