"""Argo CD, built from its published module and applied as its own core install says: no API server, no page, no dex.

As pods, not as processes of a node: so every kind of cluster that we make gets the same one, in the shape that it has
on anybody's cluster, and nothing of it has to be kept alive here.
"""

import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from platforms.install import rootfs
from platforms.install.contents import documents, namespace, namespaced, with_image
from platforms.install.images import Image, program_layer
from platforms.install.kubectl import Kubectl
from platforms.install.toolbox import ARGOCD, Say, Toolbox

NAMESPACE = "argocd"
IMAGE = f"faces.dev/argocd:{ARGOCD.version}"
# What has to be available before anything can be delivered.
WORKLOADS = tuple(
    f"{NAMESPACE}/{name}"
    for name in ("argocd-redis", "argocd-repo-server", "statefulset/argocd-application-controller")
)
_BIN = "/usr/local/bin"
_NAMES = ("argocd-application-controller", "argocd-git-ask-pass", "argocd-redis", "argocd-repo-server", "kustomize")
# The application controller finds nothing to watch without them, and the rest is not for us: Applications that make
# Applications, and policies for a network that enforces none.
_LEFT_OUT = ("applicationset", "network-policy")


def image(toolbox: Toolbox, folder: Path, say: Say) -> Image:
    """git, which the repository server calls, and above it one program with the names of all."""
    program = program_layer(folder / "argocd.tar", toolbox["argocd"], f"{_BIN}/argocd", _NAMES)
    environment = {"PATH": f"{_BIN}:/usr/bin:/bin"}
    return Image(IMAGE, (rootfs.git_layer(say), program), (), "999", environment, "/home/argocd")


def apply(kubectl: Kubectl, toolbox: Toolbox, *, own_images: bool = True) -> None:
    """Apply the module's own core install manifest. It is available when WORKLOADS are.

    `own_images`: with the one of `image`, else with those that the manifest names.
    """
    core = _core(toolbox)
    made = installed(core, secrets.token_urlsafe(24)) if own_images else published(core)
    kubectl.apply([namespace(NAMESPACE), *made])


def images(toolbox: Toolbox) -> list[str]:
    """Those that the manifest names itself."""
    pods = [one["spec"]["template"]["spec"] for one in _core(toolbox) if "template" in one.get("spec", {})]
    return sorted({part["image"] for pod in pods for part in (*pod["containers"], *pod.get("initContainers", ()))})


def published(core: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The core install as it is, but for what `faces` reads in an Application's status. Pure."""
    for document in namespaced(core, NAMESPACE):
        yield _telling(document)


def installed(core: Iterable[dict[str, Any]], password: str) -> Iterator[dict[str, Any]]:
    """Of the core install what a made cluster needs, with our image; `password` is that of its Redis. Pure."""
    wanted = (one for one in core if not any(part in one["metadata"]["name"] for part in _LEFT_OUT))
    for document in namespaced(with_image(wanted, IMAGE), NAMESPACE):
        for container in _containers(document):
            # Without a request, pods that have one would starve it on a busy node.
            container.setdefault("resources", {}).setdefault("requests", {})["cpu"] = "50m"
            if container["name"] == "redis":
                container["command"] = [f"{_BIN}/argocd-redis"]
            else:
                # No commit is signed here; with it on, the repository server looks for gpg, which the image has not.
                container["env"].append({"name": "ARGOCD_GPG_ENABLED", "value": "false"})
        yield _telling(document)
    yield {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "argocd-redis", "namespace": NAMESPACE},
        "stringData": {"auth": password},
    }


def _core(toolbox: Toolbox) -> Iterator[dict[str, Any]]:
    return documents((toolbox.modules["argocd"] / "manifests" / "core-install.yaml").read_text())


def _telling(document: dict[str, Any]) -> dict[str, Any]:
    """Without this, an Application's status does not say which of its objects is in trouble."""
    if document["kind"] == "ConfigMap" and document["metadata"]["name"] == "argocd-cmd-params-cm":
        document["data"] = {**document.get("data", {}), "controller.resource.health.persist": "true"}
    return document


def _containers(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Those of a Deployment or StatefulSet, which loses its init containers: what they prepare is in our image, or
    given here.
    """
    if document["kind"] not in ("Deployment", "StatefulSet"):
        return []
    spec = document["spec"]["template"]["spec"]
    spec.pop("initContainers", None)
    found: list[dict[str, Any]] = spec["containers"]
    return found
