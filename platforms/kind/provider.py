"""Runs on a kind cluster: one that `faces cluster up --on kind` has made, or somebody else's, by kind's own context."""

from dataclasses import replace

from platforms.kind.cluster import KindCluster, clusters_up
from platforms.kube.kubeconfig import Kubeconfig
from platforms.kube.provider import Access, KubeProvider
from platforms.kube.reach import KubectlPortForward
from seam.provider import Options

_CONTEXT = "kind-kind"  # what `kind create cluster` calls the one it makes, unless told otherwise


class _Kind(KubeProvider):
    def access(self, options: Options) -> Access:
        if options.cluster is None and (options.kubeconfig or options.context or not clusters_up()):
            return super().access(replace(options, context=options.context or _CONTEXT))
        made = KindCluster.find(options.cluster)
        kubectl, kubeconfig = str(made.kubectl), str(made.layout.kubeconfig)
        way = KubectlPortForward(kubectl, Kubeconfig(kubeconfig, None).options)
        return Access(kubeconfig, None, kubectl, way)


PROVIDER = _Kind("kind")
