"""The layers of images that need more than one static program, each cached.

The distribution's Python, above it the app and its dependencies; and, for Argo CD, the distribution's git.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from uv import find_uv_bin

from platforms.install.cache import cache_folder
from seam.errors import PlatformFailed

# The folder of all rooms: a clone, or the site-packages that `faces` is installed in.
ROOT = Path(__file__).resolve().parents[2]
# Written by `make lock`. It lies here because an installed `faces` needs it as well.
REQUIREMENTS = Path(__file__).with_name("requirements-app.txt")
PLACE = "opt/faces"
# For builders: it makes the same image, upon any base that has Python.
CONTAINERFILE = Path(__file__).with_name("Containerfile")
# Wheels are linked with the C++ library. Of what every Debian has, the rest is left out.
_PACKAGES = ("python3-minimal", "python3", "libstdc++6", "libc-bin", "base-files")
_BUILDER_PACKAGES = (*_PACKAGES, "python3-pip", "dash", "coreutils", "sed")
# A shell, because git calls one.
_GIT_PACKAGES = ("git", "libc-bin", "base-files", "dash")
Say = Callable[[str], None]


def base_layer(say: Say, architecture: str = "") -> Path:
    """Debian's (or Ubuntu's) Python and nothing else of it: no shell, no package manager, no users.

    From the package sources of this host. `architecture` is Debian's word for another one than this machine's.
    """
    return distribution_layer("base", _PACKAGES, 20, say, "extract", architecture)


def builder_layer(say: Say) -> Path:
    """The same Python with pip, and a shell: what builds an image upon `base_layer`."""
    return distribution_layer("builder", _BUILDER_PACKAGES, 30, say, "extract")


def git_layer(say: Say) -> Path:
    """Debian's git with what it calls and nothing else of the distribution."""
    return distribution_layer("git", _GIT_PACKAGES, 20, say, "extract")


def distribution_layer(
    name: str, packages: Sequence[str], seconds: int, say: Say, variant: str = "minbase", architecture: str = ""
) -> Path:
    """Any packages of this host's distribution, as the lowest layer of an image; cached.

    Building it takes about `seconds`. `name` is the file's, and says what it is for. `variant` is mmdebstrap's;
    `architecture` "": this machine's.
    """
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    suite = release.get("VERSION_CODENAME", "stable").strip('"')
    called = f"{name}-{architecture}" if architecture else name
    layer = cache_folder("images") / f"{called}-{suite}-{_key('|'.join((variant, *packages)).encode())}.tar"
    if not layer.exists():
        say(f"Building the {name} image from {suite}'s packages, about {seconds} seconds...")
        began = time.monotonic()
        with _replacing(layer) as temporary:
            _run(
                "mmdebstrap",
                "--quiet",
                "--mode=root",
                f"--variant={variant}",
                f"--include={','.join(packages)}",
                *([f"--architectures={architecture}"] if architecture else []),
                "--dpkgopt=path-exclude=/usr/share/doc/*",
                "--dpkgopt=path-exclude=/usr/share/man/*",
                "--dpkgopt=path-exclude=/usr/share/locale/*",
                suite,
                str(temporary),
            )
        say(f"  built in {time.monotonic() - began:.0f} s.")
    return layer


def app_layer(base: Path, say: Say) -> Path:
    """The app and its locked dependencies, byte-compiled by the Python that will run them."""
    sources = app_sources()
    contents = [base.name.encode(), REQUIREMENTS.read_bytes()]
    contents += [str(path.relative_to(ROOT)).encode() + path.read_bytes() for path in sources]
    layer = cache_folder("images") / f"app-{_key(b''.join(contents))}.tar"
    if not layer.exists():
        say("Building the app's image...")
        with tempfile.TemporaryDirectory(dir=layer.parent) as temporary, _replacing(layer) as made:
            root = Path(temporary) / "root"
            with tarfile.open(base) as packed:
                packed.extractall(root, filter=_no_devices)  # noqa: S202 - made here, from signed packages
            _install(root, sources)
            with tarfile.open(made, "w") as archive:
                archive.add(root / PLACE, PLACE, filter=_roots)
    return layer


def app_context(folder: Path) -> None:
    """Fill a folder with what the Containerfile copies, at the places that it names."""
    for source in (REQUIREMENTS, *app_sources()):
        target = folder / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def app_sources() -> list[Path]:
    """The app's own files, below ROOT."""
    return [path for path in sorted((ROOT / "faces").rglob("*")) if path.is_file() and _belongs(path)]


def _install(root: Path, sources: list[Path]) -> None:
    place = root / PLACE
    version = next(path.name.removeprefix("python") for path in sorted((root / "usr/bin").glob("python3.*[0-9]")))
    # Of the image's Python, which need not be ours; the lock's hashes hold here as well.
    _run(
        # A proxy may have a certificate of its own, which the system trusts and uv's built-in list does not.
        *(find_uv_bin(), "pip", "install", "--system-certs", "--quiet", "--require-hashes", "--no-deps"),
        *("--python-version", version, "--python", sys.executable, "--only-binary", ":all:"),
        *("--target", str(place), "--requirements", str(REQUIREMENTS)),
    )
    for source in sources:
        target = place / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    # Without a check of time stamps: nobody ever edits them there.
    _run(
        *("chroot", str(root), f"/usr/bin/python{version}", "-m", "compileall", "-q"),
        *("--invalidation-mode", "unchecked-hash", f"/{PLACE}"),
    )


def _belongs(path: Path) -> bool:
    """The command line stays at home: an image holds what a replica runs."""
    return "__pycache__" not in path.parts and (ROOT / "faces" / "cli") not in path.parents


def _no_devices(entry: tarfile.TarInfo, _: str) -> tarfile.TarInfo | None:
    return None if entry.isdev() else entry


def _roots(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid, entry.gid, entry.uname, entry.gname, entry.mtime = 0, 0, "", "", 0
    entry.mode |= 0o444
    return entry


class _replacing:  # noqa: N801 - read as a verb
    """Yields a temporary file, which is renamed to `wanted` only when it is complete."""

    def __init__(self, wanted: Path) -> None:
        self._wanted = wanted
        self._temporary = wanted.with_name(f".{os.getpid()}-{wanted.name}")

    def __enter__(self) -> Path:
        self._wanted.parent.mkdir(parents=True, exist_ok=True)
        return self._temporary

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._temporary.replace(self._wanted)
        else:
            self._temporary.unlink(missing_ok=True)


def _key(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()[-600:]
        raise PlatformFailed(f"{Path(command[0]).name} failed: {said}")
