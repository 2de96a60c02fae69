"""The image of a kind node, put together as kind's own recipe does.

It holds the distribution's packages, kind's base files as they lie in its module's directory, Kubernetes' programs, and
the images that kubeadm wants. What differs from kind's own: containerd, runc and the CNI plugins are the
distribution's; kindnetd, crictl and the local storage provisioner are missing, which no package registry has.
"""

import hashlib
import io
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import IO

from platforms.install.host import find
from platforms.install.toolbox import Toolbox
from platforms.kind import config
from seam.errors import PlatformFailed

PACKAGES = (
    *("systemd", "dbus", "conntrack", "iptables", "nftables", "iproute2", "ethtool", "util-linux", "mount", "kmod"),
    *("libseccomp2", "jq", "procps", "ca-certificates", "containerd", "runc", "containernetworking-plugins"),
)
CHANGES = ('ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]', "ENV container=docker")
_CONFIG = "etc/containerd/config.toml"
_ARCHIVE = "kind/images/control-plane.tar"
_UNITS = "etc/systemd/system"
# Units that a container has no use for, and a machine-id, which each node gets for itself.
_LEFT_OUT = (
    "usr/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service",
    "usr/lib/systemd/system/multi-user.target.wants/*",
    "usr/lib/systemd/system/local-fs.target.wants/*",
    "usr/lib/systemd/system/basic.target.wants/*",
    "usr/lib/systemd/system/sockets.target.wants/*udev*",
    "usr/lib/systemd/system/sockets.target.wants/*initctl*",
    f"{_UNITS}/*.wants/*",
    "etc/machine-id",
)
_IMPORT = f"""\
[Unit]
Description=Import the images of the control plane
DefaultDependencies=no
Requires=containerd.service
After=containerd.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/bin/ctr --namespace k8s.io images import --digests /{_ARCHIVE}
"""
_LINKS = {
    "usr/sbin/init": "/usr/lib/systemd/systemd",
    **{f"usr/local/bin/{name}": f"/usr/bin/{name}" for name in ("containerd", "ctr")},
    **{f"opt/cni/bin/{name}": f"/usr/lib/cni/{name}" for name in ("host-local", "loopback", "portmap", "ptp")},
    **{
        f"{_UNITS}/multi-user.target.wants/{unit}.service": f"/{_UNITS}/{unit}.service"
        for unit in ("containerd", "faces-images", "kubelet", "undo-mount-hacks")
    },
    # It would register programs with the kernel, for all of the machine.
    f"{_UNITS}/systemd-binfmt.service": "/dev/null",
}
_FOLDERS = ("etc/kubernetes/manifests", "kind/manifests")


@dataclass(frozen=True, slots=True)
class Added:
    """One file of the image: its text, or where it lies on this machine."""

    place: str
    content: bytes | Path
    mode: int = 0o644


def added(base_files: Path, tools: Toolbox, version: str, pause: str) -> list[Added]:
    """All files but those of the packages and the images. `base_files` is the folder in kind's module."""
    made = [
        Added("kind/version", version.encode()),
        Added("etc/cni/net.d/10-pods.conflist", config.cni().encode()),
        Added("etc/containerd/cri-base.json", config.runtime_spec(_default_spec()).encode()),
        Added("etc/systemd/journald.conf.d/kmsg.conf", b"[Journal]\nReadKMsg=no\n"),
        Added(f"{_UNITS}/faces-images.service", _IMPORT.encode()),
        Added(f"{_UNITS}/kubelet.service.d/20-images.conf", b"[Unit]\nAfter=faces-images.service\n"),
        *(Added(f"usr/bin/{name}", tools[name].resolve(), 0o755) for name in ("kubeadm", "kubelet", "kubectl")),
    ]
    for file in sorted(path for path in base_files.rglob("*") if path.is_file()):
        place = str(file.relative_to(base_files))
        # In the module's directory all of them can only be read.
        mode = 0o755 if place.startswith(("usr/local/bin/", "kind/bin/")) else 0o644
        content: bytes | Path = file
        if place == _CONFIG:
            content = config.containerd(file.read_text(), pause).encode()
        made.append(Added(place, content, mode))
    return made


def key(base: Path, files: Iterable[Added], programs: Iterable[Path]) -> str:
    """Names what is in the image. Programs and `base` lie in the cache, where a path says what is in a file."""
    digest = hashlib.sha256(repr((base.name, CHANGES, _LEFT_OUT, sorted(_LINKS.items()), _FOLDERS)).encode())
    for file in files:
        content = file.content if isinstance(file.content, bytes) else str(file.content).encode()
        digest.update(repr((file.place, file.mode, content)).encode())
    for program in programs:
        digest.update(str(program).encode())
    return digest.hexdigest()[:12]


def write(out: IO[bytes], base: Path, files: Iterable[Added], images: Path) -> None:
    """Write the node's root file system as a tar.

    `base` is the tar of the packages, `images` an archive that containerd imports when the node starts.
    """
    placed = [*files, Added(_ARCHIVE, images)]
    ours = {*(file.place for file in placed), *_LINKS}
    theirs: set[str] = set()  # Docker refuses a tar with a path that is in it twice
    with tarfile.open(fileobj=out, mode="w|") as made, tarfile.open(base) as packages:
        for entry in packages:
            place = entry.name.removeprefix("./").rstrip("/")
            if place not in ours and not left_out(place):
                made.addfile(entry, packages.extractfile(entry) if entry.isreg() else None)
                theirs.add(place)
        for folder in _folders(ours, _FOLDERS):
            if folder not in theirs:
                made.addfile(_entry(folder, tarfile.DIRTYPE, 0o755))
        for file in placed:
            with io.BytesIO(file.content) if isinstance(file.content, bytes) else file.content.open("rb") as content:
                entry = _entry(file.place, tarfile.REGTYPE, file.mode)
                entry.size = content.seek(0, io.SEEK_END)
                content.seek(0)
                made.addfile(entry, content)
        for place, target in _LINKS.items():
            entry = _entry(place, tarfile.SYMTYPE, 0o777)
            entry.linkname = target
            made.addfile(entry)


def left_out(place: str) -> bool:
    """Whether the node has no use for what the distribution has at this path."""
    return any(fnmatch(place, pattern) for pattern in _LEFT_OUT)


def _folders(places: Iterable[str], more: Iterable[str]) -> Iterator[str]:
    """Each once, and each after the one that it is in."""
    found = {*more}
    for place in (*places, *more):
        found |= {str(folder) for folder in Path(place).parents if str(folder) != "."}
    return iter(sorted(found))


def _entry(place: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(place)
    entry.type, entry.mode = kind, mode
    return entry


def _default_spec() -> str:
    """Containerd's own, of the release that the node has as well: both come from this distribution."""
    done = subprocess.run([find("ctr") or "ctr", "oci", "spec"], capture_output=True, check=False, text=True)
    if done.returncode:
        raise PlatformFailed(f"ctr oci spec failed: {done.stderr.strip()[-300:]}")
    return done.stdout
