"""The parts of a bundle that every platform has; each is written as soon as it is known."""

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from chaos.experiment import Witness
from e2e.runs import in_words
from seam.platform import Platform
from seam.wire import platform_to_json, rollout_to_json

# By canary and code, as the templates ask; and whether anybody was scraped at all.
SERIES = {
    "up": "up",
    "requests": "request_total",
    "responses": "response_total",
    "requests-last-15s": "sum by (rollouts_pod_template_hash, dst_service) (increase(request_total[15s]))",
    "responses-last-15s": "sum by (rollouts_pod_template_hash, dst_service, classification) "
    "(increase(response_total[15s]))",
    "latency-p99-last-15s": "histogram_quantile(0.99, sum by (le, rollouts_pod_template_hash, dst_service) "
    "(rate(response_latency_ms_bucket[15s])))",
}


async def timeline(folder: Path, witness: Witness) -> None:
    """timeline.txt to read, timeline.ndjson with whole views."""
    seen = list(witness.seen)
    lines, told = [], dict[str, str]()
    for one in seen:
        words = in_words(one.view)
        if told.get(one.view.name) != words:
            told[one.view.name] = words
            lines.append(f"{_clock(one.t)} {words}\n")
    (folder / "timeline.txt").write_text("".join(lines))
    with (folder / "timeline.ndjson").open("w") as file:
        for one in seen:
            file.write(json.dumps({"t": one.t, **rollout_to_json(one.view)}) + "\n")


async def visitors(folder: Path, log: Path) -> None:
    """Every request that they sent, and what Locust itself had to say."""
    for file in (log, log.with_suffix(".log")):
        if file.exists():
            shutil.copy(file, folder / file.name)


async def views(folder: Path, platform: Platform) -> None:
    everything = await platform.view()
    (folder / "views.json").write_text(json.dumps(platform_to_json(everything), indent=2) + "\n")


async def events(folder: Path, platform: Platform) -> None:
    """The Rollouts' Kubernetes events, oldest first."""
    found = [
        (event.t, f"{rollout.name} {event.type} {event.reason}: {event.message}\n")
        for rollout in (await platform.view()).rollouts
        for event in await platform.events(rollout.name)
    ]
    (folder / "events.txt").write_text("".join(f"{_clock(t)} {line}" for t, line in sorted(found)))


async def prometheus(folder: Path, platform: Platform) -> None:
    address = (await platform.view()).prometheus
    folder.mkdir(parents=True, exist_ok=True)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        for name, query in SERIES.items():
            async with session.get(f"{address}/api/v1/query", params={"query": query}) as answer:
                (folder / f"{name}.json").write_text(json.dumps(await answer.json(), indent=1) + "\n")


async def metrics(folder: Path, platform: Platform) -> None:
    """What the pods themselves counted: /metrics of each."""
    rollouts = (await platform.view()).rollouts
    pages = await asyncio.gather(*(platform.pod_metrics(rollout.name) for rollout in rollouts))
    folder.mkdir(parents=True, exist_ok=True)
    for page in pages:
        for pod, text in page.items():
            (folder / f"{pod}.txt").write_text(text)


def _clock(t: float) -> str:
    return datetime.fromtimestamp(t, UTC).isoformat(timespec="milliseconds")[11:-6]
