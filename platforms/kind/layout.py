"""Where the files of a kind cluster are."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from platforms.machine.places import Place, machines


@dataclass(frozen=True, slots=True)
class Record:
    """What has to be known of a cluster to find it and to end it. `origin` is where its contents came from."""

    origin: str
    kind: Path
    kubectl: Path


@dataclass(frozen=True, slots=True)
class Layout(Place):
    """The files of the kind cluster `name`."""

    @classmethod
    def root(cls) -> Path:
        """Root's clusters are the machine's. Whoever is not root has some only where somebody else runs Docker."""
        if os.geteuid() == 0:
            return machines()
        state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
        return Path(state) / "faces" / "clusters"

    @classmethod
    def suffix(cls) -> str:
        return ".kind"

    @property
    def config(self) -> Path:
        """The configuration of the cluster, as kind takes it."""
        return self.folder / "kind.yaml"

    @property
    def patches(self) -> Path:
        """A folder that kubeadm reads inside the node."""
        return self.folder / "patches"

    @property
    def socket(self) -> Path:
        """Of the Docker daemon in the box, if there is a box."""
        return self.folder / "docker.sock"

    @property
    def daemon(self) -> Path:
        """The configuration of that daemon."""
        return self.folder / "daemon.json"

    @property
    def data_root(self) -> Path:
        """Holds the path of that daemon's data, which lies in the cache."""
        return self.folder / "data-root"

    @property
    def runc(self) -> Path:
        """The command that the daemon takes for runc."""
        return self.folder / "runc"

    @property
    def ready(self) -> Path:
        """Is there when the cluster is."""
        return self.folder / "ready"

    def write(self, record: Record) -> None:
        self._record.write_text(json.dumps({key: str(value) for key, value in asdict(record).items()}))

    def read(self) -> Record | None:
        """None for a cluster that was interrupted before anything of it had begun."""
        if not self._record.exists():
            return None
        told = json.loads(self._record.read_text())
        return Record(told["origin"], Path(told["kind"]), Path(told["kubectl"]))

    @property
    def _record(self) -> Path:
        return self.folder / "cluster.json"
