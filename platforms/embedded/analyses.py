"""AnalysisRuns on real time: whoever is due is measured, and the engine judges.

All decisions are `rollouts.analysis`'s; here are the clock, the HTTP client and the store of runs.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from msgspec.structs import replace

from rollouts import providers
from rollouts.analysis import AnalysisRun, AnalysisTemplate, Metric, assess, begin, build_run, complete
from rollouts.analysis.model import AnalysisRunRequest, AnalysisRunStatus, Outcome, Phase
from rollouts.errors import SpecError
from rollouts.providers import HttpRequest, HttpResponse, Unreachable

# (name of the Secret, key) -> value
Secrets = Mapping[tuple[str, str], str]


class Analyses:
    """The runs of one Rollout. `changed` (set by whoever listens) is called when one has something new to say.

    `prometheus` is the address for metrics that name none; `hosts` are the names that the cluster's DNS would know,
    with their "host:port" here.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        prometheus: str,
        hosts: Mapping[str, str],
    ) -> None:
        self._session, self._prometheus, self._hosts = session, prometheus, hosts
        self.changed: Callable[[], None] = lambda: None
        self._runs: dict[str, AnalysisRun] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wakes: dict[str, asyncio.Event] = {}

    @property
    def runs(self) -> tuple[AnalysisRun, ...]:
        """In the order of their creation."""
        return tuple(self._runs.values())

    def create(self, request: AnalysisRunRequest, templates: Mapping[str, AnalysisTemplate], secrets: Secrets) -> None:
        self._runs[request.name] = _built(request, templates, secrets)
        self._wakes[request.name] = asyncio.Event()
        self._tasks[request.name] = asyncio.create_task(self._conduct(request.name))

    def terminate(self, name: str) -> None:
        self._runs[name] = replace(self._runs[name], terminate=True)
        self._wakes[name].set()

    def delete(self, name: str) -> None:
        self._runs.pop(name, None)
        self._wakes.pop(name, None)
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for name in list(self._runs):
            self.delete(name)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _conduct(self, name: str) -> None:
        wake = self._wakes[name]
        measuring: set[asyncio.Task[None]] = set()
        try:
            while True:
                wake.clear()
                now = time.time()
                assessment = assess(self._runs[name], now)
                self._store(name, assessment.run)
                if assessment.run.status.phase.completed and not measuring:
                    return
                for metric in assessment.due:
                    self._store(name, begin(self._runs[name], metric.name, now))
                    task = asyncio.create_task(self._measure(name, metric))
                    measuring.add(task)
                    task.add_done_callback(measuring.discard)
                pause = None if assessment.next_at is None else max(0.0, assessment.next_at - time.time())
                await _wait(wake, pause)
        finally:
            for task in measuring:
                task.cancel()

    async def _measure(self, name: str, metric: Metric) -> None:
        outcome = await self._outcome(metric)
        if name in self._runs:
            self._store(name, complete(self._runs[name], metric.name, outcome, time.time()))
            self._wakes[name].set()

    async def _outcome(self, metric: Metric) -> Outcome:
        order = providers.request(metric, prometheus_address=self._prometheus)
        if isinstance(order, Outcome):
            return order
        return providers.interpret(metric, await self._ask(order), prometheus_address=self._prometheus)

    async def _ask(self, order: HttpRequest) -> HttpResponse | Unreachable:
        try:
            async with self._session.request(
                order.method,
                self._resolved(order.url),
                params=order.params,
                headers=order.headers,
                data=order.body,
                ssl=not order.insecure,
                timeout=aiohttp.ClientTimeout(total=order.timeout),
            ) as answer:
                return HttpResponse(answer.status, await answer.read())
        except TimeoutError:
            return Unreachable(f"no answer within {order.timeout:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Unreachable(str(error) or type(error).__name__)

    def _resolved(self, url: str) -> str:
        """The names that the cluster's DNS would know, on loopback."""
        parts = urlsplit(url)
        address = self._hosts.get(parts.hostname or "")
        return url if address is None else urlunsplit(parts._replace(netloc=address))

    def _store(self, name: str, run: AnalysisRun) -> None:
        before = self._runs[name]
        # A termination that came while this run was being judged must not be lost.
        self._runs[name] = replace(run, terminate=run.terminate or before.terminate)
        if before.status != run.status:
            self.changed()


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


def _built(request: AnalysisRunRequest, templates: Mapping[str, AnalysisTemplate], secrets: Secrets) -> AnalysisRun:
    """A run whose templates do not fit together (they were checked when they were applied) ends as an error."""
    try:
        return build_run(request, templates, secrets)
    except SpecError as error:
        ended = AnalysisRunStatus(phase=Phase.ERROR, message=str(error))
        return AnalysisRun(request.name, request.kind, request.pod_template_hash, (), request.step_index, status=ended)
