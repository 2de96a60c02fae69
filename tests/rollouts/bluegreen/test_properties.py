"""Whatever people do, the active Service selects pods that are there, and the Rollout comes to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollouts import to_argo
from rollouts.simulation import NoRestError

if TYPE_CHECKING:
    from tests.rollouts.bluegreen.conftest import MakeWorld, World

ANALYSIS = {"templates": [{"templateName": "success"}]}

strategies = st.fixed_dictionaries(
    {},
    optional={
        "previewReplicaCount": st.integers(0, 3),
        "autoPromotionEnabled": st.booleans(),
        "autoPromotionSeconds": st.integers(0, 4),
        "scaleDownDelaySeconds": st.integers(0, 4),
        "scaleDownDelayRevisionLimit": st.integers(0, 2),
        "abortScaleDownDelaySeconds": st.integers(0, 4),
        "prePromotionAnalysis": st.just(ANALYSIS),
        "postPromotionAnalysis": st.just(ANALYSIS),
    },
)
deeds = st.lists(
    st.tuples(
        st.sampled_from(["v1", "v2", "v3", "promote", "full", "abort", "retry", "pause", "resume", "bad", "3", "1"]),
        st.integers(0, 7),
    ),
    max_size=7,
)


def do(world: World, deed: str) -> None:
    match deed:
        case "promote":
            world.promote()
        case "full":
            world.promote(full=True)
        case "abort":
            world.abort()
        case "retry":
            world.retry()
        case "pause" | "resume":
            world.set(paused=deed == "pause")
        case "bad":
            world.rate = 0.2
        case "1" | "3":
            world.set(replicas=int(deed))
        case image:
            world.release(image)


def sizes_are_disputed(world: World, strategy: dict[str, Any]) -> bool:
    """Whether it is paused on its way back to stable with previewReplicaCount: the stable ReplicaSet, which is the new
    one as well, is to have all replicas as the former and that count as the latter. So it goes up and down, at Argo,
    too (rollout/bluegreen.go, reconcileBlueGreenReplicaSets; utils/replicaset/replicaset.go, NewRSNewReplicas).
    """
    back = world.simulation.status.current_pod_hash == world.simulation.status.stable_rs
    return back and "previewReplicaCount" in strategy and bool(world.document["spec"].get("paused"))


def test_a_paused_way_back_to_stable_with_a_preview_count_finds_no_rest_as_at_argo(make_world: MakeWorld) -> None:
    analyses = {"prePromotionAnalysis": ANALYSIS, "postPromotionAnalysis": ANALYSIS}
    strategy: dict[str, Any] = {"previewReplicaCount": 0, **analyses}
    world = make_world({"v2": 2}, spec={"replicas": 2}, **strategy)
    world.release("v2")
    world.pass_time(7)
    assert (world.active, world.stable) == ("v2", "v1")
    world.set(paused=True)
    with pytest.raises(NoRestError, match="smiley finds no rest"):
        world.release("v1")
    assert sizes_are_disputed(world, strategy)


@settings(max_examples=60, deadline=None)
@given(strategies, deeds)
def test_the_active_service_never_moves_to_pods_that_are_not_there(
    make_world: MakeWorld, strategy: dict[str, Any], script: list[tuple[str, int]]
) -> None:
    world = make_world({"v2": 2, "v3": 0.5}, spec={"replicas": 2}, **strategy)
    try:
        for deed, seconds in script:
            do(world, deed)
            world.pass_time(seconds)
    except NoRestError:
        assert sizes_are_disputed(world, strategy)
    before = ""
    for state in world.simulation.states:
        active = state.status.blue_green.active_selector
        (selected,) = [one for one in state.replica_sets if one.pod_template_hash == active] or [None]
        if active != before:
            assert selected is not None
            assert selected.available > 0
        before = active
        to_argo(state.status)
