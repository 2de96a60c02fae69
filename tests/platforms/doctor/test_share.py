import random

import pytest

from platforms.doctor.checking import NotThere
from platforms.doctor.checks.share import check
from platforms.doctor.measured import Counted, Splitting, splitting
from seam.doctor import Finding, Result
from seam.views import EventView, RolloutView

CANARY, STABLE = frozenset({"bbb", "smiley-canary"}), frozenset({"aaa", "smiley-stable"})
NOW = 1000.0


def of(weight: int, canary: float, stable: float, window_s: int = 40, name: str = "smiley") -> Finding:
    one = Splitting(name, weight, CANARY, STABLE, 0.0)
    return check([one], {name: Counted(window_s, canary, stable)})


def test_a_share_that_is_the_weight_but_for_chance_is_well() -> None:
    found = of(30, 118, 282)
    assert found == Finding(Result.OK, "smiley has 30 %, and 29.5 % of 400 requests in 40 s came to its canary's pods")


@pytest.mark.parametrize(("canary", "stable"), [(0, 400), (200, 200), (400, 0)])
def test_callers_who_do_not_see_the_weight_are_told(canary: int, stable: int) -> None:
    found = of(30, canary, stable)
    assert found.result is Result.FAILED
    assert found.saw.startswith("smiley has 30 %, and ")
    assert "Callers outside of the mesh never do" in found.next


@pytest.mark.parametrize("weight", [1, 5, 30, 50, 70, 95])
@pytest.mark.parametrize("requests", [30, 100, 2000])
def test_chance_alone_does_not_look_like_an_unmeshed_client(weight: int, requests: int) -> None:
    rng = random.Random(weight * requests)
    for _ in range(40):
        canary = sum(rng.random() < weight / 100 for _ in range(requests))
        assert of(weight, canary, requests - canary).result is Result.OK


def test_a_canary_of_half_that_gets_replica_proportional_traffic_is_told_at_a_few_hundred_requests() -> None:
    assert of(10, 130, 270).result is Result.FAILED


@pytest.mark.parametrize(
    ("counted", "why"),
    [
        (Counted(40, 5, 20), "smiley has 30 %, and 25 requests in 40 s are too few to compare it with"),
        (Counted(4, 0, 400), "the weight of smiley has just changed: ask again in some seconds"),
    ],
)
def test_where_nothing_can_be_compared_nothing_is_said_to_be_well(counted: Counted, why: str) -> None:
    with pytest.raises(NotThere, match=why):
        check([Splitting("smiley", 30, CANARY, STABLE, 0.0)], {"smiley": counted})


def test_without_a_release_under_way_there_is_nothing_to_compare() -> None:
    with pytest.raises(NotThere, match="no traffic is split now"):
        check([], {})


def test_each_rollout_that_splits_is_compared() -> None:
    both = [Splitting(name, 30, CANARY, STABLE, 0.0) for name in ("smiley", "color")]
    well, bad = Counted(40, 120, 280), Counted(40, 0, 400)
    assert check(both, {"smiley": well, "color": well}).saw.count("requests") == 2
    assert check(both, {"smiley": well, "color": bad}).saw.startswith("color has 30 %, and 0 % of 400 requests")


# --- what is split, and since when ------------------------------------------------------------------------------


def view(weight: int = 30, current: str = "bbb", *events: EventView) -> RolloutView:
    return RolloutView(
        name="smiley",
        namespace="run",
        phase="Paused",
        message="",
        revision=2,
        stable_hash="aaa",
        current_hash=current,
        stable_version="v1",
        current_version="v2",
        current_step_index=1,
        steps=(),
        canary_weight=weight,
        stable_weight=100 - weight,
        aborted=False,
        events=events,
    )


def test_a_side_is_counted_by_its_hash() -> None:
    assert splitting(view()) == Splitting("smiley", 30, frozenset({"bbb"}), frozenset({"aaa"}), 0.0)


@pytest.mark.parametrize("one", [view(0), view(100), view(30, "aaa"), view(30, "")])
def test_what_all_goes_to_one_version_is_not_split(one: RolloutView) -> None:
    assert splitting(one) is None


def test_only_what_was_split_by_the_present_weight_counts() -> None:
    events = [EventView(t, "TrafficWeightUpdated", "") for t in (NOW - 90, NOW - 20)]
    one = splitting(view(30, "bbb", *events, EventView(NOW - 1, "RolloutStepCompleted", "")))
    assert one is not None
    assert one.window_s(NOW) == 18
    assert one.window_s(NOW + 3600) == 60
    assert one.window_s(NOW - 19) == 1
