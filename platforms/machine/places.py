"""Where the clusters of this machine have their files: a folder for each, readable by its owner alone.

All kinds of clusters share the folder, so a name is one cluster's, whichever kind it is of. What a kind adds to the
name of its folders (nothing, or `.kind`) cannot be part of a name.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from seam.errors import UserError

_CLUSTERS = Path("/var/lib/faces")


def machines() -> Path:
    """The folder of the clusters that root has made."""
    return _CLUSTERS


@dataclass(frozen=True, slots=True)
class Place:
    """The files of the cluster `name`. Apart from the lock they are all in `folder`. Each kind is a subclass."""

    name: str

    @classmethod
    def of(cls, name: str) -> Self:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?", name):
            raise UserError(f"{name!r} cannot be a cluster's name; use up to 20 lower-case letters, digits and dashes.")
        return cls(name)

    @classmethod
    def root(cls) -> Path:
        return machines()

    @classmethod
    def suffix(cls) -> str:
        """What tells the kind."""
        return ""

    @classmethod
    def names(cls) -> list[str]:
        """Of all clusters of this kind that have a folder, whether they are up or were left behind."""
        return sorted(folder.stem for folder in _folders(cls.root()) if folder.suffix == cls.suffix())

    @property
    def folder(self) -> Path:
        return self.root() / f"{self.name}{self.suffix()}"

    @property
    def lock(self) -> Path:
        """Beside the folder, because it is still needed when the folder is removed."""
        return self.root() / f"{self.name}.lock"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's, for use on this machine."""
        return self.folder / "kubeconfig"

    @property
    def pid(self) -> Path:
        """The process id of its init, as the host sees it."""
        return self.folder / "pid"

    @property
    def settings(self) -> Path:
        """What the first cluster remembers of the machine, and the last one puts back."""
        return self.root() / "kernel.json"

    @property
    def cgroup(self) -> str:
        return f"faces-{self.name}"


def nobody(root: Path) -> bool:
    """Whether no cluster of any kind has a folder there."""
    return not _folders(root)


def _folders(root: Path) -> list[Path]:
    try:
        return [path for path in root.iterdir() if path.is_dir()] if root.is_dir() else []
    except PermissionError:
        raise UserError("Only root can see the clusters of this machine: try again with sudo.") from None
