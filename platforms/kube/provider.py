"""Runs on any Kubernetes: in the cluster that a kubeconfig names, each in a namespace of its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from manifests import TRAEFIK
from platforms.kube.kubeconfig import Kubeconfig
from platforms.kube.platform import ClusterPlatform
from platforms.kube.reach import KubectlPortForward, Reach
from platforms.kube.settings import ClusterSettings
from seam.doctor import Diagnosis
from seam.provider import Options, Say, StartRequest
from seam.views import PlatformView

# The namespace of a run, if nobody names one.
NAMESPACE = "faces"

P = TypeVar("P", bound=ClusterPlatform)


@dataclass(frozen=True, slots=True)
class Access:
    """The way into a cluster: `reach` opens what listens inside it."""

    kubeconfig: str | None
    context: str | None
    kubectl: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class Starting(Generic[P]):
    """A run on its way up, as the given kind of cluster platform."""

    kind: type[P]
    settings: ClusterSettings
    reach: Reach
    request: StartRequest

    @property
    def name(self) -> str:
        return self.settings.namespace

    async def wait_until_ready(self, progress: Say) -> P:
        transform, services = self.request.transform or (lambda _: None), self.request.services
        return await self.kind.start(self.settings, self.reach, transform=transform, services=services, say=progress)


class KubeProvider:
    """`platform` is the name under which it is registered; a subclass says how its cluster is reached."""

    def __init__(self, platform: str) -> None:
        self._platform = platform

    def access(self, options: Options) -> Access:
        kubectl = "kubectl"
        way = KubectlPortForward(kubectl, Kubeconfig(options.kubeconfig, options.context).options)
        return Access(options.kubeconfig, options.context, kubectl, way)

    def begin(self, options: Options, request: StartRequest) -> Starting[ClusterPlatform]:
        access = self.access(options)
        settings = self.settings(options, access, request.manifests or TRAEFIK)
        return Starting(ClusterPlatform, settings, access.reach, request)

    async def find(self, options: Options) -> ClusterPlatform:
        access = self.access(options)
        return await ClusterPlatform.attach(self.settings(options, access, TRAEFIK), access.reach)

    def names(self) -> list[str]:
        return []

    async def examine(self, options: Options) -> list[Diagnosis]:
        from platforms.kube.doctor.examination import examine_cluster  # noqa: PLC0415 - other commands do not wait for it

        access = self.access(options)
        return await examine_cluster(self.settings(options, access, TRAEFIK), access.reach)

    def page(self, options: Options, view: PlatformView) -> str:
        """With the command that forwards a port: the one that this process forwards is closed when it exits."""
        del view
        access = self.access(options)
        settings = self.settings(options, access, TRAEFIK)
        which = Kubeconfig(access.kubeconfig, access.context).options
        command = " ".join([access.kubectl, *which, f"--namespace {settings.namespace} port-forward"])
        return f"http://127.0.0.1:8080/faces/ while this runs: {command} {settings.front} 8080:80"

    def settings(self, options: Options, access: Access, manifests: Path = TRAEFIK) -> ClusterSettings:
        """Of a run that these options mean."""
        return ClusterSettings(
            str(manifests),
            options.name or NAMESPACE,
            access.kubeconfig,
            access.context,
            access.kubectl,
            platform=self._platform,
        )


PROVIDER = KubeProvider("cluster")
