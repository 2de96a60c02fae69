"""One release from its push to its end: settled, stuck, waiting, timed out."""

import asyncio
from dataclasses import replace

import pytest

from chaos.catalogue import find
from chaos.experiment import Session
from chaos.record import End, Line
from seam.errors import PlatformFailed
from seam.releases import FaultPlan, Outcome, Release
from seam.views import DeliveryView
from tests.chaos.experiment.playing import ABORTED, CANARY, PROMOTED, Platform

pytestmark = pytest.mark.timeout(10)
AT_30 = replace(CANARY, canary_weight=30, stable_weight=70)
PAUSED = replace(AT_30, phase="Paused", pause_reason="CanaryPauseStep", steps=({"pause": {}}, {"pause": {}}))


async def test_a_release_is_watched_until_it_is_promoted(platform: Platform, session: Session) -> None:
    platform.after("release", CANARY, AT_30, replace(CANARY, **PROMOTED))
    run = await session.push(find("good"), "smiley")
    assert await session.watch(run, 5) is End.SETTLED
    assert run.progress.promoted
    assert run.progress.weights == [0, 30, 0]
    assert platform.asked == [("release", "smiley", "good")]


async def test_the_record_has_views_events_samples_and_what_the_pods_counted(
    platform: Platform, session: Session
) -> None:
    platform.after("release", AT_30, replace(CANARY, **ABORTED))
    run = await session.push(find("errors-40"), "smiley")
    await session.watch(run, 5)
    record = await session.record(run)
    assert [seen.view.canary_weight for seen in record.views] == [30, 0]
    assert (record.ended, record.version, record.release.name) == (End.SETTLED, "v2", "errors-40")
    assert record.began_at == session.began_at
    assert all(session.began_at <= sample.t < record.ended_at for sample in record.samples)
    assert [(one.pod, one.fault, one.count) for one in record.injected] == [("smiley-bbb-1", "error", 12)]


async def test_what_argo_cd_says_after_the_end_is_in_the_record_too(platform: Platform, session: Session) -> None:
    end = replace(CANARY, **ABORTED, delivery=DeliveryView("abc", "Synced", "Suspended"))
    platform.after("release", end)
    run = await session.push(find("errors-40"), "smiley")
    await session.watch(run, 5)
    platform.show(replace(end, delivery=DeliveryView("abc", "Synced", "Degraded")))
    record = await session.record(run)
    assert [seen.view.delivery.health for seen in record.views if seen.view.delivery] == ["Suspended", "Degraded"]
    platform.show(replace(end, current_version="v3", delivery=None))
    assert len((await session.record(run)).views) == 1


async def test_degraded_without_an_abort_ends_the_watch_as_stuck(platform: Platform, session: Session) -> None:
    platform.after("release", CANARY, replace(CANARY, phase="Degraded", message="ProgressDeadlineExceeded: x"))
    run = await session.push(find("crash-loop"), "smiley")
    assert await session.watch(run, 5) is End.STUCK
    assert run.reason == "v2 cannot go on and was not aborted: nothing more happens by itself."


@pytest.mark.parametrize("changes", [{}, {"pause_reason": "InconclusiveAnalysisRun", "steps": ()}])
async def test_what_waits_for_a_person_ends_an_unattended_watch(
    platform: Platform, session: Session, lines: list[Line], changes: dict[str, object]
) -> None:
    platform.after("release", replace(PAUSED, **changes))  # type: ignore[arg-type]
    run = await session.push(find("good"), "smiley")
    assert await session.watch(run, 5, unattended=True) is End.WAITING
    assert lines[-1].sentence == "v2 waits for a person, and this run is unattended."


async def test_where_a_person_is_there_a_pause_is_waited_for(platform: Platform, session: Session) -> None:
    platform.after("release", PAUSED)
    run = await session.push(find("good"), "smiley")
    watching = asyncio.create_task(session.watch(run, 5))
    while run.last is None:
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    assert not watching.done()
    platform.show(replace(CANARY, **PROMOTED))
    assert await watching is End.SETTLED


async def test_pauses_are_promoted_when_that_was_asked_for_but_no_verdict_is_made_up(
    platform: Platform, session: Session
) -> None:
    platform.after("release", PAUSED)
    second = replace(PAUSED, current_step_index=1, canary_weight=50)
    unsure = replace(PAUSED, current_step_index=1, canary_weight=50, pause_reason="InconclusiveAnalysisRun", steps=())
    platform.after("promote", replace(second, phase="Progressing"), unsure)
    run = await session.push(find("good"), "smiley")
    assert await session.watch(run, 5, unattended=True, promote_pauses=True) is End.WAITING
    assert [asked for asked in platform.asked if asked[0] == "promote"] == [("promote", "smiley", False)]


async def test_a_release_that_does_not_end_in_time_is_watched_no_longer(platform: Platform, session: Session) -> None:
    platform.after("release", AT_30)
    run = await session.push(find("good"), "smiley")
    assert await session.watch(run, 0.2) is End.TIMED_OUT
    assert run.reason == "v2 has not come to an end in 0.2 s."


async def test_a_platform_that_goes_away_is_no_end_of_the_release(platform: Platform, session: Session) -> None:
    run = await session.push(find("good"), "smiley")
    platform.go_away()
    with pytest.raises(PlatformFailed, match="went away"):
        await session.watch(run, 5)


async def test_a_fault_that_starts_at_a_weight_is_switched_on_in_the_new_pods_then(
    platform: Platform, session: Session
) -> None:
    platform.after("release", AT_30)
    run = await session.push(find("turns-bad"), "smiley")
    watching = asyncio.create_task(session.watch(run, 5))
    while run.last is None:
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    assert [asked for asked in platform.asked if asked[0] == "inject"] == []
    platform.show(replace(AT_30, canary_weight=50))
    while not any(asked[0] == "inject" for asked in platform.asked):
        await asyncio.sleep(0.01)
    assert platform.asked[-1] == ("inject", "smiley", {"error": {"fraction": 40}}, "v2")
    platform.show(replace(CANARY, **ABORTED))
    assert await watching is End.SETTLED
    assert not any(asked[0] == "clear" for asked in platform.asked)


async def test_a_fault_in_another_workload_is_taken_away_when_the_release_has_ended(
    platform: Platform, session: Session
) -> None:
    color = replace(CANARY, name="color")
    elsewhere = Release("x", "X.", Outcome.ROLLED_BACK, (FaultPlan({"hang": {"fraction": 1}}, workload="color"),))
    platform.show(CANARY, color)
    run = await session.push(elsewhere, "smiley")
    watching = asyncio.create_task(session.watch(run, 5))
    while not any(asked[0] == "inject" for asked in platform.asked):
        await asyncio.sleep(0.01)
    assert platform.asked[-1] == ("inject", "color", {"hang": {"fraction": 1}}, None)
    platform.show(replace(CANARY, **ABORTED), color)
    await watching
    assert platform.asked[-1] == ("clear", "color", None)
