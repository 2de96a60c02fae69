from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.rollouts.bluegreen.conftest import MakeWorld

ABORTED = "RolloutAborted: Rollout aborted update to revision 2"


@pytest.mark.parametrize(("field", "delay"), [({}, 30), ({"abortScaleDownDelaySeconds": 5}, 5)])
def test_an_aborted_preview_keeps_its_pods_until_its_deadline(
    make_world: MakeWorld, field: dict[str, int], delay: int
) -> None:
    world = make_world(autoPromotionEnabled=False, **field)
    world.release("v2")
    world.abort()
    assert (world.active, world.preview, world.told) == ("v1", "v2", ("Degraded", ABORTED))
    world.pass_time(delay - 0.5)
    assert world.sizes == {"v1": 3, "v2": 3}
    world.pass_time(0.5)
    assert world.sizes == {"v1": 3}
    world.pass_time(600)
    assert world.told == ("Degraded", ABORTED)


def test_a_delay_of_0_keeps_them_for_ever(make_world: MakeWorld) -> None:
    world = make_world(autoPromotionEnabled=False, abortScaleDownDelaySeconds=0)
    world.release("v2")
    world.abort()
    world.pass_time(3600)
    assert world.sizes == {"v1": 3, "v2": 3}


def test_nothing_rolls_back_that_is_stable(make_world: MakeWorld) -> None:
    world = make_world()
    world.abort()
    assert (world.status.abort, world.told) == (False, ("Healthy", ""))


def test_retry_previews_again(make_world: MakeWorld) -> None:
    world = make_world(autoPromotionEnabled=False, abortScaleDownDelaySeconds=5)
    world.release("v2")
    world.abort()
    world.pass_time(10)
    world.retry()
    assert (world.sizes, world.told) == ({"v1": 3, "v2": 3}, ("Paused", "BlueGreenPause"))
    world.pass_time(600)
    assert world.sizes == {"v1": 3, "v2": 3}
    world.promote()
    assert (world.active, world.told) == ("v2", ("Healthy", ""))


def test_a_full_promotion_undoes_an_abort(make_world: MakeWorld) -> None:
    world = make_world(autoPromotionEnabled=False, abortScaleDownDelaySeconds=5)
    world.release("v2")
    world.abort()
    world.pass_time(10)
    world.promote(full=True)
    assert (world.active, world.stable, world.told) == ("v2", "v2", ("Healthy", ""))


def test_another_version_leaves_the_abort_behind(make_world: MakeWorld) -> None:
    world = make_world(autoPromotionEnabled=False)
    world.release("v2")
    world.abort()
    world.release("v3")
    assert (world.preview, world.told) == ("v3", ("Paused", "BlueGreenPause"))
    world.pass_time(31)
    assert world.sizes == {"v1": 3, "v3": 3}


def test_an_abort_during_post_promotion_analysis_switches_back(make_world: MakeWorld, analysis: dict[str, Any]) -> None:
    world = make_world(postPromotionAnalysis=analysis)
    world.release("v2")
    assert (world.active, world.stable) == ("v2", "v1")
    world.abort()
    assert (world.active, world.stable, world.told) == ("v1", "v1", ("Degraded", ABORTED))
    assert world.runs[-1].terminate


@pytest.mark.parametrize("aborts", [False, True])
def test_a_preview_that_never_gets_ready_exceeds_the_deadline(make_world: MakeWorld, aborts: bool) -> None:  # noqa: FBT001
    world = make_world({"v2": None}, spec={"progressDeadlineSeconds": 20, "progressDeadlineAbort": aborts})
    world.release("v2")
    world.pass_time(60)
    assert (world.active, world.status.phase, world.status.abort) == ("v1", "Degraded", aborts)
    assert world.told[1].endswith("has timed out progressing.")


def test_a_pause_stops_the_deadline(make_world: MakeWorld) -> None:
    world = make_world(autoPromotionEnabled=False, spec={"progressDeadlineSeconds": 20})
    world.release("v2")
    world.pass_time(600)
    assert world.told == ("Paused", "BlueGreenPause")
