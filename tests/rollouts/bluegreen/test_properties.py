"""Whatever people do, the active Service selects pods that are there, and the Rollout comes to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rollouts import to_argo

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


@settings(max_examples=60, deadline=None)
@given(strategies, deeds)
def test_the_active_service_never_moves_to_pods_that_are_not_there(
    make_world: MakeWorld, strategy: dict[str, Any], script: list[tuple[str, int]]
) -> None:
    world = make_world({"v2": 2, "v3": 0.5}, spec={"replicas": 2}, **strategy)
    for deed, seconds in script:
        do(world, deed)
        world.pass_time(seconds)
    before = ""
    for state in world.simulation.states:
        active = state.status.blue_green.active_selector
        (selected,) = [one for one in state.replica_sets if one.pod_template_hash == active] or [None]
        if active != before:
            assert selected is not None
            assert selected.available > 0
        before = active
        to_argo(state.status)
