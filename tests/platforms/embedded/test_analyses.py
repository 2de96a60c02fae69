import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from platforms.embedded.analyses import Analyses
from platforms.embedded.manifests import Manifests
from rollouts.analysis import AnalysisRunRequest, RunKind

Until = Callable[[Callable[[], object]], Awaitable[None]]
ARGUMENTS = {"namespace": "faces", "canary-hash": "abc", "canary-service": "smiley-canary"}


@dataclass
class PlayedPrometheus:
    """Answers every query with one number."""

    value: str = "1"
    asked: list[str] = field(default_factory=list)

    async def query(self, request: web.Request) -> web.Response:
        self.asked.append((await request.post() if request.method == "POST" else request.query)["query"])
        sample = {"metric": {}, "value": [time.time(), self.value]}
        return web.json_response({"status": "success", "data": {"resultType": "vector", "result": [sample]}})


@pytest.fixture
def prometheus() -> PlayedPrometheus:
    return PlayedPrometheus()


@pytest.fixture
async def analyses(prometheus: PlayedPrometheus) -> AsyncIterator[Analyses]:
    app = web.Application()
    app.router.add_route("*", "/api/v1/query", prometheus.query)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        address = f"127.0.0.1:{server.port}"
        opened = Analyses(session, f"http://{address}", {"prometheus.monitoring": address})
        yield opened
        await opened.close()


def gate(name: str, *, pod_hash: str = "abc", revision: int = 2) -> AnalysisRunRequest:
    """The promotion gate: one measurement, at once."""
    return AnalysisRunRequest(name, RunKind.STEP, pod_hash, revision, ("promotion-gate",), ARGUMENTS, step_index=4)


def ended(analyses: Analyses) -> bool:
    return all(run.status.phase.completed for run in analyses.runs)


async def test_a_run_is_measured_and_known_with_what_its_metrics_demand(
    analyses: Analyses, manifests: Manifests, prometheus: PlayedPrometheus, until: Until
) -> None:
    analyses.create(gate("first"), manifests)
    await until(lambda: ended(analyses))
    (stored,) = analyses.of("abc", 2)
    assert (stored.run.name, str(stored.run.status.phase)) == ("first", "Successful")
    assert stored.planned["gate"].demands == "at least 95 %"
    assert len(prometheus.asked) == 1


async def test_runs_of_another_revision_of_the_same_pods_do_not_count(
    analyses: Analyses, manifests: Manifests, prometheus: PlayedPrometheus, until: Until
) -> None:
    prometheus.value = "0.6"
    analyses.create(gate("old", revision=2), manifests)
    await until(lambda: ended(analyses))
    analyses.create(gate("new", revision=4), manifests)
    assert [stored.run.name for stored in analyses.of("abc", 4)] == ["new"]
    assert [run.name for run in analyses.runs] == ["old", "new"]


async def test_runs_from_before_a_retry_do_not_count(analyses: Analyses, manifests: Manifests, until: Until) -> None:
    analyses.create(gate("first"), manifests)
    await until(lambda: ended(analyses))
    analyses.start_over()
    assert analyses.of("abc", 2) == ()
    analyses.create(gate("first.1"), manifests)
    assert [stored.run.name for stored in analyses.of("abc", 2)] == ["first.1"]


async def test_that_pods_were_once_measured_good_is_remembered_by_their_hash(
    analyses: Analyses, manifests: Manifests, prometheus: PlayedPrometheus, until: Until
) -> None:
    assert not analyses.measured("abc")
    analyses.create(gate("good"), manifests)
    await until(lambda: ended(analyses))
    prometheus.value = "0.6"
    analyses.create(gate("bad", pod_hash="def"), manifests)
    await until(lambda: ended(analyses))
    assert analyses.measured("abc")
    assert not analyses.measured("def")
    analyses.start_over()
    analyses.delete("good")
    assert analyses.measured("abc")


async def test_a_run_whose_template_is_gone_ends_as_an_error_with_the_sentence(
    analyses: Analyses, manifests: Manifests, until: Until
) -> None:
    request = AnalysisRunRequest("none", RunKind.STEP, "abc", 2, ("no-such",), {}, step_index=4)
    analyses.create(request, manifests)
    await until(lambda: ended(analyses))
    (stored,) = analyses.of("abc", 2)
    assert str(stored.run.status.phase) == "Error"
    assert "AnalysisTemplate 'no-such' not found" in stored.run.status.message
