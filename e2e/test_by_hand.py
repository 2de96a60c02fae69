"""What people do to a rollout: abort, retry, undo, promote, release in the middle of a release."""

import asyncio
import time

import pytest

from e2e.changes import wait_at_30_percent
from e2e.stage import Stage, StartStage
from loadgen.samples import Sample
from seam.errors import UserError

pytestmark = pytest.mark.timeout(90)


@pytest.mark.smoke
async def test_abort_sends_everybody_back_and_retry_tries_the_same_version_again(stage: StartStage) -> None:
    async with stage() as on:
        pushed = await on.push("good")
        await on.until(lambda view: view.canary_weight == 30)
        await on.platform.abort("smiley")
        aborted = await on.until(lambda view: view.aborted and view.canary_weight == 0)
        assert (aborted.phase, aborted.message) == ("Degraded", "RolloutAborted: Rollout aborted update to revision 2")
        await on.platform.retry("smiley")
        await on.until(lambda view: not view.aborted)
        retried = on.again(pushed)
        await on.watch(retried)
        assert retried.promoted


async def test_undo_goes_back_to_the_version_before_as_a_new_revision(stage: StartStage) -> None:
    async with stage() as on:
        assert (await on.release("good")).promoted
        await on.platform.undo("smiley")
        back = await on.until(lambda view: view.phase == "Healthy" and view.stable_version == "v1")
        assert back.revision == 3


@pytest.mark.smoke
async def test_a_bad_version_can_be_taken_back_by_undo_after_its_abort(stage: StartStage) -> None:
    async with stage() as on:
        assert not (await on.release("errors-100")).promoted
        await on.platform.undo("smiley")
        healed = await on.until(lambda view: view.phase == "Healthy" and not view.aborted)
        assert healed.stable_version == "v1"


async def test_an_indefinite_pause_waits_for_promote(stage: StartStage) -> None:
    async with stage(change=wait_at_30_percent) as on:
        pushed = await on.push("good")
        paused = await on.until(lambda view: view.phase == "Paused")
        assert (paused.message, paused.canary_weight) == ("CanaryPauseStep", 30)
        await asyncio.sleep(on.pace.hurry.pause)
        assert (await on.platform.rollout("smiley")).canary_weight == 30
        await on.platform.promote("smiley")
        await on.watch(pushed)
        assert pushed.promoted
        assert pushed.weights == [0, 30, 50, 70, 100, 0]


async def test_promote_full_skips_what_is_left(stage: StartStage) -> None:
    async with stage(change=wait_at_30_percent) as on:
        pushed = await on.push("good")
        await on.until(lambda view: view.phase == "Paused")
        await on.platform.promote("smiley", full=True)
        await on.watch(pushed, limit_s=20)
        assert pushed.promoted
        assert not {50, 70} & set(pushed.weights)


async def test_a_new_revision_in_the_middle_of_a_release_starts_over_from_stable(stage: StartStage) -> None:
    async with stage(rate=100) as on:
        began = time.time()
        await on.push("good")
        await on.until(lambda view: view.canary_weight == 50)
        third = await on.push("good")
        await on.watch(third)
        assert third.promoted
        assert third.version == "v3"
        assert third.ended.stable_version == "v3"
        seen = await on.samples(began, time.time())
        assert seen
        assert not [sample for sample in seen if not sample.ok]


async def test_a_canary_that_nobody_visits_waits_for_a_person(stage: StartStage) -> None:
    async with stage() as on:
        await on.session.visitors.stop()
        await asyncio.sleep(on.pace.hurry.window + 1)  # what they asked before is forgotten
        await on.push("good")
        waiting = await on.until(lambda view: view.pause_reason == "InconclusiveAnalysisRun")
        # A certificate is good or not, whether anybody comes or nobody.
        of_traffic = [measurement for measurement in waiting.measurements if measurement.metric != "certificate-left"]
        assert {measurement.phase for measurement in of_traffic} == {"Inconclusive"}
        assert waiting.current_version != waiting.stable_version


async def test_a_fault_switched_on_in_running_replicas_is_seen_and_gone_when_cleared(stage: StartStage) -> None:
    async with stage() as on:
        assert len(await on.platform.inject("smiley", {"error": {"fraction": 100}})) == 2
        assert not any(sample.ok for sample in await tiles_of_a_second(on))
        await on.platform.clear("smiley")
        assert all(sample.ok for sample in await tiles_of_a_second(on))
        with pytest.raises(UserError, match="fraction"):
            await on.platform.inject("smiley", {"error": {"fraction": 140}})


async def test_undo_of_an_unknown_revision_and_retry_of_a_healthy_rollout_are_refused(stage: StartStage) -> None:
    async with stage() as on:
        with pytest.raises(UserError, match="99"):
            await on.platform.undo("smiley", 99)
        with pytest.raises(UserError, match="nothing to retry"):
            await on.platform.retry("smiley")
        with pytest.raises(UserError, match="nothing to abort"):
            await on.platform.abort("smiley")
        with pytest.raises(UserError, match="no Rollout 'smily'; there are"):
            await on.platform.rollout("smily")


async def tiles_of_a_second(on: Stage) -> list[Sample]:
    await asyncio.sleep(0.5)
    seen = [sample for sample in await on.samples_from(time.time()) if sample.kind == "tile"]
    assert seen
    return seen
