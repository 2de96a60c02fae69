import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from platforms.install import rootfs
from platforms.install.contents import ROLLOUTS_IMAGE, image_archive
from platforms.install.toolbox import Toolbox

PROGRAMS = ("pause", "rollouts-controller", "traefik", "coredns", "prometheus")


@pytest.fixture
def toolbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toolbox:
    """Programs that do nothing, and nothing of a distribution below them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "cache/faces/images").mkdir(parents=True)
    empty = tmp_path / "empty.tar"
    with tarfile.open(empty, "w"):
        pass
    monkeypatch.setattr(rootfs, "base_layer", lambda _: empty)
    monkeypatch.setattr(rootfs, "app_layer", lambda *_: empty)
    programs = {name: tmp_path / name for name in PROGRAMS}
    for file in programs.values():
        file.write_bytes(b"\x7fELF")
    return Toolbox(programs, {})


def test_the_controller_can_keep_its_plugins_where_its_manifest_mounts_a_volume_for_them(toolbox: Toolbox) -> None:
    """It looks for `plugin-bin` in its working directory, and the root of its image is read-only."""
    with image_archive(toolbox, lambda _: None) as archive, tarfile.open(archive) as images:

        def read(name: str) -> Any:
            file = images.extractfile(name)
            assert file is not None
            return json.loads(file.read())

        manifests = read("index.json")["manifests"]
        (one,) = [m for m in manifests if m["annotations"]["io.containerd.image.name"] == ROLLOUTS_IMAGE]
        config = read(_blob(read(_blob(one))["config"]))
    assert config["config"]["WorkingDir"] == "/home/argo-rollouts"


def _blob(described: dict[str, Any]) -> str:
    return str(described["digest"]).replace("sha256:", "blobs/sha256/")
