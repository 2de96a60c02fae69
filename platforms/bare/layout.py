"""Where a bare cluster's files are."""

from dataclasses import dataclass
from pathlib import Path

from platforms.machine.places import Place


@dataclass(frozen=True, slots=True)
class Layout(Place):
    """The files of the bare cluster `name`."""

    @property
    def pki(self) -> Path:
        return self.folder / "pki"

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def audit_log(self) -> Path:
        """The requests of the cluster's ServiceAccounts to the API."""
        return self.logs / "audit.log"


def clusters() -> list[str]:
    """The names of all bare clusters that have a folder, whether they are up or were left behind."""
    return Layout.names()
