"""Container images without a registry and without a builder: an OCI archive, written to the specification.

https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
"""

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Protocol

# By the words of the kernel, in those of images (and of Debian).
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def this_architecture() -> str:
    return ARCHITECTURES.get(platform.machine(), platform.machine())


@dataclass(frozen=True, slots=True)
class Image:
    """`layers` are uncompressed tar files, the lowest first; `user` is a number: the image may have no passwd file.

    `architecture` "": this machine's.
    """

    reference: str
    layers: tuple[Path, ...]
    entrypoint: tuple[str, ...]
    user: str
    env: Mapping[str, str] = field(default_factory=dict)
    working_dir: str = "/"
    architecture: str = ""


class _Blobs(Protocol):
    def __call__(self, content: bytes, media_type: str) -> dict[str, Any]: ...


def write_archive(file: Path, images: Iterable[Image]) -> None:
    """Write one archive with all images. A layer that several of them share is in it once."""
    with tarfile.open(file, "w") as archive:
        written: set[str] = set()

        def blob(content: bytes, media_type: str) -> dict[str, Any]:
            digest = hashlib.sha256(content).hexdigest()
            if digest not in written:
                written.add(digest)
                _add(archive, f"blobs/sha256/{digest}", len(content), io.BytesIO(content))
            return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

        def layer(path: Path) -> dict[str, Any]:
            size = path.stat().st_size
            with path.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
                if digest not in written:
                    written.add(digest)
                    content.seek(0)
                    _add(archive, f"blobs/sha256/{digest}", size, content)
            media_type = "application/vnd.oci.image.layer.v1.tar"
            return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": size}

        manifests = [_manifest(image, [layer(path) for path in image.layers], blob) for image in images]
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests}
        for name, document in (("index.json", index), ("oci-layout", {"imageLayoutVersion": "1.0.0"})):
            content = json.dumps(document).encode()
            _add(archive, name, len(content), io.BytesIO(content))


def program_layer(file: Path, program: Path, place: str, names: Iterable[str] = ()) -> Path:
    """Write a layer of one program and nothing else: enough for one that is linked statically.

    `names` are symlinks to it in the same folder: some programs do what their name says.
    """
    return files_layer(file, {place: program}, {f"{place.rpartition('/')[0]}/{name}": place for name in names})


def files_layer(file: Path, files: Mapping[str, Path], links: Mapping[str, str] = MappingProxyType({})) -> Path:
    """Write a layer of {place: file}: programs, and what they are linked to. `links` are symlinks, {place: target}."""
    with tarfile.open(file, "w") as layer:
        for place, source in files.items():
            # The target of a symlink, not the symlink: its target would not be in the image.
            layer.add(source.resolve(), place.lstrip("/"), filter=_executable_by_all)
        for place, target in links.items():
            link = tarfile.TarInfo(place.lstrip("/"))
            link.type, link.linkname, link.mode = tarfile.SYMTYPE, target, 0o777
            layer.addfile(link)
    return file


def _manifest(image: Image, layers: list[dict[str, Any]], blob: _Blobs) -> dict[str, Any]:
    config = {
        "architecture": image.architecture or this_architecture(),
        "os": "linux",
        "config": {
            "User": image.user,
            "Entrypoint": list(image.entrypoint),
            "WorkingDir": image.working_dir,
            "Env": [f"{key}={value}" for key, value in image.env.items()],
        },
        # The layers are not compressed, so the digest of a blob is also its diff ID.
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
        # Optional, but buildah counts the layers of a base by it.
        "history": [{"created_by": "faces"} for _ in layers],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": layers,
    }
    described = blob(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")
    return described | {"annotations": {"io.containerd.image.name": image.reference}}


def _add(archive: tarfile.TarFile, name: str, size: int, content: IO[bytes]) -> None:
    """Without an owner or a time, so that the same images always make the same archive."""
    entry = tarfile.TarInfo(name)
    entry.size = size
    archive.addfile(entry, content)


def _executable_by_all(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.mode, entry.uid, entry.gid, entry.uname, entry.gname, entry.mtime = 0o755, 0, 0, "", "", 0
    return entry
