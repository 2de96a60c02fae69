"""The files that Envoy reads, moved into place, each with a version that Envoy's statistics name once it has it.

Nothing here waits: the caller asks Envoy for the version (dataplane.py). Nothing heavy is imported here either,
because the first files are written before anything else is done.
"""

import itertools
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from platforms.embedded.mesh import naming, xds
from platforms.embedded.mesh.bootstrap import Addresses, bootstrap

Expected = dict[str, str]
"""{statistic: value}, as Envoy shows it once it has what was written."""


class EnvoyFiles:
    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self._folder = Path(addresses.directory)
        self.bootstrap = self._folder / "bootstrap.json"
        # Envoy counts from one run to the next, so a version must never be used twice.
        self._versions = itertools.count(1)
        self._written: dict[str, tuple[str, list[Any]]] = {}

    def write_first(self) -> None:
        """All that Envoy needs to start: it serves nobody yet."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.write(naming.CLUSTERS, [], ())
        self.write(naming.LISTENERS, [], ())
        self._move_into_place(self.bootstrap, bootstrap(self.addresses))

    def write(self, name: str, resources: Sequence[Mapping[str, Any]], statistics: Iterable[str]) -> Expected:
        """Put these resources into the file of this name. `statistics` are those that show the version at last."""
        known = self._written.get(name)
        if known is None or known[1] != list(resources):
            known = str(next(self._versions)), list(resources)
            self._written[name] = known
            self._move_into_place(self._folder / name, xds.response(known[0], resources))
        return dict.fromkeys(statistics, known[0])

    def forget(self, name: str) -> None:
        self._written.pop(name, None)
        (self._folder / name).unlink(missing_ok=True)

    def _move_into_place(self, path: Path, document: Mapping[str, Any]) -> None:
        """Envoy watches for moves, and must never see half a file. Private keys are in some: they are the owner's."""
        new = path.with_suffix(".new")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(json.dumps(document))  # many times as fast as json.dump, which does without C
        new.rename(path)
