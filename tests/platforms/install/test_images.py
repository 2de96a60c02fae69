import hashlib
import io
import json
import os
import platform
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platforms.install.images import Image, program_layer, write_archive

Members = dict[str, tuple[tarfile.TarInfo, bytes]]
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """As a compiler or a package left it: with an owner, a time and a mode of its own."""
    file = tmp_path / "program"
    file.write_bytes(b"\x7fELF" + bytes(range(256)) * 512)
    file.chmod(0o640)
    os.utime(file, (1_700_000_000.5, 1_700_000_000.5))
    return file


@pytest.fixture
def layers(tmp_path: Path) -> list[Path]:
    """Two that are lower and upper, and a third with the content of the first."""
    files = [tmp_path / f"{number}.tar" for number in range(3)]
    for file, content in zip(files, (b"below", b"above", b"below"), strict=True):
        with tarfile.open(file, "w") as layer:
            entry = tarfile.TarInfo("file")
            entry.size = len(content)
            layer.addfile(entry, io.BytesIO(content))
    return files


@pytest.fixture
def images(layers: list[Path]) -> list[Image]:
    lower, upper, same = layers
    return [
        Image("faces.dev/one:1", (lower, upper), ("/bin/one", "--flag"), "10001", {"A": "1", "B": "x=y"}, "/srv"),
        Image("faces.dev/two:2", (same,), ("/bin/two",), "65534:65534"),
    ]


def members(archive: Path) -> Members:
    with tarfile.open(archive) as opened:
        found = opened.getmembers()
        read = {entry.name: (entry, opened.extractfile(entry).read()) for entry in found}  # type: ignore[union-attr]
    assert len(found) == len(read), "a name is in the archive twice"
    return read


def described(read: Members, descriptor: dict[str, Any], media_type: str) -> bytes:
    """The blob of a descriptor, which has to be what the descriptor says."""
    algorithm, _, digest = descriptor["digest"].partition(":")
    content = read[f"blobs/{algorithm}/{digest}"][1]
    assert algorithm == "sha256"
    assert hashlib.sha256(content).hexdigest() == digest
    assert descriptor["size"] == len(content)
    assert descriptor["mediaType"] == media_type
    return content


