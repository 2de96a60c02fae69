"""Where a cluster keeps what it has: one folder per cluster, root's, and a cache that outlives them all."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from seam.errors import UserError

_CLUSTERS = Path("/var/lib/faces")


def cache_folder(name: str) -> Path:
    """What costs minutes to make and is the same every time."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "faces" / name


@dataclass(frozen=True, slots=True)
class Layout:
    """The folder of the cluster `name`. Nothing of the cluster is anywhere else on disk, but its cgroups."""

    name: str

    @classmethod
    def of(cls, name: str) -> "Layout":
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?", name):
            raise UserError(f"{name!r} cannot name a cluster; use at most 20 lower case letters, digits and dashes.")
        return cls(name)

    @property
    def folder(self) -> Path:
        return _CLUSTERS / self.name

    @property
    def lock(self) -> Path:
        """Beside the folder, because it outlives it."""
        return _CLUSTERS / f"{self.name}.lock"

    @property
    def pki(self) -> Path:
        return self.folder / "pki"

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def audit_log(self) -> Path:
        """What the cluster's ServiceAccounts asked of the API."""
        return self.logs / "audit.log"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's, for this machine."""
        return self.folder / "kubeconfig"

    @property
    def pid(self) -> Path:
        """The node's init, as the host sees it."""
        return self.folder / "pid"

    @property
    def cgroup(self) -> str:
        return f"faces-{self.name}"


def clusters() -> list[str]:
    """The names of those that have a folder: up, or left behind."""
    try:
        return sorted(path.name for path in _CLUSTERS.iterdir() if path.is_dir()) if _CLUSTERS.is_dir() else []
    except PermissionError:
        raise UserError("The clusters of this machine are root's: try again with sudo.") from None
