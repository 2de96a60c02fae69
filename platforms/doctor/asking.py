"""Prometheus as a doctor looks at it: every question once, all at the same time, each with a limit."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import aiohttp

from platforms.doctor.checking import Look
from platforms.doctor.measured import (
    Clock,
    Counted,
    Measured,
    Sample,
    SeriesSeen,
    Splitting,
    Target,
    nothing_measured,
)
from platforms.measuring import Query, present, wanted_series
from seam.errors import UserError

_LIMIT = aiohttp.ClientTimeout(total=4)
_VISITS = 'namespace="{namespace}",direction="inbound",route_name!="probe",target_port!="4191"'
_CERTIFICATES = '{{__name__=~"(control_)?identity_cert_expiration_timestamp_seconds",namespace="{namespace}"}}'


async def measure(
    where: str, address: str, namespace: str, queries: Iterable[Query], splittings: Iterable[Splitting]
) -> Measured:
    """`where` is what people call it, `address` where it answers, `queries` those of the AnalysisTemplates in use."""
    async with aiohttp.ClientSession(timeout=_LIMIT) as session:
        asked = _Asked(session, address)
        version = await _look(asked.version)
        if version.found is None:
            return nothing_measured(where, f"Prometheus at {where} does not answer: {version.hidden}")
        clock, targets, series, counted, callers, certificates = await asyncio.gather(
            _look(asked.clock),
            _look(asked.targets),
            _look(lambda: asked.series(queries, namespace)),
            _look(lambda: asked.counted(splittings, namespace)),
            _look(lambda: asked.callers(namespace)),
            _look(lambda: asked.certificates(namespace)),
        )
        return Measured(where, version, clock, targets, series, counted, callers, certificates)


class _Asked:
    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session, self._address = session, address

    async def version(self) -> str:
        return str((await self._get("status/buildinfo"))["version"])

    async def clock(self) -> Clock:
        sent = time.time()
        said = float((await self._get("query", query="time()"))["result"][1])
        return Clock("Prometheus", sent, time.time(), said, said + 0.001)

    async def targets(self) -> Sequence[Target]:
        active = (await self._get("targets", state="active"))["activeTargets"]
        return [
            Target(one["scrapePool"], one["scrapeUrl"], one["labels"], one["health"] == "up", one.get("lastError", ""))
            for one in active
        ]

    async def series(self, queries: Iterable[Query], namespace: str) -> SeriesSeen:
        try:
            wanted = [one for one in wanted_series(queries) if not one[2].optional]
        except UserError as error:
            return SeriesSeen(0, problem=str(error))
        found = await present(self._session, self._address, [series for *_, series in wanted], namespace)
        missing = [(template, metric, one.name) for template, metric, one in wanted if one not in found]
        return SeriesSeen(len({one for *_, one in wanted}), missing)

    async def counted(self, splittings: Iterable[Splitting], namespace: str) -> Mapping[str, Counted]:
        now = time.time()
        return {one.rollout: await self._counted(one, one.window_s(now), namespace) for one in splittings}

    async def _counted(self, one: Splitting, window_s: int, namespace: str) -> Counted:
        names = "|".join(sorted(one.canary | one.stable))
        visits = f'{_VISITS.format(namespace=namespace)},rollouts_pod_template_hash=~"{names}"'
        samples = await self._query(
            f"sum by (rollouts_pod_template_hash) (increase(request_total{{{visits}}}[{window_s}s]))"
        )
        by_name = {sample.labels["rollouts_pod_template_hash"]: sample.value for sample in samples}
        sums = [sum(by_name.get(name, 0.0) for name in side) for side in (one.canary, one.stable)]
        return Counted(window_s, *sums)

    async def callers(self, namespace: str) -> Sequence[Sample]:
        visits = _VISITS.format(namespace=namespace)
        # Whom a policy refuses is in no request_total. Linkerd counts the refusals without a direction.
        refused = visits.replace('direction="inbound",', "")
        counters = (f"request_total{{{visits}}}", f"inbound_http_authz_deny_total{{{refused}}}")
        asked = (f"sum by (rollouts_pod_template_hash, tls) (increase({one}[5m]))" for one in counters)
        return [sample for found in await asyncio.gather(*map(self._query, asked)) for sample in found]

    async def certificates(self, namespace: str) -> Sequence[Sample]:
        return await self._query(f"min by (pod) ({_CERTIFICATES.format(namespace=namespace)}) - time()")

    async def _query(self, promql: str) -> Sequence[Sample]:
        result = (await self._get("query", query=promql))["result"]
        return [Sample(one["metric"], float(one["value"][1])) for one in result]

    async def _get(self, path: str, **params: str) -> Any:
        async with self._session.get(f"{self._address}/api/v1/{path}", params=params) as answer:
            answer.raise_for_status()
            return (await answer.json())["data"]


async def _look(ask: Callable[[], Any]) -> Look[Any]:
    try:
        return Look(await ask())
    except aiohttp.ClientResponseError as error:
        refused = ", so a policy refuses it" if error.status == 403 else ""
        return Look(hidden=f"it answered {error.status} {error.message}{refused}")
    except TimeoutError:
        return Look(hidden=f"no answer within {_LIMIT.total:g} s")
    except aiohttp.ClientError as error:
        return Look(hidden=str(error) or type(error).__name__)
    except (ValueError, LookupError, TypeError):  # no JSON, or one of another shape
        return Look(hidden="what it answers is not what Prometheus answers")