def read_image(read: Members, descriptor: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """Its configuration and its layers, by way of every digest."""
    manifest = json.loads(described(read, descriptor, MANIFEST))
    assert (manifest["schemaVersion"], manifest["mediaType"]) == (2, MANIFEST)
    config = json.loads(described(read, manifest["config"], CONFIG))
    assert config["rootfs"] == {"type": "layers", "diff_ids": [layer["digest"] for layer in manifest["layers"]]}
    return config, [described(read, layer, LAYER) for layer in manifest["layers"]]


def test_what_is_written_is_what_is_read_back(tmp_path: Path, images: list[Image]) -> None:
    archive = tmp_path / "images.tar"
    write_archive(archive, images)
    read = members(archive)
    assert json.loads(read["oci-layout"][1]) == {"imageLayoutVersion": "1.0.0"}
    index = json.loads(read["index.json"][1])
    assert (index["schemaVersion"], index["mediaType"]) == (2, INDEX)
    for image, descriptor in zip(images, index["manifests"], strict=True):
        assert descriptor["annotations"] == {"io.containerd.image.name": image.reference}
        config, layers = read_image(read, descriptor)
        assert layers == [layer.read_bytes() for layer in image.layers]
        assert config["os"] == "linux"
        assert config["config"] == {
            "User": image.user,
            "Entrypoint": list(image.entrypoint),
            "WorkingDir": image.working_dir,
            "Env": [f"{key}={value}" for key, value in image.env.items()],
        }


@pytest.mark.parametrize(
    ("machine_name", "architecture"), [("x86_64", "amd64"), ("aarch64", "arm64"), ("riscv64", "riscv64")]
)
def test_the_architecture_is_this_machines_in_the_words_of_go(
    tmp_path: Path, images: list[Image], monkeypatch: pytest.MonkeyPatch, machine_name: str, architecture: str
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine_name)
    write_archive(tmp_path / "images.tar", images)
    read = members(tmp_path / "images.tar")
    config, _ = read_image(read, json.loads(read["index.json"][1])["manifests"][0])
    assert config["architecture"] == architecture


def test_a_layer_that_several_images_have_is_stored_once(tmp_path: Path, images: list[Image]) -> None:
    write_archive(tmp_path / "images.tar", images)
    read = members(tmp_path / "images.tar")
    assert [content for _, content in read.values()].count(images[0].layers[0].read_bytes()) == 1
    # Two layers, two configurations, two manifests.
    assert len([name for name in read if name.startswith("blobs/")]) == 6


@settings(deadline=None, max_examples=30)
@given(st.lists(st.lists(st.binary(max_size=2000), max_size=3), max_size=3))
def test_every_blob_is_named_by_its_content_and_wanted_by_somebody(
    tmp_path_factory: pytest.TempPathFactory, contents: list[list[bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("images")
    images = []
    for number, layers in enumerate(contents):
        files = [folder / f"{number}-{part}" for part in range(len(layers))]
        for file, content in zip(files, layers, strict=True):
            file.write_bytes(content)
        images.append(Image(f"image:{number}", tuple(files), ("/run",), "1"))
    write_archive(folder / "images.tar", images)
    read = members(folder / "images.tar")
    wanted = {"index.json", "oci-layout"}
    for layers, descriptor in zip(contents, json.loads(read["index.json"][1])["manifests"], strict=True):
        assert read_image(read, descriptor)[1] == layers
        manifest = json.loads(described(read, descriptor, MANIFEST))
        for part in (descriptor, manifest["config"], *manifest["layers"]):
            wanted.add(f"blobs/{part['digest'].replace(':', '/')}")
    assert set(read) == wanted


def test_the_same_images_make_the_same_archive(tmp_path: Path, images: list[Image]) -> None:
    write_archive(tmp_path / "first.tar", images)
    for layer in images[0].layers:
        os.utime(layer, (1, 1))
        layer.chmod(0o600)
    write_archive(tmp_path / "second.tar", images)
    assert (tmp_path / "first.tar").read_bytes() == (tmp_path / "second.tar").read_bytes()
    for entry, _ in members(tmp_path / "first.tar").values():
        assert (entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname) == (0, 0, 0, "", "")


def test_a_program_is_alone_in_its_layer_and_anybody_may_run_it(tmp_path: Path, program: Path) -> None:
    layer = program_layer(tmp_path / "layer.tar", program, "/usr/local/bin/program")
    ((name, (entry, content)),) = members(layer).items()
    assert (name, content) == ("usr/local/bin/program", program.read_bytes())
    assert entry.isreg()
    assert (entry.mode, entry.uid, entry.gid, entry.uname, entry.gname, entry.mtime) == (0o755, 0, 0, "", "", 0)


def test_the_same_program_makes_the_same_layer_whoever_built_it_whenever(tmp_path: Path, program: Path) -> None:
    first = program_layer(tmp_path / "first.tar", program, "/program").read_bytes()
    program.chmod(0o700)
    os.utime(program, (1, 1))
    assert program_layer(tmp_path / "second.tar", program, "/program").read_bytes() == first


def test_of_a_link_the_program_is_packed(tmp_path: Path, program: Path) -> None:
    (tmp_path / "link").symlink_to(program)
    layer = program_layer(tmp_path / "layer.tar", tmp_path / "link", "/program")
    entry, content = members(layer)["program"]
    assert entry.isreg()
    assert content == program.read_bytes()


def test_a_program_can_have_more_names_beside_it(tmp_path: Path, program: Path) -> None:
    layer = program_layer(tmp_path / "layer.tar", program, "/usr/local/bin/argocd", ["kustomize"])
    with tarfile.open(layer) as opened:
        first, link = opened.getmembers()
        names = ("usr/local/bin/argocd", "usr/local/bin/kustomize", "/usr/local/bin/argocd")
        assert (first.name, link.name, link.linkname) == names
        assert link.issym()
