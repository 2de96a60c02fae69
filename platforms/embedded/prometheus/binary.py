"""Where Prometheus comes from on this machine, tried in this order:

PATH; this project's cache; the official release, pinned by its sha256; the distribution's package, unpacked into
the cache without root. Where none works, one sentence says what to do.
"""

import hashlib
import http.client
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from platforms.embedded.prometheus.finding import cache_folder, find
from seam.errors import UserError

VERSION = "3.13.2"
_DOWNLOAD_TIMEOUT_S = 10.0
_FAILURES = (
    OSError,
    http.client.HTTPException,
    subprocess.SubprocessError,
    LookupError,
    ValueError,
    tarfile.TarError,
)
_SENTENCE = (
    "Prometheus is missing and could not be installed ({reason}); "
    "install it so that `prometheus` is on PATH (Debian, Ubuntu: apt-get install prometheus; macOS: brew install "
    "prometheus) and try again."
)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Release:
    """Where the official release is, and what it has to be: {system: sha256 of its archive}."""

    address: str
    sha256: Mapping[str, str]


PINNED = Release(
    f"https://github.com/prometheus/prometheus/releases/download/v{VERSION}",
    # As the release itself publishes them for prometheus-VERSION.SYSTEM.tar.gz.
    {
        "linux-amd64": "0e8c4d46101bd025ea8265e377d2caabc57f488fc1be1c367f37db69ea41be6f",
        "linux-arm64": "7cecb17a6f41d59814e1a0581a1f81f79051ad5973d1ecf39e23a9f747d6572a",
        "darwin-amd64": "e57095aed0b69e10edaee28b92718d4a65f46d466bf93aeda54075e901d15c2a",
        "darwin-arm64": "f68ca4f1dbedd6366bbfdd8ac5d2c0b7ba1f273474acc8d38eb33202fbeec7a4",
    },
)


def ensure(say: Say = lambda _: None, cache: Path | None = None, release: Release = PINNED) -> Path:
    """Prometheus, installed into the cache if need be. Raises UserError with the one sentence."""
    cache = cache or cache_folder()
    found = find(cache)
    if found is not None:
        return found
    reasons = []
    for install in (partial(_official_release, release), _distribution_package):
        try:
            with tempfile.TemporaryDirectory(prefix="faces-prometheus-") as work:
                return _keep(install(Path(work), say), cache)
        except _FAILURES as error:
            reasons.append(_reason(error))
    raise UserError(_SENTENCE.format(reason="; ".join(reasons)))


def _official_release(release: Release, work: Path, say: Say) -> Path:
    system = _system()
    name = f"prometheus-{VERSION}.{system}"
    if system not in release.sha256:
        raise LookupError(f"no release is pinned for {system}")
    say(f"Downloading Prometheus {VERSION} ...")
    address = f"{release.address}/{name}.tar.gz"
    archive = work / "prometheus.tar.gz"
    with urllib.request.urlopen(address, timeout=_DOWNLOAD_TIMEOUT_S) as answer, archive.open("wb") as file:  # noqa: S310
        shutil.copyfileobj(answer, file)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != release.sha256[system]:
        raise ValueError(f"the download of {name} has sha256 {digest}, which is not the pinned one")
    with tarfile.open(archive) as tar:
        tar.extract(f"{name}/prometheus", work, filter="data")
    return work / name / "prometheus"


def _distribution_package(work: Path, say: Say) -> Path:
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise LookupError("this system has no apt-get to take its package from")
    say("Unpacking Prometheus from the distribution's package ...")
    os.chmod(work, 0o755)  # noqa: S103, PTH101 - apt reads it as its own user
    if not _apt_download(work, []):
        # The package lists may be empty, and need root to be refreshed: fetch them into a folder of our own.
        for folder in ("state/lists/partial", "cache/archives/partial"):
            (work / folder).mkdir(parents=True)
        own = [
            "-o",
            f"Dir::State={work}/state",
            "-o",
            f"Dir::Cache={work}/cache",
            "-o",
            "APT::Sandbox::User=root",
        ]
        own += ["-o", "Dir::State::status=/var/lib/dpkg/status"]
        _run(["apt-get", *own, "-qq", "update"], work)
        if not _apt_download(work, own):
            raise LookupError("its package prometheus cannot be downloaded")
    package = next(work.glob("prometheus_*.deb"))
    _run(["dpkg", "-x", str(package), str(work / "unpacked")], work)
    return work / "unpacked" / "usr" / "bin" / "prometheus"


def _apt_download(work: Path, options: list[str]) -> bool:
    command = ["apt-get", *options, "-qq", "download", "prometheus"]
    done = subprocess.run(command, cwd=work, capture_output=True, timeout=120, check=False)
    return done.returncode == 0 and any(work.glob("prometheus_*.deb"))


def _run(command: list[str], work: Path) -> None:
    subprocess.run(command, cwd=work, check=True, capture_output=True, timeout=300)


def _keep(binary: Path, cache: Path) -> Path:
    """Move it into the cache in one step: two runs that install at once do not see half a file."""
    folder = cache / "prometheus"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as half:
        kept = Path(shutil.copyfile(binary, Path(half) / "prometheus"))
        kept.chmod(0o755)
        return kept.rename(folder / "prometheus")


def _system() -> str:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"{platform.system().lower()}-{machine}"


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.URLError):
        return f"its release cannot be reached: {error.reason}"
    if isinstance(error, subprocess.CalledProcessError):
        return f"{error.cmd[0]} failed: {' '.join(error.stderr.decode(errors='replace').split())[-200:]}"
    return str(error)


def main() -> int:
    """Install it if need be, and say how it is going: done beforehand, it costs no time on stage."""
    try:
        ensure(lambda sentence: print(sentence, flush=True))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
