"""What the host has to provide: Linux, root, and a few programs of its distribution."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from seam.errors import PlatformFailed, UserError

CNI = Path("/usr/lib/cni")
# {program: the Debian and Ubuntu package that has it}
_PROGRAMS = {
    "containerd": "containerd",
    "runc": "runc",
    "mmdebstrap": "mmdebstrap",
    "nft": "nftables",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "unshare": "util-linux",
    "mount": "mount",
    str(CNI / "ptp"): "containernetworking-plugins",
}
_SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")

Say = Callable[[str], None]


def check() -> None:
    """Raise UserError if something is missing; it names the command that helps."""
    if sys.platform != "linux":
        raise UserError("The bare cluster needs Linux; on this system use `faces demo`, which needs no cluster.")
    if os.geteuid() != 0:
        raise UserError("The bare cluster needs root, because it makes namespaces and mounts: try again with sudo.")
    missing = missing_packages()
    if missing:
        raise UserError(
            f"The bare cluster needs programs that are missing here: add --install, or run apt-get install "
            f"--no-install-recommends {' '.join(missing)}"
        )


def install(say: Say) -> None:
    """Install what is missing, on Debian or Ubuntu and as root. Otherwise do nothing: `check` says what is missing."""
    missing = missing_packages()
    if not missing or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    say(f"Installing {', '.join(missing)}...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        done = subprocess.run(["apt-get", "-qq", *command], env=environment, capture_output=True, check=False)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()[-400:]
            raise PlatformFailed(f"apt-get {command[0]} failed: {said}")


def missing_packages() -> list[str]:
    return [package for program, package in _PROGRAMS.items() if find(program) is None]


def find(program: str) -> str | None:
    """Like `which`, but also looks in sbin, which is not always on root's PATH."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *_SBIN])
    return shutil.which(program, path=path)
