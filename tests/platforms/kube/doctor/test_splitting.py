from dataclasses import replace
from typing import Any

import pytest

from platforms.doctor.checking import Look, NotThere
from platforms.doctor.measured import Counted, Splitting
from platforms.kube.doctor.checks.share import check
from platforms.kube.doctor.splitting import moved, splittings_of
from platforms.kube.objects import seconds
from platforms.kube.resources import ROLLOUTS
from seam.doctor import Result
from tests.platforms.kube.doctor.seeing import MEASURED, Document, seen
from tests.platforms.kube.objects import rollout, under_way


def split(weight: int = 30, **status: Any) -> Document:
    one = rollout("v2", generation=2, status=under_way(weight) | status)
    one["spec"]["strategy"]["canary"]["stableService"] = "smiley-stable"
    return one


def event(time: str, reason: str = "TrafficWeightUpdated", uid: str = "uid-smiley") -> Document:
    return {"metadata": {}, "reason": reason, "lastTimestamp": time, "involvedObject": {"uid": uid}}


def test_a_side_is_counted_by_its_hash_or_by_its_service() -> None:
    sides = frozenset({"bbb", "smiley-canary"}), frozenset({"aaa", "smiley-stable"})
    assert splittings_of([split()], []) == [Splitting("smiley", 30, *sides, 0.0)]


def test_it_is_known_since_when_by_the_events_of_this_very_rollout() -> None:
    events = [
        event("2026-11-29T10:00:00Z"),
        event("2026-11-29T10:01:00Z"),
        event("2026-11-29T10:02:00Z", "RolloutStepCompleted"),
        event("2026-11-29T10:03:00Z", uid="another"),
    ]
    (one,) = splittings_of([split()], events)
    assert one.since == seconds("2026-11-29T10:01:00Z")


def test_a_rollout_whose_weights_changed_meanwhile_has_moved() -> None:
    assert moved([split(30), rollout(name="color")], [rollout(name="color"), split(30)]) == frozenset()
    assert moved([split(30)], [split(50)]) == {"smiley"}
    assert moved([split(30)], [split(30, stableRS="bbb")]) == {"smiley"}
    assert moved([split(30)], []) == {"smiley"}


def test_the_share_of_one_that_has_moved_is_not_compared() -> None:
    counted: Look[Any] = Look({"smiley": Counted(40, 0, 400)})
    one = seen(
        own={ROLLOUTS: [split()]},
        splittings=splittings_of([split()], []),
        measured=replace(MEASURED, counted=counted),
    )
    assert check(one).result is Result.FAILED
    with pytest.raises(NotThere, match="the weight of smiley has changed meanwhile"):
        check(replace(one, moved=frozenset({"smiley"})))


@pytest.mark.parametrize(
    "one", [split(0), split(100), split(currentPodHash="aaa"), rollout(), {**rollout(), "status": {}}]
)
def test_what_all_goes_to_one_version_is_not_split(one: Document) -> None:
    assert splittings_of([one], []) == []


def test_a_rollout_whose_pods_are_described_elsewhere_is_none_to_stumble_over() -> None:
    elsewhere = split()
    del elsewhere["spec"]["template"]
    assert len(splittings_of([elsewhere], [])) == 1
