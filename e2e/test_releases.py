"""The promise: a good version is promoted without anybody noticing, a bad one is rolled back by itself."""

import asyncio
import time

import pytest

from chaos.report import Point
from e2e.binomial import bounds
from e2e.pods import answered
from e2e.stage import StartStage

# Each bad release of the catalogue but errors-40, which has a test of its own, and the metric that has to see it.
BAD = {
    "errors-5": "success-rate",
    "errors-100": "success-rate",
    "slow-p99": "latency-p99-ms",
    "hang": "success-rate",
}


@pytest.mark.timeout(300)
async def test_ten_good_releases_in_a_row_are_promoted_and_no_visitor_request_fails(stage: StartStage) -> None:
    async with stage(rate=100) as on:
        began = time.time()
        for number in range(2, 12):
            recorder = await on.release("good")
            assert recorder.promoted, recorder.timeline[-1]
            assert recorder.version == f"v{number}"
            assert weights(recorder.timeline) == [0, 30, 50, 70, 100, 0]
        seen = await on.samples(began, time.time())
        assert not [sample for sample in seen if not sample.ok]
        # A hundred a second, less what a shared machine swallows; without them the line above would prove nothing.
        assert len(seen) > 60 * (time.time() - began)


@pytest.mark.timeout(300)
async def test_a_version_that_fails_40_percent_is_rolled_back_ten_times_out_of_ten(stage: StartStage) -> None:
    async with stage(rate=100) as on:
        for _ in range(10):
            recorder = await on.release("errors-40")
            last = recorder.last
            assert last is not None
            assert last.aborted
            assert (last.stable_version, last.canary_weight, last.stable_weight) == ("v1", 0, 100)
            assert last.message.endswith(
                'Background analysis phase error/failed: Metric "success-rate" assessed Failed '
                "due to failed (2) > failureLimit (1)"
            )
            back = time.time()
            await asyncio.sleep(1)
            afterwards = await on.samples(back + 0.5, back + 1)
            assert afterwards
            assert all(sample.ok and sample.smiley == "v1" for sample in afterwards)


@pytest.mark.timeout(180)
async def test_every_other_bad_release_is_rolled_back_by_the_metric_that_sees_it(stage: StartStage) -> None:
    async with stage(rate=60, change=pause_long) as on:
        for name, blamed in BAD.items():
            recorder = await on.release(name)
            last = recorder.last
            assert last is not None
            assert last.aborted, (name, recorder.timeline)
            assert (last.stable_version, last.canary_weight) == ("v1", 0)
            assert f'Metric "{blamed}" assessed Failed' in last.message, name


@pytest.mark.timeout(60)
async def test_a_bad_color_is_rolled_back_though_grpc_hides_its_failures_in_http_200(stage: StartStage) -> None:
    async with stage() as on:
        recorder = await on.release("errors-40", workload="color")
        last = recorder.last
        assert last is not None
        assert last.aborted
        assert 'Metric "success-rate" assessed Failed' in last.message


@pytest.mark.timeout(90)
async def test_at_30_percent_the_canary_pods_get_30_percent_of_the_requests(stage: StartStage) -> None:
    async with stage(rate=100, change=pause_at_the_first_weight) as on:
        await on.push("good")
        await on.until(lambda view: view.canary_weight == 30 and view.phase == "Paused")
        before = await answered(await on.platform.rollout("smiley"))
        await asyncio.sleep(15)
        after = await answered(await on.platform.rollout("smiley"))
        served = {version: after[version] - before.get(version, 0) for version in after}
        total = sum(served.values())
        low, high = bounds(total, 0.30)
        assert total > 500
        assert low <= served["v2"] <= high, served


def weights(timeline: list[Point]) -> list[int]:
    """The canary's weights in order, each as often as it was newly set."""
    return [
        point.weight for index, point in enumerate(timeline) if index == 0 or timeline[index - 1].weight != point.weight
    ]


def pause_at_the_first_weight(document: dict[str, object]) -> None:
    if document["kind"] == "Rollout":
        canary = document["spec"]["strategy"]["canary"]  # type: ignore[index]
        if "steps" in canary:
            canary["steps"] = [{"setWeight": 30}, {"pause": {}}]
            del canary["analysis"]


def pause_long(document: dict[str, object]) -> None:
    """Five percent is the limit itself: give the analysis the time to fall below it twice."""
    if document["kind"] == "Rollout":
        for step in document["spec"]["strategy"]["canary"].get("steps", ()):  # type: ignore[index]
            if "pause" in step:
                step["pause"]["duration"] = "10s"
