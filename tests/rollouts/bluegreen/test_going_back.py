from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.rollouts.bluegreen.conftest import MakeWorld


def test_back_within_the_delay_needs_neither_pause_nor_analysis(
    make_world: MakeWorld, analysis: dict[str, Any]
) -> None:
    world = make_world(autoPromotionEnabled=False, prePromotionAnalysis=analysis)
    world.release("v2")
    world.pass_time(6)
    world.promote()
    assert world.active == "v2"
    world.release("v1")
    assert (world.active, world.stable, world.told) == ("v1", "v1", ("Healthy", ""))
    assert len(world.runs) == 1
    assert any(event.message.endswith(": Fast rollback") for event in world.simulation.events)


def test_back_after_the_delay_is_a_release_like_any_other(make_world: MakeWorld) -> None:
    world = make_world(autoPromotionEnabled=False)
    world.release("v2")
    world.promote()
    world.pass_time(31)
    assert world.sizes == {"v2": 3}
    world.release("v1")
    assert (world.active, world.preview, world.told) == ("v2", "v1", ("Paused", "BlueGreenPause"))


def test_a_version_within_the_rollback_window_needs_only_pods(make_world: MakeWorld) -> None:
    world = make_world(autoPromotionEnabled=False, spec={"rollbackWindow": {"revisions": 1}})
    world.release("v2")
    world.promote()
    world.pass_time(31)
    world.release("v1")
    assert (world.active, world.stable) == ("v1", "v1")
    assert any(event.message.endswith(": Rollback within window") for event in world.simulation.events)


def test_back_before_the_switch_leaves_the_preview_its_delay(make_world: MakeWorld) -> None:
    world = make_world(autoPromotionEnabled=False)
    world.release("v2")
    world.release("v1")
    assert (world.active, world.preview, world.told) == ("v1", "v1", ("Healthy", ""))
    assert world.sizes == {"v1": 3, "v2": 3}
    world.pass_time(31)
    assert world.sizes == {"v1": 3}


def test_back_while_the_promotion_is_judged(make_world: MakeWorld, analysis: dict[str, Any]) -> None:
    world = make_world(postPromotionAnalysis=analysis)
    world.release("v2")
    world.release("v1")
    assert (world.active, world.stable, world.told) == ("v1", "v1", ("Healthy", ""))
    assert [run.terminate for run in world.runs] == [True]
