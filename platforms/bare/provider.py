"""Runs on a bare cluster: one that `faces cluster up --on bare` has made."""

from platforms.bare.cluster import BareCluster
from platforms.kube.provider import Access, KubeProvider
from seam.provider import Options


class _Bare(KubeProvider):
    def access(self, options: Options) -> Access:
        bare = BareCluster.find(options.cluster)
        return Access(str(bare.kubeconfig), None, str(bare.kubectl), bare.reach())


PROVIDER = _Bare("bare")
