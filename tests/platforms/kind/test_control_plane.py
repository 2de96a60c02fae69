import io
import json
import tarfile
from pathlib import Path

import pytest

from platforms.install.toolbox import Toolbox
from platforms.kind import control_plane
from platforms.kind.control_plane import archive, linked

LDD = """\
	linux-vdso.so.1 (0x00007ffd1c5f2000)
	libnftables.so.1 => /lib/x86_64-linux-gnu/libnftables.so.1 (0x00007f2a3c000000)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f2a3bc00000)
	/lib64/ld-linux-x86-64.so.2 (0x00007f2a3c0f1000)
"""
VERSIONS = {"kubernetes": "v1.35.4", "etcd": "3.6.5", "coredns": "1.14.7"}


def test_what_a_program_is_linked_to_is_read_from_ldd() -> None:
    assert linked(LDD) == [
        "/lib/x86_64-linux-gnu/libnftables.so.1",
        "/lib/x86_64-linux-gnu/libc.so.6",
        "/lib64/ld-linux-x86-64.so.2",
    ]
    assert linked("\tnot a dynamic executable\n") == []


def test_the_archive_holds_what_kubeadm_starts_and_kube_proxy_has_nft(
    machine: Path, toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    nft, library = machine / "nft", machine / "libnftables.so.1"
    nft.write_text("I am nft.")
    library.write_text("I am its library.")
    monkeypatch.setattr(control_plane, "_nft", lambda: {"/usr/sbin/nft": nft, "/lib/libnftables.so.1": library})
    with archive(toolbox, VERSIONS) as file, tarfile.open(file) as tar:
        blobs = {entry.name: tar.extractfile(entry).read() for entry in tar}  # type: ignore[union-attr]
    assert not file.exists()
    images = {}
    for one in json.loads(blobs["index.json"])["manifests"]:
        manifest = json.loads(blobs[f"blobs/sha256/{one['digest'][7:]}"])
        with tarfile.open(fileobj=io.BytesIO(blobs[f"blobs/sha256/{manifest['layers'][0]['digest'][7:]}"])) as layer:
            images[one["annotations"]["io.containerd.image.name"]] = layer.getnames()
    assert set(images) == {
        "faces.dev/kube-apiserver:v1.35.4",
        "faces.dev/kube-controller-manager:v1.35.4",
        "faces.dev/kube-scheduler:v1.35.4",
        "faces.dev/kube-proxy:v1.35.4",
        "faces.dev/etcd:3.6.5",
        "faces.dev/coredns:1.14.7",
        "faces.dev/pause:1",
    }
    assert images["faces.dev/kube-proxy:v1.35.4"] == [
        "usr/local/bin/kube-proxy",
        "usr/sbin/nft",
        "lib/libnftables.so.1",
    ]
    assert images["faces.dev/etcd:3.6.5"] == ["usr/local/bin/etcd"]
