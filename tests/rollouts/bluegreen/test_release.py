from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rollouts import PauseReason

if TYPE_CHECKING:
    from tests.rollouts.bluegreen.conftest import MakeWorld


def test_the_first_version_is_stable_before_it_is_active(make_world: MakeWorld) -> None:
    world = make_world({"v1": 20}, autoPromotionEnabled=False)
    assert (world.stable, world.active, world.preview) == ("v1", "", "v1")
    assert world.told == ("Progressing", "updated replicas are still becoming available")
    world.pass_time(20)
    assert (world.active, world.told) == ("v1", ("Healthy", ""))


def test_the_active_service_is_switched_when_all_new_pods_are_there(make_world: MakeWorld) -> None:
    world = make_world({"v2": 10})
    world.release("v2")
    assert (world.active, world.preview, world.sizes) == ("v1", "v2", {"v1": 3, "v2": 3})
    assert world.told == ("Progressing", "active service cutover pending")
    world.pass_time(9.9)
    assert world.active == "v1"
    world.pass_time(0.1)
    assert (world.active, world.stable, world.told) == ("v2", "v2", ("Healthy", ""))
    assert world.sizes == {"v1": 3, "v2": 3}


def test_each_switch_is_an_event_with_both_hashes(make_world: MakeWorld) -> None:
    world = make_world()
    old = world.status.stable_rs
    world.release("v2")
    new = world.status.stable_rs
    told = [event.message for event in world.simulation.events if event.reason == "SwitchService"]
    assert told == [
        f"Switched selector for service 'smiley-preview' from '' to '{old}'",
        f"Switched selector for service 'smiley' from '' to '{old}'",
        f"Switched selector for service 'smiley-preview' from '{old}' to '{new}'",
        f"Switched selector for service 'smiley' from '{old}' to '{new}'",
    ]
    completed = f"Rollout completed update to revision 2 ({new}): Completed blue-green update"
    assert completed in [event.message for event in world.simulation.events]


def test_a_human_promotes(make_world: MakeWorld) -> None:
    world = make_world(autoPromotionEnabled=False)
    world.release("v2")
    world.pass_time(3600)
    assert (world.active, world.told) == ("v1", ("Paused", "BlueGreenPause"))
    assert world.status.controller_pause
    world.promote()
    assert (world.active, world.stable, world.told) == ("v2", "v2", ("Healthy", ""))
    assert "RolloutPaused" in world.reasons


def test_promotion_comes_by_itself_after_its_seconds_and_not_before(make_world: MakeWorld) -> None:
    world = make_world({"v2": 7}, autoPromotionSeconds=30)
    world.release("v2")
    world.pass_time(7)
    pause = world.status.paused_because(PauseReason.BLUE_GREEN_PAUSE)
    assert pause is not None
    world.pass_time(29.9)
    assert world.active == "v1"
    world.pass_time(0.2)
    assert world.active == "v2"
    assert "RolloutResumed" in world.reasons


def test_promote_does_not_shorten_the_seconds_but_begins_them_anew(make_world: MakeWorld) -> None:
    world = make_world(autoPromotionSeconds=30)
    world.release("v2")
    world.pass_time(20)
    world.promote()
    assert (world.active, world.told) == ("v1", ("Paused", "BlueGreenPause"))
    world.pass_time(29.8)
    assert world.active == "v1"
    world.pass_time(0.2)
    assert world.active == "v2"


def test_a_preview_service_is_not_needed(make_world: MakeWorld) -> None:
    world = make_world(previewService="")
    world.release("v2")
    assert (world.active, world.preview, world.told) == ("v2", "", ("Healthy", ""))


def test_a_small_preview_grows_after_its_pause_and_before_the_switch(make_world: MakeWorld) -> None:
    world = make_world({"v2": 10}, previewReplicaCount=1, autoPromotionEnabled=False)
    world.release("v2")
    world.pass_time(10)
    assert (world.sizes, world.told) == ({"v1": 3, "v2": 1}, ("Paused", "BlueGreenPause"))
    assert not world.status.blue_green.scale_up_preview_check_point
    world.promote()
    assert world.status.blue_green.scale_up_preview_check_point
    assert (world.sizes, world.active) == ({"v1": 3, "v2": 3}, "v1")
    world.pass_time(10)
    assert (world.active, world.stable) == ("v2", "v2")
    assert not world.status.blue_green.scale_up_preview_check_point


def test_a_third_version_after_the_check_point_has_no_pause_of_its_own(make_world: MakeWorld) -> None:
    world = make_world({"v2": 10}, previewReplicaCount=1, autoPromotionEnabled=False)
    world.release("v2")
    world.pass_time(10)
    world.promote()
    world.release("v3")
    assert (world.active, world.stable) == ("v3", "v3")


def test_a_spec_that_pauses_holds_the_services_but_not_the_pods(make_world: MakeWorld) -> None:
    world = make_world()
    world.set(paused=True)
    world.release("v2")
    assert (world.preview, world.active, world.sizes) == ("v1", "v1", {"v1": 3, "v2": 3})
    assert world.told == ("Paused", "manually paused")
    world.set(paused=False)
    assert (world.preview, world.active) == ("v2", "v2")


@pytest.mark.parametrize(("preview", "expected"), [(None, {"v1": 5, "v2": 5}), (2, {"v1": 5, "v2": 2})])
def test_a_new_size_of_the_rollout_is_that_of_both_versions_but_not_of_a_small_preview(
    make_world: MakeWorld, preview: int | None, expected: dict[str, int]
) -> None:
    world = make_world(autoPromotionEnabled=False, **({} if preview is None else {"previewReplicaCount": preview}))
    world.release("v2")
    world.set(replicas=5)
    assert (world.sizes, world.told) == (expected, ("Paused", "BlueGreenPause"))
    assert (world.status.hpa_replicas, world.status.available_replicas) == (5, 5)


@pytest.mark.parametrize("paused", [False, True])
def test_a_full_promotion_waits_for_nothing_but_the_pods(make_world: MakeWorld, paused: bool) -> None:  # noqa: FBT001
    world = make_world({"v2": 10}, previewReplicaCount=1, autoPromotionEnabled=False)
    world.release("v2")
    world.pass_time(10 if paused else 2)
    world.promote(full=True)
    assert (world.active, world.sizes) == ("v1", {"v1": 3, "v2": 3})
    world.pass_time(10)
    assert (world.active, world.stable, world.status.promote_full) == ("v2", "v2", False)
    assert any(event.message.endswith(": Full promotion requested") for event in world.simulation.events)
