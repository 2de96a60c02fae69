"""Where a cluster's files are: a folder for each cluster, readable by root alone."""

import re
from dataclasses import dataclass
from pathlib import Path

from seam.errors import UserError

_CLUSTERS = Path("/var/lib/faces")


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of the cluster `name`. Apart from the lock they are all in `folder`."""

    name: str

    @classmethod
    def of(cls, name: str) -> "Layout":
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?", name):
            raise UserError(f"{name!r} cannot be a cluster's name; use up to 20 lower-case letters, digits and dashes.")
        return cls(name)

    @property
    def folder(self) -> Path:
        return _CLUSTERS / self.name

    @property
    def lock(self) -> Path:
        """Beside the folder, because it is still needed when the folder is removed."""
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
        """The requests of the cluster's ServiceAccounts to the API."""
        return self.logs / "audit.log"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's, for use on this machine."""
        return self.folder / "kubeconfig"

    @property
    def pid(self) -> Path:
        """The process id of the node's init, as the host sees it."""
        return self.folder / "pid"

    @property
    def cgroup(self) -> str:
        return f"faces-{self.name}"


def clusters() -> list[str]:
    """The names of all clusters that have a folder, whether they are up or were left behind."""
    try:
        return sorted(path.name for path in _CLUSTERS.iterdir() if path.is_dir()) if _CLUSTERS.is_dir() else []
    except PermissionError:
        raise UserError("Only root can see the clusters of this machine: try again with sudo.") from None
