from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rollouts import ReplicaSet, abort, promote
from rollouts.canary.basic_counts import Limits, closest_split, next_counts
from rollouts.single_pass import Split

if TYPE_CHECKING:
    from tests.rollouts.canary.conftest import MakeCluster

PLAIN: dict[str, Any] = {"trafficRouting": None, "stableService": None, "canaryService": None}


@pytest.mark.parametrize(
    ("replicas", "weight", "may_surge", "split"),
    [
        (10, 0, True, (0, 10)),
        (10, 100, True, (10, 0)),
        (10, 10, True, (1, 9)),
        (10, 25, False, (3, 7)),
        (10, 25, True, (3, 8)),
        (1, 50, True, (1, 1)),
        (1, 50, False, (1, 0)),
        (2, 10, True, (1, 2)),
        (1, 5, True, (1, 1)),
        (1, 95, True, (1, 1)),
        (0, 50, True, (0, 0)),
        (3, 50, False, (2, 1)),
    ],
)
def test_the_split_comes_closest_to_the_weight(
    replicas: int,
    weight: int,
    may_surge: bool,  # noqa: FBT001
    split: tuple[int, int],
) -> None:
    assert closest_split(replicas, weight, may_surge=may_surge) == Split(*split)


# One pod less than all, and all, are equally near the weight; without a surge Argo Rollouts finds no split at all then.
LAST_POD_TIED = [(2, 75), (5, 90), (10, 95), (25, 98), (50, 99)]


@pytest.mark.parametrize(("replicas", "weight"), LAST_POD_TIED)
def test_where_argo_finds_no_split_the_canary_gets_no_pod(replicas: int, weight: int) -> None:
    assert closest_split(replicas, weight, may_surge=False) == Split(0, replicas)


@given(st.integers(2, 200), st.integers(1, 99), st.booleans())
def test_neither_side_of_a_split_is_empty(replicas: int, weight: int, may_surge: bool) -> None:  # noqa: FBT001
    assume(may_surge or (replicas, weight) not in LAST_POD_TIED)
    split = closest_split(replicas, weight, may_surge=may_surge)
    assert split.canary >= 1
    assert split.stable >= 1
    assert split.canary + split.stable in (replicas, replicas + may_surge)


def replica_set(name: str, desired: int, available: int) -> ReplicaSet:
    return ReplicaSet(name, name, 1, 0.0, {}, desired, desired, available, available)


@pytest.mark.parametrize(
    ("weight", "limits", "expected"),
    [  # canary 0, stable 10, everything available
        (10, Limits(10, 1, 1), (1, 9)),
        (30, Limits(10, 3, 0), (3, 10)),
        (30, Limits(10, 0, 5), (0, 7)),
        (5, Limits(10, 1, 1), (1, 10)),
    ],
)
def test_one_move_keeps_to_surge_and_unavailability(weight: int, limits: Limits, expected: tuple[int, int]) -> None:
    wanted = closest_split(limits.replicas, weight, may_surge=limits.surge > 0)
    move = next_counts(wanted, replica_set("new", 0, 0), replica_set("stable", 10, 10), (), limits)
    assert move == Split(*expected)


def test_nothing_is_drained_while_an_unwanted_revision_still_has_pods() -> None:
    other = (replica_set("other", 2, 2),)
    new, stable = replica_set("new", 0, 0), replica_set("stable", 10, 10)
    assert next_counts(Split(5, 5), new, stable, other, Limits(10, 1, 5)) == Split(0, 10)


def test_pods_alone_split_the_traffic_step_by_step(make_cluster: MakeCluster) -> None:
    steps = [{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}, {"pause": {}}]
    cluster = make_cluster({**PLAIN, "steps": steps}, replicas=10)
    cluster.release("v2")
    cluster.advance(60)
    assert cluster.sizes() == {1: 8, 2: 2}
    assert cluster.status.canary.weights is None
    cluster.command(promote(cluster.rollout, cluster.status))
    cluster.advance(60)
    assert cluster.sizes() == {1: 4, 2: 6}
    cluster.command(promote(cluster.rollout, cluster.status))
    cluster.advance(60)
    assert cluster.sizes() == {2: 10}
    assert cluster.status.phase == "Healthy"
    assert cluster.weights == []


def test_a_plain_canary_is_a_rolling_update_that_keeps_to_its_limits(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({**PLAIN, "steps": [], "maxSurge": 2, "maxUnavailable": 1}, replicas=6)
    cluster.release("v2")
    for _ in range(60):
        cluster.advance(1)
        assert sum(cluster.sizes().values()) <= 8
        assert sum(one.available for one in cluster.observed().replica_sets) >= 5
    assert (cluster.status.phase, cluster.sizes()) == ("Healthy", {2: 6})
    assert ("Progressing", "old replicas are pending termination") in cluster.story


def test_an_aborted_basic_canary_walks_back_without_a_delay(make_cluster: MakeCluster) -> None:
    steps = [{"setWeight": 50}, {"pause": {}}]
    cluster = make_cluster({**PLAIN, "steps": steps})
    cluster.release("v2")
    cluster.advance(60)
    assert cluster.sizes() == {1: 2, 2: 2}
    cluster.command(abort(cluster.status, cluster.now))
    cluster.advance(20)
    assert cluster.sizes() == {1: 4}
    assert cluster.status.phase == "Degraded"


def test_the_middle_revision_of_a_basic_canary_is_scaled_down_first(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({**PLAIN, "steps": [{"setWeight": 50}, {"pause": {}}]})
    cluster.release("v2")
    cluster.advance(60)
    cluster.release("v3")
    cluster.advance(60)
    assert cluster.sizes() == {1: 2, 3: 2}
    assert cluster.status.message == "CanaryPauseStep"
