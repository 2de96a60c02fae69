"""The images that kubeadm starts a control plane from, and kube-proxy's, from programs that were built here."""

import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from platforms.install.cache import cache_folder
from platforms.install.contents import PAUSE_IMAGE
from platforms.install.host import find
from platforms.install.images import Image, files_layer, write_archive
from platforms.install.toolbox import Toolbox
from platforms.kind.config import IMAGES
from seam.errors import PlatformFailed

_BIN = "/usr/local/bin"
_PATH = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
_NFT = "/usr/sbin/nft"
# What the dynamic linker finds: `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)`, or itself by its full path.
_LINKED = re.compile(r"(?:^|=> )\s*(/\S+) \(0x", re.MULTILINE)


@contextmanager
def archive(tools: Toolbox, versions: Mapping[str, str]) -> Iterator[Path]:
    """An OCI archive. `versions` are those of Kubernetes, etcd and CoreDNS."""
    cache_folder("images").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_folder("images")) as temporary:
        folder = Path(temporary)

        def image(reference: str, program: str, entrypoint: str, user: str, more: Mapping[str, Path]) -> Image:
            layer = files_layer(folder / f"{program}.tar", {entrypoint: tools[program], **more})
            return Image(reference, (layer,), (entrypoint,), user, _PATH)

        def kubernetes(name: str, more: Mapping[str, Path]) -> Image:
            # As root: the files that it reads and writes on the node are root's.
            return image(f"{IMAGES}/{name}:{versions['kubernetes']}", name, f"{_BIN}/{name}", "0", more)

        images = [
            *(kubernetes(f"kube-{name}", {}) for name in ("apiserver", "controller-manager", "scheduler")),
            kubernetes("kube-proxy", _nft()),
            image(f"{IMAGES}/etcd:{versions['etcd']}", "etcd", f"{_BIN}/etcd", "0", {}),
            # As root for port 53, with kubeadm's own manifest, which leaves it no other right.
            image(f"{IMAGES}/coredns:{versions['coredns']}", "coredns", "/coredns", "0", {}),
            image(PAUSE_IMAGE, "pause", "/pause", "65535:65535", {}),
        ]
        file = folder / "control-plane.tar"
        write_archive(file, images)
        yield file


def _nft() -> dict[str, Path]:
    """{place: file} of this machine's nft, which kube-proxy calls, and of the libraries that it is linked to."""
    program = find("nft") or _NFT
    done = subprocess.run(["ldd", program], capture_output=True, check=False, text=True)
    libraries = linked(done.stdout)
    if done.returncode or not libraries:
        raise PlatformFailed(f"ldd {program} failed: {(done.stderr or done.stdout).strip()[-300:]}")
    return {_NFT: Path(program), **{library: Path(library) for library in libraries}}


def linked(ldd: str) -> list[str]:
    """The files that a program is linked to, after the output of ldd."""
    return _LINKED.findall(ldd)
