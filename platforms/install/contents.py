"""What every cluster that we make holds before `faces` runs on it: images that manifests name, and the addons."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from manifests import MONITORING, TRAEFIK
from platforms.install import rootfs
from platforms.install.cache import cache_folder
from platforms.install.images import Image, program_layer, write_archive
from platforms.install.kubectl import Kubectl
from platforms.install.toolbox import TOOLS, Say, Toolbox

VERSIONS = {tool.folder: tool.version for tool in TOOLS}
APP_IMAGE = "faces:dev"
PAUSE_IMAGE = "faces.dev/pause:1"
ROLLOUTS_IMAGE = f"faces.dev/argo-rollouts:{VERSIONS['argo-rollouts']}"
PROMETHEUS_IMAGE = f"faces.dev/prometheus:{VERSIONS['prometheus']}"

# Deployments that have to be available before the cluster is ready.
ADDONS = ("argo-rollouts/argo-rollouts", "monitoring/prometheus")
RESTRICTED = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}


MoreImages = Callable[[Path], Iterable[Image]]
"""Images whose layers may be written into a folder that is there for as long as the archive is."""


@contextmanager
def image_archive(toolbox: Toolbox, say: Say, more: MoreImages = lambda _: ()) -> Iterator[Path]:
    """An OCI archive of all images, for the node to import. Nothing is pulled from a registry or pushed to one."""
    base = rootfs.base_layer(say)
    app = rootfs.app_layer(base, say)
    with tempfile.TemporaryDirectory(dir=cache_folder("images")) as temporary:
        folder = Path(temporary)

        def static(reference: str, program: Path, place: str, user: str, working_dir: str = "/") -> Image:
            layer = program_layer(folder / f"{program.name}.tar", program, place)
            return Image(reference, (layer,), (place,), user, working_dir=working_dir)

        tools = {name: version.removeprefix("v") for name, version in VERSIONS.items()}
        images = [
            static(PAUSE_IMAGE, toolbox["pause"], "/pause", "65535:65535"),
            # The folder below which it puts its plugins: its install manifest mounts a volume there, and nothing else
            # may be written to.
            static(
                ROLLOUTS_IMAGE,
                toolbox["rollouts-controller"],
                "/bin/rollouts-controller",
                "999",
                "/home/argo-rollouts",
            ),
            static(
                f"docker.io/library/traefik:v{tools['traefik']}", toolbox["traefik"], "/usr/local/bin/traefik", "65532"
            ),
            static(f"docker.io/coredns/coredns:{tools['coredns']}", toolbox["coredns"], "/coredns", "65532"),
            static(PROMETHEUS_IMAGE, toolbox["prometheus"], "/bin/prometheus", "65534"),
            app_image((base, app)),
        ]
        archive = folder / "images.tar"
        write_archive(archive, [*images, *more(folder)])
        yield archive


def app_image(layers: tuple[Path, ...]) -> Image:
    """As the Containerfile has it: a test holds the two together."""
    return Image(
        f"docker.io/library/{APP_IMAGE}",
        layers,
        ("/usr/bin/python3", "-m", "faces"),
        "10001",
        {"PYTHONPATH": f"/{rootfs.PLACE}", "PYTHONUNBUFFERED": "1"},
    )


def apply_addons(kubectl: Kubectl, toolbox: Toolbox, *, own_images: bool = True) -> None:
    """Apply Argo Rollouts' own install manifest, Traefik's CRDs and Prometheus. They are available when ADDONS are.

    `own_images`: with those of `image_archive`, else with those that the manifests name.
    """
    traefik = toolbox.modules["traefik"] / "docs/content/reference/dynamic-configuration"
    rollouts = _rollouts(toolbox.modules["argo-rollouts"])
    prometheus = documents(kubectl("kustomize", str(MONITORING)))
    if own_images:
        rollouts, prometheus = with_image(rollouts, ROLLOUTS_IMAGE), with_image(prometheus, PROMETHEUS_IMAGE)
    kubectl.apply([namespace("argo-rollouts"), *namespaced(rollouts, "argo-rollouts")])
    kubectl.apply(documents((traefik / "kubernetes-crd-definition-v1.yml").read_text()))
    kubectl.apply(prometheus)


def addon_images(kubectl: Kubectl, toolbox: Toolbox) -> list[str]:
    """The images that the addons' manifests, and those of a run, name themselves."""
    made = [*_rollouts(toolbox.modules["argo-rollouts"])]
    made += [one for folder in (MONITORING, TRAEFIK) for one in documents(kubectl("kustomize", str(folder)))]
    pods = [document["spec"]["template"]["spec"] for document in made if "template" in document.get("spec", {})]
    named = [container.get("image", APP_IMAGE) for pod in pods for container in pod.get("containers", ())]
    return sorted({image for image in named if image != APP_IMAGE})


def gateway_api(module: Path) -> Iterator[dict[str, Any]]:
    """The Gateway API's CRDs, standard channel: for a cluster that gets a mesh (manifests/overlays/linkerd)."""
    for file in sorted((module / "config/crd/standard").glob("*.yaml")):
        yield from documents(file.read_text())


def _rollouts(module: Path) -> Iterator[dict[str, Any]]:
    """Argo Rollouts' own install manifest. It requests no CPU, so pods that do would starve it on a busy node."""
    for document in documents((module / "manifests" / "install.yaml").read_text()):
        if document["kind"] == "Deployment":
            for container in document["spec"]["template"]["spec"]["containers"]:
                container.setdefault("resources", {}).setdefault("requests", {})["cpu"] = "100m"
        yield document


def with_image(made: Iterable[dict[str, Any]], image: str) -> Iterator[dict[str, Any]]:
    """With `image` in the Deployments and StatefulSets, which the node has already."""
    for document in made:
        if document["kind"] in ("Deployment", "StatefulSet"):
            for container in document["spec"]["template"]["spec"]["containers"]:
                container |= {"image": image, "imagePullPolicy": "IfNotPresent"}
        yield document


def namespaced(made: Iterable[dict[str, Any]], namespace: str) -> Iterator[dict[str, Any]]:
    """Add the namespace, as `kubectl apply --namespace` would; the bindings name it already."""
    for document in made:
        if not document["kind"].startswith(("Cluster", "CustomResource")):
            document["metadata"]["namespace"] = namespace
        yield document


def namespace(name: str) -> dict[str, Any]:
    """A namespace in which pods are restricted."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": RESTRICTED}}


def documents(text: str) -> Iterator[dict[str, Any]]:
    """Those of a YAML file, the empty ones left out."""
    return (document for document in yaml.load_all(text, yaml.CSafeLoader) if document)
