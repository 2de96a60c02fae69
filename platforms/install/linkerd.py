"""Linkerd, as its own command installs it, and the plugin by which Argo Rollouts writes the weights of routes.

Neither is in a package registry, so a cluster has it from upstream alone. No run has shown this one yet: a real Linkerd
was run otherwise (docs/signals.md).
"""

import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

from platforms.install.contents import documents, gateway_api
from platforms.install.images import this_architecture
from platforms.install.kubectl import Kubectl
from platforms.install.toolbox import Toolbox
from platforms.install.versions import version_of
from seam.errors import PlatformFailed

PROGRAM = "linkerd"
WORKLOADS = (
    *(f"linkerd/linkerd-{name}" for name in ("identity", "destination", "proxy-injector")),
    "argo-rollouts/argo-rollouts",
)
_PLUGIN = "argoproj-labs/gatewayAPI"
_RELEASES = "https://github.com/argoproj-labs/rollouts-plugin-trafficrouter-gatewayapi/releases/download"


def apply(kubectl: Kubectl, toolbox: Toolbox, *, own_images: bool = True) -> None:
    """Apply what `linkerd install` prints, the Gateway API's CRDs before it, and tell the controller of its plugin.

    It is available when WORKLOADS are.
    """
    del own_images  # there are none
    kubectl.apply(gateway_api(toolbox.modules["gateway-api"]))
    # Its policy controller looks once, when it starts, which kinds of routes there are.
    kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
    for words in (("install", "--crds"), ("install",)):
        kubectl.apply(documents(_said(kubectl.kubeconfig, *words)))
    kubectl.apply([plugin(version_of("gateway-plugin"), this_architecture())])
    # It reads its plugins when it starts.
    kubectl("rollout", "restart", "--namespace=argo-rollouts", "deployment/argo-rollouts")


def plugin(version: str, architecture: str) -> dict[str, Any]:
    """The ConfigMap that names the plugin's release, which the controller downloads. Pure."""
    location = f"{_RELEASES}/{version}/gatewayapi-plugin-linux-{architecture}"
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "argo-rollouts-config", "namespace": "argo-rollouts"},
        "data": {"trafficRouterPlugins": yaml.safe_dump([{"name": _PLUGIN, "location": location}])},
    }


def _said(kubeconfig: Path, *words: str) -> str:
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
    done = subprocess.run([PROGRAM, *words], env=environment, capture_output=True, check=False, text=True)
    if done.returncode:
        raise PlatformFailed(f"{PROGRAM} {' '.join(words)} failed: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout
