"""A bare cluster as its administrator sees it."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.manifests import TRAEFIK, Document
from platforms.bare.cluster import BareCluster
from platforms.kube.platform import ClusterPlatform, ClusterSettings


@dataclass(frozen=True, slots=True)
class Administrator:
    """Has a kubectl for the cluster, and starts runs of `manifests` on it."""

    cluster: BareCluster
    manifests: Path = TRAEFIK

    def kubectl(self, *arguments: str, given: str = "") -> str:
        command = [str(self.cluster.kubectl), "--kubeconfig", str(self.cluster.kubeconfig), *arguments]
        done = subprocess.run(command, input=given, capture_output=True, check=False, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, *arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kubectl("get", *arguments, "--output=json"))
        return found

    async def run(self, namespace: str, transform: Callable[[Document], None] = lambda _: None) -> ClusterPlatform:
        kubeconfig, kubectl = str(self.cluster.kubeconfig), str(self.cluster.kubectl)
        settings = ClusterSettings(str(self.manifests), namespace, kubeconfig=kubeconfig, kubectl=kubectl)
        return await ClusterPlatform.start(settings, self.cluster.reach(), transform=transform)
