"""The files that Envoy reads, moved into place, each with a version that Envoy's statistics name once it has it.

Nothing here waits: the caller asks Envoy for the version (dataplane.py). Nothing heavy is imported
here either, because the first files are written before anything else is done.
"""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platforms.embedded.mesh import envoy_config
from platforms.embedded.mesh.envoy_config import Addresses, ClusterKey, Endpoints, Traffic

Expected = dict[str, str]
"""{statistic: version}, as Envoy shows it once it has what was written."""


class EnvoyFiles:
    def __init__(self, addresses: Addresses, front_service: str) -> None:
        self.addresses = addresses
        self.nothing = Traffic(front_service=front_service)
        self.clusters: set[ClusterKey] = set()
        self.bootstrap = Path(addresses.directory) / "bootstrap.json"
        self._versions = itertools.count(1)
        # Envoy counts clusters from one run to the next, so a version must never be used twice.
        self._written: dict[str, tuple[str, list[Any]]] = {}

    def write_first(self) -> None:
        """All that Envoy needs to start: it routes nothing yet."""
        self.bootstrap.parent.mkdir(parents=True, exist_ok=True)
        self.write_clusters(set())
        self.write_routes(self.nothing)
        _move_into_place(self.bootstrap, envoy_config.bootstrap(self.addresses))

    def write_endpoints(self, key: ClusterKey, addresses: Endpoints) -> Expected:
        document = envoy_config.endpoints(key, addresses, self._version())
        return self._write(envoy_config.endpoints_file(key), document, f"cluster.{key.name}.version_text")

    def write_clusters(self, keys: set[ClusterKey]) -> Expected:
        document = envoy_config.clusters(sorted(keys), self._version(), self.addresses.directory)
        self.clusters = set(keys)
        return self._write(envoy_config.CLUSTERS, document, "cluster_manager.cds.version_text")

    def write_routes(self, traffic: Traffic) -> Expected:
        expected: Expected = {}
        documents = envoy_config.routes(traffic, self._version())
        for listener in ("front", "mesh"):
            name = envoy_config.routes_file(listener)
            expected |= self._write(name, documents[name], f"http.{listener}.rds.{listener}.version_text")
        return expected

    def forget_endpoints(self, key: ClusterKey) -> None:
        name = envoy_config.endpoints_file(key)
        self._written.pop(name, None)
        (Path(self.addresses.directory) / name).unlink(missing_ok=True)

    def _write(self, name: str, document: Mapping[str, Any], statistic: str) -> Expected:
        resources = document["resources"]
        if name in self._written and self._written[name][1] == resources:
            return {statistic: self._written[name][0]}
        self._written[name] = (document["version_info"], resources)
        _move_into_place(Path(self.addresses.directory) / name, document)
        return {statistic: document["version_info"]}

    def _version(self) -> str:
        return str(next(self._versions))


def _move_into_place(path: Path, document: Mapping[str, Any]) -> None:
    """Envoy watches for moves, and must never see half a file."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(document))
    new.rename(path)
