"""docs/signals.md: every version of the catalogue, released on the embedded platform, and which signals moved.

PYTHONPATH=. .venv/bin/python docs/signals.py [NAME ...]
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from chaos.catalogue.shipped import FAMILIES
from chaos.experiment import Session
from chaos.record import End, Record
from chaos.report import build_report
from docs.real_linkerd import DIFFERENCES, SEEN
from e2e.hurried import groups, hurried
from seam.platform import Platform
from seam.releases import Outcome, Release
from seam.views import RolloutView

HERE = Path(__file__).parent
_LIMIT_S, _AFTER_S = 90.0, 3.0
_INBOUND = '{{direction="inbound",rollouts_pod_template_hash="{pods}",route_name!="probe"{more}}}'
_BACKEND = '{{backend_name="{canary}",dst_replicaset="{replica_set}"{more}}}'


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that Prometheus can be asked of a canary. `moves` is how much of it is not just noise."""

    name: str
    query: str
    side: str
    moves: float = 0.5


def _increase(metric: str, labels: str) -> str:
    """What a version counted in all: its counters are no older than its release, and may be gone by now."""
    return f"sum(max_over_time({metric}{labels}[{{window}}s]))"


def _signal(name: str, side: str, metric: str, labels: str, more: str = "") -> Signal:
    return Signal(name, _increase(metric, labels.replace("{more}", more)), side)


