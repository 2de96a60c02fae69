from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.rollouts.bluegreen.conftest import MakeWorld


@pytest.mark.parametrize(("field", "delay"), [({}, 30), ({"scaleDownDelaySeconds": 5}, 5)])
def test_the_old_version_keeps_its_pods_for_the_delay(make_world: MakeWorld, field: dict[str, int], delay: int) -> None:
    world = make_world(**field)
    world.release("v2")
    world.pass_time(delay - 0.5)
    assert world.sizes == {"v1": 3, "v2": 3}
    world.pass_time(0.5)
    assert world.sizes == {"v2": 3}


def test_a_delay_of_0_keeps_them_for_ever(make_world: MakeWorld) -> None:
    world = make_world(scaleDownDelaySeconds=0)
    world.release("v2")
    world.pass_time(3600)
    assert world.sizes == {"v1": 3, "v2": 3}


def test_only_so_many_old_versions_keep_their_pods(make_world: MakeWorld) -> None:
    world = make_world(scaleDownDelayRevisionLimit=1)
    for image in ("v2", "v3", "v4"):
        world.release(image)
    assert world.sizes == {"v3": 3, "v4": 3}


def test_a_small_preview_that_was_replaced_gets_all_pods_until_its_deadline(make_world: MakeWorld) -> None:
    world = make_world(previewReplicaCount=1, autoPromotionEnabled=False)
    world.release("v2")
    world.release("v3")
    assert world.sizes == {"v1": 3, "v2": 3, "v3": 1}
    world.pass_time(31)
    assert world.sizes == {"v1": 3, "v3": 1}


@pytest.mark.parametrize("field", [{}, {"scaleDownDelaySeconds": 1}])
def test_nobody_goes_before_the_verdict_unless_a_delay_is_given(
    make_world: MakeWorld, analysis: dict[str, Any], field: dict[str, int]
) -> None:
    world = make_world(postPromotionAnalysis=analysis, **field)
    world.release("v2")
    world.pass_time(2)
    world.release("v3")
    assert world.active == "v3"
    world.pass_time(3)
    assert world.sizes == {"v1": 3, "v3": 3} | ({} if field else {"v2": 3})
    world.pass_time(40)
    assert world.sizes == {"v3": 3}


def test_old_replica_sets_are_deleted_beyond_the_history_limit(make_world: MakeWorld) -> None:
    world = make_world(scaleDownDelaySeconds=1, spec={"revisionHistoryLimit": 1})
    for image in ("v2", "v3", "v4"):
        world.release(image)
        world.pass_time(5)
    assert sorted(world.images.values()) == ["", "v3", "v4"]
