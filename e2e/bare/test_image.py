"""The app's image as a builder makes it of the Containerfile, run on a cluster as its manifests run it."""

import json
import secrets
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from e2e.bare.administrator import Administrator
from e2e.manifests import TRAEFIK
from platforms.bare.cluster import bring
from platforms.install import builders, rootfs
from platforms.install.images import this_architecture
from platforms.kube.applying import render

pytestmark = pytest.mark.timeout(240)

TAG = "localhost/faces:containerfile"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built upon bases that are made here, because there is no registry."""
    builder = builders.chosen("registries", print)
    builders.made(builder, TAG, this_architecture(), "registries", print)
    file = tmp_path_factory.mktemp("image") / "image.tar"
    builder.write(TAG, file)
    return file


def test_it_holds_the_files_of_the_image_that_is_made_without_a_builder(archive: Path) -> None:
    ours = {name for name in _files(rootfs.app_layer(rootfs.base_layer(print), print)) if _told(name)}
    theirs: set[str] = set()
    with tarfile.open(archive) as opened:
        blobs = {entry.name: entry for entry in opened if entry.name.startswith("blobs/")}
        for layer in _json(opened, blobs, "index.json")["layers"]:
            packed = opened.extractfile(blobs[_place(layer)])
            with tarfile.open(fileobj=packed) as unpacked:
                theirs |= {name.removeprefix("./") for name in unpacked.getnames()}
    assert {name for name in theirs if name.startswith(rootfs.PLACE) and _told(name)} == ours


async def test_it_serves_as_nobody_in_particular_on_a_filesystem_that_it_cannot_write(
    admin: Administrator, archive: Path
) -> None:
    bring(admin.cluster.layout, archive)
    rendered = await render(str(admin.cluster.kubectl), str(TRAEFIK))
    (smiley,) = (one for one in rendered if (one["kind"], one["metadata"]["name"]) == ("Rollout", "smiley"))
    spec = smiley["spec"]["template"]["spec"]
    # The image says who it is; that it is not root is what the kubelet then looks after.
    del spec["securityContext"]["runAsUser"]
    container = spec["containers"][0] | {"image": TAG, "envFrom": []}
    container["env"] = [one for one in container["env"] if "valueFrom" not in one]
    with _namespace(admin) as name:
        pod = {"metadata": {"name": "smiley", "namespace": name}, "spec": spec | {"containers": [container]}}
        admin.kubectl("apply", "--filename=-", given=json.dumps({"apiVersion": "v1", "kind": "Pod", **pod}))
        admin.kubectl("wait", f"--namespace={name}", "--for=condition=Ready", "--timeout=120s", "pod/smiley")
        said = admin.kubectl("get", f"--raw=/api/v1/namespaces/{name}/pods/smiley:8000/proxy/center/")
        assert json.loads(said)["smiley"]


@contextmanager
def _namespace(admin: Administrator) -> Iterator[str]:
    name = f"image-{secrets.token_hex(3)}"
    admin.kubectl("create", "namespace", name)
    admin.kubectl("label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted")
    try:
        yield name
    finally:
        admin.kubectl("delete", "namespace", name, "--wait=false")


def _json(opened: tarfile.TarFile, blobs: dict[str, tarfile.TarInfo], name: str) -> dict[str, Any]:
    """The image's manifest: the only one that the index names."""
    read: Any = opened.extractfile(name)
    (manifest,) = json.load(read)["manifests"]
    found: Any = opened.extractfile(blobs[_place(manifest)])
    described: dict[str, Any] = json.load(found)
    return described


def _place(descriptor: dict[str, Any]) -> str:
    return f"blobs/{descriptor['digest'].replace(':', '/')}"


def _files(layer: Path) -> set[str]:
    with tarfile.open(layer) as opened:
        return set(opened.getnames())


def _told(name: str) -> bool:
    """pip and uv each leave a note of their own beside what they have installed, and scripts that nobody calls."""
    return not any(part in name for part in (".dist-info", f"{rootfs.PLACE}/bin", ".lock", "__pycache__"))
