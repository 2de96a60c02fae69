"""The AnalysisRuns of a Rollout: each metric is measured when it is due, and the engine judges.

All decisions are `rollouts.analysis`'s; here are the clock, the HTTP client and the store of runs.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import aiohttp
from msgspec import structs

from platforms.embedded.gate import StoredRun, stored
from platforms.embedded.manifests import Manifests
from rollouts.analysis import AnalysisRun, Metric, assess, begin, build_run, complete
from rollouts.analysis.model import AnalysisRunRequest, AnalysisRunStatus, Phase
from rollouts.errors import SpecError


@dataclass(slots=True)
class _Conducted:
    """A run, and the task that measures for it until it has ended."""

    stored: StoredRun
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    @property
    def run(self) -> AnalysisRun:
        return self.stored.run


class Analyses:
    """The runs of one Rollout. `changed` (set by the controller) is called whenever the status of one has changed.

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
        self._runs: dict[str, _Conducted] = {}
        self._of_earlier_attempts: set[str] = set()
        self._measured: set[str] = set()

    @property
    def runs(self) -> tuple[AnalysisRun, ...]:
        """In the order of their creation."""
        return tuple(conducted.run for conducted in self._runs.values())

    def of(self, pod_template_hash: str, revision: int) -> tuple[StoredRun, ...]:
        """The runs of the present attempt to release that revision, in the order of their creation."""
        return tuple(
            conducted.stored
            for name, conducted in self._runs.items()
            if name not in self._of_earlier_attempts
            and (conducted.run.pod_template_hash, conducted.stored.revision) == (pod_template_hash, revision)
        )

    def measured(self, pod_template_hash: str) -> bool:
        """Whether a measurement of these pods was ever Successful, be the run long since deleted."""
        return pod_template_hash in self._measured

    def start_over(self) -> None:
        """A release is tried again: the runs that there are do not count for the new attempt."""
        self._of_earlier_attempts = set(self._runs)

    def create(self, request: AnalysisRunRequest, manifests: Manifests) -> None:
        run = _built(request, manifests)
        self._runs[request.name] = conducted = _Conducted(stored(run, request.revision, request.templates, manifests))
        conducted.task = asyncio.create_task(self._conduct(request.name))

    def terminate(self, name: str) -> None:
        conducted = self._runs[name]
        conducted.stored = replace(conducted.stored, run=structs.replace(conducted.run, terminate=True))
        conducted.wake.set()

    def delete(self, name: str) -> None:
        conducted = self._runs.pop(name, None)
        if conducted is not None and conducted.task is not None:
            conducted.task.cancel()

    async def close(self) -> None:
        tasks = [conducted.task for conducted in self._runs.values() if conducted.task is not None]
        for name in list(self._runs):
            self.delete(name)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _conduct(self, name: str) -> None:
        conducted = self._runs[name]
        measuring: set[asyncio.Task[None]] = set()
        try:
            while True:
                conducted.wake.clear()
                now = time.time()
                assessment = assess(conducted.run, now)
                self._store(name, assessment.run)
                if assessment.run.status.phase.completed and not measuring:
                    return
                for metric in assessment.due:
                    self._store(name, begin(conducted.run, metric.name, now))
                    task = asyncio.create_task(self._measure(name, metric))
                    measuring.add(task)
                    task.add_done_callback(measuring.discard)
                pause = None if assessment.next_at is None else max(0.0, assessment.next_at - time.time())
                await _wait(conducted.wake, pause)
        finally:
            for task in measuring:
                task.cancel()

    async def _measure(self, name: str, metric: Metric) -> None:
        # Not at the start: the first face does not have to wait for a library of JSONPath.
        from platforms.embedded.providers import outcome_of  # noqa: PLC0415

        outcome = await outcome_of(metric, self._session, self._prometheus, self._hosts)
        conducted = self._runs.get(name)
        if conducted is not None:
            self._store(name, complete(conducted.run, metric.name, outcome, time.time()))
            conducted.wake.set()

    def _store(self, name: str, run: AnalysisRun) -> None:
        conducted = self._runs[name]
        before = conducted.run
        # A termination that came while this run was being judged must not be lost.
        after = structs.replace(run, terminate=run.terminate or before.terminate)
        conducted.stored = replace(conducted.stored, run=after)
        if any(result.successful for result in run.status.metric_results):
            self._measured.add(run.pod_template_hash)
        if before.status != run.status:
            self.changed()


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    # Not wait_for: Python 3.11's forgets that it is cancelled when the event comes at the same moment.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _built(request: AnalysisRunRequest, manifests: Manifests) -> AnalysisRun:
    """A run whose templates do not fit together (they were checked when they were applied) ends as an error."""
    try:
        return build_run(request, manifests.templates, manifests.secret_values)
    except SpecError as error:
        ended = AnalysisRunStatus(phase=Phase.ERROR, message=str(error))
        return AnalysisRun(request.name, request.kind, request.pod_template_hash, (), request.step_index, status=ended)
