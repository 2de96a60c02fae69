"""A cluster's doctor: observes, then lets every check decide."""

from platforms.doctor.checking import examine
from platforms.kube.client import Cluster
from platforms.kube.doctor.checks import CHECKS
from platforms.kube.doctor.observing import observe
from platforms.kube.kubeconfig import Kubeconfig
from platforms.kube.reach import Reach
from platforms.kube.settings import ClusterSettings
from seam.doctor import Diagnosis


async def examine_cluster(settings: ClusterSettings, reach: Reach) -> list[Diagnosis]:
    """Raises UserError for a kubeconfig that cannot be used; whatever else is wrong is a finding."""
    try:
        async with await Cluster.connect(Kubeconfig(settings.kubeconfig, settings.context)) as cluster:
            return examine(CHECKS, await observe(cluster, reach, settings))
    finally:
        await reach.close()
