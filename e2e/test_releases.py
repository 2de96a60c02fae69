"""The promise: a good version is promoted without anybody noticing, a bad one is rolled back by itself.

Which weights a release goes through is asserted, the same on every platform; so a bad one gets no second step to
outrun its verdict with, but for the one that is about just that.
"""

import asyncio
import time

import pytest

from e2e.binomial import bounds
from e2e.changes import only_to_30_percent, pause_for, wait_at_30_percent
from e2e.pods import answered
from e2e.stage import StartStage

# Each bad release of the catalogue but errors-40, which has a test of its own, and the metric that has to see it.
BAD = {
    "errors-5": "success-rate",
    "errors-100": "success-rate",
    "slow-p99": "latency-p99-ms",
    "hang": "success-rate",
}


@pytest.mark.smoke
@pytest.mark.timeout(400)
async def test_every_good_release_in_a_row_is_promoted_and_no_visitor_request_fails(stage: StartStage) -> None:
    async with stage(rate=100) as on:
        began = time.time()
        for number in range(2, 2 + on.pace.repeats):
            release = await on.release("good")
            assert release.promoted, release.now
            assert release.version == f"v{number}"
            assert release.weights == [0, 30, 50, 70, 100, 0]
        seen = await on.samples(began, time.time())
        assert not [sample for sample in seen if not sample.ok]
        # So many a second, less what a shared machine swallows; without them the line above would prove nothing.
        assert len(seen) > 0.6 * on.rate * (time.time() - began)


@pytest.mark.smoke
@pytest.mark.timeout(300)
async def test_a_version_that_fails_40_percent_is_rolled_back_every_time(stage: StartStage) -> None:
    async with stage(rate=100, change=wait_at_30_percent) as on:
        for _ in range(on.pace.repeats):
            release = await on.release("errors-40")
            last = release.ended
            assert last.aborted
            assert release.weights == [0, 30, 0]
            assert (last.stable_version, last.canary_weight, last.stable_weight) == ("v1", 0, 100)
            assert last.message.endswith(
                'Background analysis phase error/failed: Metric "success-rate" assessed Failed '
                "due to failed (2) > failureLimit (1)"
            )
            # The data plane is told, and what was under way comes to its end.
            back = time.time() + 0.5 * on.pace.patience
            afterwards = await on.samples_from(back, 0.5)
            assert all(sample.ok and sample.smiley == "v1" for sample in afterwards)


@pytest.mark.timeout(180)
async def test_every_other_bad_release_is_rolled_back_by_the_metric_that_sees_it(stage: StartStage) -> None:
    # Five percent is the limit itself: the analysis has all the time it needs to fall below it twice.
    async with stage(rate=60, change=wait_at_30_percent) as on:
        for name, blamed in BAD.items():
            release = await on.release(name, limit_s=90)
            last = release.ended
            assert last.aborted, (name, release.now)
            assert (last.stable_version, last.canary_weight) == ("v1", 0)
            assert release.weights == [0, 30, 0], name
            assert f'Metric "{blamed}" assessed Failed' in last.message, name
            await on.well_again(release)


@pytest.mark.timeout(60)
async def test_a_bad_color_is_rolled_back_though_grpc_hides_its_failures_in_http_200(stage: StartStage) -> None:
    async with stage(change=wait_at_30_percent) as on:
        release = await on.release("errors-40", workload="color")
        assert release.ended.aborted
        assert release.weights == [0, 30, 0]
        assert 'Metric "success-rate" assessed Failed' in release.ended.message


@pytest.mark.timeout(90)
async def test_a_release_that_turns_bad_only_at_the_second_step_is_rolled_back_from_there(stage: StartStage) -> None:
    """Like a leak, or a database that fills: what was measured at 30 % was good, and true."""
    async with stage(rate=60, change=pause_for(10)) as on:
        release = await on.push("turns-bad")
        at_50 = await on.until(lambda view: view.canary_weight == 50)
        assert {measurement.phase for measurement in at_50.measurements} == {"Successful"}
        assert await on.platform.inject("smiley", {"error": {"fraction": 40}}, version=release.version)
        await on.watch(release)
        assert release.ended.aborted
        assert release.weights == [0, 30, 50, 0]
        # Both ask the same. The gate at the end of the step has to fail once, the analysis in the background twice,
        # so on a busy machine the gate may be first.
        blamed = ("success-rate", "gate")
        assert any(f'Metric "{metric}" assessed Failed' in release.ended.message for metric in blamed)
        await on.well_again(release)


@pytest.mark.timeout(90)
async def test_at_30_percent_the_canary_pods_get_30_percent_of_the_requests(stage: StartStage) -> None:
    async with stage(rate=100, change=only_to_30_percent) as on:
        await on.push("good")
        await on.until(lambda view: view.canary_weight == 30 and view.phase == "Paused")
        before = await answered(on.platform, "smiley")
        await asyncio.sleep(15)
        after = await answered(on.platform, "smiley")
        served = {version: after[version] - before.get(version, 0) for version in after}
        total = sum(served.values())
        low, high = bounds(total, 0.30)
        assert total > 0.3 * on.rate * 15
        assert low <= served["v2"] <= high, served
