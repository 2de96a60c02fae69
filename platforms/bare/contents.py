"""What every cluster holds before `faces` runs on it: the images that the manifests name, and the addons."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from manifests import MONITORING
from platforms.bare import rootfs
from platforms.bare.components import PAUSE_IMAGE
from platforms.bare.host import find
from platforms.bare.images import Image, program_layer, write_archive
from platforms.bare.layout import Layout, cache_folder
from platforms.bare.toolbox import TOOLS, Say, Toolbox
from seam.errors import PlatformFailed

MANIFESTS = Path(__file__).parent / "manifests"
_VERSIONS = {tool.folder: tool.version for tool in TOOLS}
ROLLOUTS_IMAGE = f"faces.dev/argo-rollouts:{_VERSIONS['argo-rollouts']}"
PROMETHEUS_IMAGE = f"faces.dev/prometheus:{_VERSIONS['prometheus']}"

# Deployments that have to be available before the cluster is ready.
ADDONS = ("kube-system/coredns", "argo-rollouts/argo-rollouts", "monitoring/prometheus")
RESTRICTED = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}


def load_images(layout: Layout, toolbox: Toolbox, say: Say) -> None:
    """Import them into the node's containerd. Nothing is pulled from a registry, and nothing pushed to one."""
    base = rootfs.base_layer(say)
    app = rootfs.app_layer(base, say)
    with tempfile.TemporaryDirectory(dir=cache_folder("images")) as temporary:
        folder = Path(temporary)

        def static(reference: str, program: Path, place: str, user: str) -> Image:
            layer = program_layer(folder / f"{program.name}.tar", program, place)
            return Image(reference, (layer,), (place,), user)

        tools = {name: version.removeprefix("v") for name, version in _VERSIONS.items()}
        images = [
            static(PAUSE_IMAGE, toolbox["pause"], "/pause", "65535:65535"),
            static(ROLLOUTS_IMAGE, toolbox["rollouts-controller"], "/bin/rollouts-controller", "999"),
            static(
                f"docker.io/library/traefik:v{tools['traefik']}", toolbox["traefik"], "/usr/local/bin/traefik", "65532"
            ),
            static(f"docker.io/coredns/coredns:{tools['coredns']}", toolbox["coredns"], "/coredns", "65532"),
            static(PROMETHEUS_IMAGE, toolbox["prometheus"], "/bin/prometheus", "65534"),
            Image(
                "docker.io/library/faces:dev",
                (base, app),
                ("/usr/bin/python3", "-m", "faces"),
                "10001",
                {"PYTHONPATH": f"/{rootfs.PLACE}", "PYTHONUNBUFFERED": "1"},
            ),
        ]
        archive = folder / "images.tar"
        write_archive(archive, images)
        client = find("ctr") or "ctr"
        address = str(layout.folder / "containerd.sock")
        _run(client, "--address", address, "--namespace", "k8s.io", "images", "import", "--digests", str(archive))


def apply_addons(layout: Layout, toolbox: Toolbox, say: Say) -> None:
    """Apply DNS, Argo Rollouts' own install manifest, Traefik's CRDs and Prometheus; return when all are available."""
    kubectl = [str(toolbox["kubectl"]), "--kubeconfig", str(layout.kubeconfig)]
    traefik = toolbox.modules["traefik"] / "docs/content/reference/dynamic-configuration"
    for documents in (
        [_namespace("argo-rollouts"), *_namespaced(_rollouts(toolbox.modules["argo-rollouts"]), "argo-rollouts")],
        _documents((traefik / "kubernetes-crd-definition-v1.yml").read_text()),
        _documents((MANIFESTS / "coredns.yaml").read_text()),
        _with_image(_documents(_run(str(toolbox["kubectl"]), "kustomize", str(MONITORING))), PROMETHEUS_IMAGE),
    ):
        # Server-side, because one of Argo's CRDs is too large for the annotation of a client-side apply.
        _run(*kubectl, "apply", "--server-side", "--filename=-", text=yaml.safe_dump_all(documents))
    _run(*kubectl, "label", "--overwrite", "namespace", "kube-system", *(f"{k}={v}" for k, v in RESTRICTED.items()))
    say("Waiting for DNS, Argo Rollouts and Prometheus...")
    wait_for_addons(layout, toolbox["kubectl"])


def wait_for_addons(layout: Layout, kubectl: Path, limit_s: int = 90) -> None:
    """Return when all are available. Raises PlatformFailed for one that is not."""
    for addon in ADDONS:
        namespace, _, deployment = addon.partition("/")
        _run(
            *(str(kubectl), "--kubeconfig", str(layout.kubeconfig), "rollout", "status"),
            *(f"--namespace={namespace}", f"--timeout={limit_s}s", f"deployment/{deployment}"),
        )


def _rollouts(module: Path) -> Iterator[dict[str, Any]]:
    """Argo Rollouts' own install manifest. It requests no CPU, so pods that do would starve it on a busy node."""
    for document in _with_image(_documents((module / "manifests" / "install.yaml").read_text()), ROLLOUTS_IMAGE):
        if document["kind"] == "Deployment":
            for container in document["spec"]["template"]["spec"]["containers"]:
                container.setdefault("resources", {}).setdefault("requests", {})["cpu"] = "100m"
        yield document


def _with_image(documents: Iterator[dict[str, Any]], image: str) -> Iterator[dict[str, Any]]:
    """The documents, with `image` in their Deployments, which the node has already."""
    for document in documents:
        if document["kind"] == "Deployment":
            for container in document["spec"]["template"]["spec"]["containers"]:
                container |= {"image": image, "imagePullPolicy": "IfNotPresent"}
        yield document


def _namespaced(documents: Iterator[dict[str, Any]], namespace: str) -> Iterator[dict[str, Any]]:
    """Add the namespace, as `kubectl apply --namespace` would; the bindings name it already."""
    for document in documents:
        if not document["kind"].startswith(("Cluster", "CustomResource")):
            document["metadata"]["namespace"] = namespace
        yield document


def _namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": RESTRICTED}}


def _documents(text: str) -> Iterator[dict[str, Any]]:
    return (document for document in yaml.load_all(text, yaml.CSafeLoader) if document)


def _run(*command: str, text: str | None = None) -> str:
    given = {"stdin": subprocess.DEVNULL} if text is None else {"input": text}
    done = subprocess.run(command, capture_output=True, check=False, text=True, **given)
    if done.returncode:
        what = f"{Path(command[0]).name} {command[-1] if text is None else 'apply'}"
        raise PlatformFailed(f"{what} failed: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout
