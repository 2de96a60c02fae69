"""The real Prometheus, started for a test, and asked."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import aiohttp
import yaml

from manifests import MONITORING
from platforms.embedded.manifests.reading import Manifests
from platforms.embedded.processes.daemons import Daemon
from platforms.embedded.processes.processes import Processes
from platforms.embedded.processes.program import Program
from platforms.embedded.prometheus.binary import ensure
from platforms.embedded.prometheus.config import command
from rollouts.analysis import AnalysisRunRequest, RunKind, build_run


@dataclass
class Prometheus:
    url: str
    session: aiohttp.ClientSession

    async def ask(self, path: str, **params: str) -> Any:
        async with self.session.get(f"{self.url}/{path}", params=params) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def query(self, promql: str) -> list[tuple[dict[str, str], float]]:
        """[(labels, value)]"""
        result = (await self.ask("api/v1/query", query=promql))["data"]["result"]
        return [(one["metric"], float(one["value"][1])) for one in result]

    async def value(self, promql: str) -> float | None:
        found = await self.query(promql)
        assert len(found) <= 1
        return found[0][1] if found else None

    async def names(self) -> set[str]:
        """The metrics that it took in or recorded, without those of the scrapes themselves."""
        names = (await self.ask("api/v1/label/__name__/values"))["data"]
        return {name for name in names if not name.startswith(("scrape_", "up"))}

    async def check_scrapes(self) -> None:
        """Fail unless all targets are up, and no two series became one."""
        states = {("", "")}
        while states != {("up", "")}:  # one scrape may be late on a busy machine
            targets = (await self.ask("api/v1/targets"))["data"]["activeTargets"]
            states = {(target["health"], target["lastError"]) for target in targets}
            await asyncio.sleep(0.05)
        async with self.session.get(f"{self.url}/metrics") as answer:
            own = (await answer.text()).splitlines()
        for problem in ("sample_duplicate_timestamp", "sample_out_of_order", "sample_out_of_bounds"):
            assert f"prometheus_target_scrapes_{problem}_total 0" in own


@contextmanager
def scraped(page: Callable[[int], str]) -> Iterator[int]:
    """The port where `page` is served; its argument counts the scrapes.

    By threads, because an event loop of pytest's stands still between tests: the scrapes of that time would fail, and
    series end with them.
    """
    scrapes = count(1)

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.end_headers()
            self.wfile.write(page(next(scrapes)).encode())

        def log_message(self, *_: object) -> None:
            """Nobody wants a line for each scrape."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Metrics) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server.server_port
        server.shutdown()


@asynccontextmanager
async def running(
    config: Path, port: int, processes: Processes, session: aiohttp.ClientSession
) -> AsyncIterator[Prometheus]:
    """It takes five seconds before its first scrape."""
    started = command(ensure(), config, config.parent / "data", port)
    url = f"http://127.0.0.1:{port}"
    daemon = Daemon(Program("prometheus", started), f"{url}/-/ready", processes, session)
    await daemon.start()
    try:
        yield Prometheus(url, session)
    finally:
        await daemon.stop(grace=0)


def shipped_config(folder: Path, job: str, found: Iterable[tuple[int, Mapping[str, str]]]) -> Path:
    """The files of manifests/monitoring with one of its jobs, and what Kubernetes would have told it of pods.

    `found`: the port of a target on this machine, and its `__meta_kubernetes_` labels.
    """
    shipped: dict[str, Any] = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    (chosen,) = (one for one in shipped["scrape_configs"] if one["job_name"] == job)
    assert [sd["role"] for sd in chosen.pop("kubernetes_sd_configs")] == ["pod"]
    chosen["static_configs"] = [
        {
            "targets": [f"127.0.0.1:{port}"],
            "labels": {f"__meta_kubernetes_{name}": value for name, value in labels.items()},
        }
        for port, labels in found
    ]
    shipped["scrape_configs"] = [chosen]
    (folder / "rules.yml").write_text((MONITORING / "rules.yml").read_text())
    (folder / "prometheus.yml").write_text(yaml.safe_dump(shipped))
    return folder / "prometheus.yml"


def shipped_query(manifests: Manifests, template: str, **args: str) -> str:
    """The query that an AnalysisRun with these arguments would send."""
    named = {name.replace("_", "-"): value for name, value in args.items()}
    request = AnalysisRunRequest("run", RunKind.BACKGROUND, "hash", 2, (template,), named)
    (metric,) = build_run(request, manifests.templates).metrics
    assert metric.provider.prometheus is not None
    return metric.provider.prometheus.query