CANARY, CALLER = "canary", "caller"
_OWN = '{{rollouts_pod_template_hash="{pods}"}}'
_ALL_INBOUND = _INBOUND.replace("{more}", "")
_ALL_ASKED = _increase("request_total", _ALL_INBOUND)
_ALL_ANSWERED = _increase("response_total", _ALL_INBOUND)
_LATENCIES = f"max_over_time(response_latency_ms_bucket{_ALL_INBOUND}[{{window}}s])"
_BODIES = _increase("inbound_http_response_duration_seconds_count", _OWN)
_QUICK_BODIES = _increase("inbound_http_response_duration_seconds_bucket", _OWN.replace("}}", ',le="1"}}'))
_CERTIFICATE = f"min(min_over_time(control_identity_cert_expiration_timestamp_seconds{_OWN}[{{window}}s]))"
SIGNALS = (
    _signal("failure 5xx", CANARY, "response_total", _INBOUND, ',classification="failure",status_code=~"5..",error=""'),
    _signal("failure, cut", CANARY, "response_total", _INBOUND, ',classification="failure",error="unclassified"'),
    _signal("failure, gRPC", CANARY, "response_total", _INBOUND, ',classification="failure",grpc_status=~"[1-9].*"'),
    _signal("4xx", CANARY, "response_total", _INBOUND, ',status_code=~"4.."'),
    Signal(
        "never answered",
        f"{_ALL_ASKED} - {_ALL_ANSWERED} or {_ALL_ASKED}",
        CANARY,
        8,  # fewer are under way
    ),
    Signal(
        "P99 in ms",
        f"histogram_quantile(0.99, sum by (le) ({_LATENCIES}))",
        CANARY,
        400,
    ),
    Signal(
        "slow bodies",
        f"{_BODIES} - {_QUICK_BODIES}",
        CANARY,
    ),
    Signal("denied", _increase("inbound_http_authz_deny_total", _OWN.replace("}}", ',tls="true"}}')), CANARY),
    Signal("TCP errors", 'sum(inbound_tcp_errors_total{{rollouts_pod_template_hash="{pods}"}})', CANARY),
    Signal(
        "certificate expired",
        f"({_CERTIFICATE} < bool time())",
        CANARY,
    ),
    _signal("5xx", CALLER, "outbound_http_route_backend_response_statuses_total", _BACKEND, ',http_status=~"5.."'),
    _signal("4xx", CALLER, "outbound_http_route_backend_response_statuses_total", _BACKEND, ',http_status=~"4.."'),
    _signal("FAIL_FAST", CALLER, "outbound_http_route_backend_response_statuses_total", _BACKEND, ',error="FAIL_FAST"'),
    _signal("cut", CALLER, "outbound_http_route_backend_response_statuses_total", _BACKEND, ',error="UNKNOWN"'),
    _signal(
        "failure, gRPC", CALLER, "response_total", '{{dst_replicaset="{replica_set}"{more}}}', ',grpc_status=~"[1-9].*"'
    ),
    Signal("retries", 'sum(outbound_http_route_retry_requests_total{{dst_replicaset="{replica_set}"}})', CALLER),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One release: how it ended, what visitors saw, and what moved on each side."""

    release: Release
    outcome: Outcome
    visitors: str
    moved: Mapping[str, Sequence[str]]
    blamed: Sequence[str]


async def main(names: Sequence[str]) -> None:
    rows: list[Row] = []
    for _, releases in groups(names):
        rows += [row async for row in _shown(releases)]
    text = page(rows)
    if names:
        print(text)
    else:
        (HERE / "signals.md").write_text(text)


async def _shown(releases: Sequence[Release]) -> AsyncIterator[Row]:
    async with hurried(releases) as session:
        for release in releases:
            yield await _row(session.platform, session, release)


async def _row(platform: Platform, session: Session, release: Release) -> Row:
    workload = release.scene.workload
    run = await session.push(release, workload)
    ended = await session.watch(run, _LIMIT_S, unattended=True)
    await asyncio.sleep(_AFTER_S)
    record = await session.record(run)
    view = next(seen.view for seen in record.views if seen.view.current_version == run.version)
    moved = await _moved(platform, view, record)
    report = build_report(record, record_file="")
    blamed = sorted({one.metric for one in run.progress.measurements if one.phase == "Failed"})
    print(f"{release.name}: {report['outcome']}, {blamed}, {moved}", file=sys.stderr)
    if (report["outcome"] == Outcome.PROMOTED and release.bad) or ended is End.STUCK:
        again = await session.push(_good(), workload)
        await platform.promote(workload, full=True)
        await session.watch(again, _LIMIT_S)
    return Row(release, Outcome(report["outcome"]), _felt(record), moved, blamed)


def _good() -> Release:
    return FAMILIES["good"][0]


async def _moved(platform: Platform, view: RolloutView, record: Record) -> dict[str, list[str]]:
    prometheus = (await platform.view()).prometheus
    known = {
        "pods": view.current_hash,
        "replica_set": f"{view.name}-{view.current_hash}",
        "canary": f"{view.name}-canary",
        "window": str(int(time.time() - record.released_at) + 1),
    }
    found: dict[str, list[str]] = {CANARY: [], CALLER: []}
    async with aiohttp.ClientSession() as session:
        for signal in SIGNALS:
            value = await _value(session, prometheus, signal.query.format(**known))
            if value is not None and value > signal.moves:
                found[signal.side].append(signal.name)
    return found


async def _value(session: aiohttp.ClientSession, prometheus: str, query: str) -> float | None:
    async with session.get(f"{prometheus}/api/v1/query?{urlencode({'query': query})}") as answer:
        said = await answer.json()
    assert said["status"] == "success", (query, said)
    result = said["data"]["result"]
    return float(result[0]["value"][1]) if result else None


def _felt(record: Record) -> str:
    seen = [sample for sample in record.samples if sample.t >= record.released_at and sample.kind == "tile"]
    failed = [sample for sample in seen if not sample.ok]
    slow = [sample for sample in seen if sample.ok and sample.ms > 1000]
    parts = [f"{len(failed):,} failed"] if failed else []
    parts += [f"{len(slow):,} slow"] if slow else []
    return f"{' and '.join(parts) or 'nothing'} of {len(seen):,}"


def page(rows: Iterable[Row]) -> str:
    made = datetime.now(UTC).date().isoformat()
    lines = [_HEAD.format(made=made), f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"]
    lines += [_line(row) for row in rows]
    differences = "\n".join(f"| {' | '.join(row)} |" for row in DIFFERENCES)
    return "\n".join(lines) + _TAIL.format(differences=differences)


def _line(row: Row) -> str:
    release = row.release
    ended = row.outcome.value.replace("_", " ")
    cells = (
        f"`{release.name}`",
        release.felt or "nothing",
        row.visitors,
        ", ".join(row.moved[CANARY]) or "–",
        ", ".join(row.moved[CALLER]) or "–",
        f"{ended}: {', '.join(row.blamed)}" if row.blamed else ended,
        release.unseen or "–",
        SEEN.get(release.name, "not tried"),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


_HEAD = """# Signals

Every version of the catalogue, released on the embedded platform with hurried manifests, and what its mesh and its
Prometheus showed. Made on {made} by `docs/signals.py`; the last column is what a real Linkerd showed of the same fault
(source snapshot of 2026-08-21, chart defaults, one client, one pod on each side).

*Canary side* are the inbound series of the new version's pods, *caller side* the outbound series of those who call it.
What is not named stayed silent.

![slow-p99: no error is counted anywhere, and it is rolled back all the same](slow-p99.png)
"""
_COLUMNS = (
    *("version", "what users feel", "visitors saw", "canary side", "caller side", "how it ended"),
    *("what a mesh cannot see", "a real Linkerd"),
)

_TAIL = """

## Where ours differs from Linkerd's

| what | Linkerd | here, with Envoy |
|---|---|---|
{differences}

Left out, because Envoy cannot give them faithfully: `outbound_http_balancer_*`, `outbound_http_errors_total`,
`inbound_http_errors_total`, `inbound_http_statuses_total`, the `*_frame_size_bytes`, `tcp_read_bytes_total`,
`tcp_write_bytes_total` and `control_identity_cert_refresh*`.
"""


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
