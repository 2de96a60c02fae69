"""spec.restartAt: pods that are older than it go, and no more of them at a time than may be missing."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from rollouts import EvictPod, Invalid, commands, decide, parse_rollout, to_argo
from rollouts.pods import Pods
from rollouts.providers import HttpRequest, HttpResponse
from rollouts.simulation import Simulation
from rollouts.world import Observed, Pod

# When the Rollout is created, in seconds since the epoch; its pods are as old.
BORN = 1_700_000_000.25
STARTUP = 2.0


def time_of(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()


def document(strategy: Mapping[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "smiley"},
        "spec": {
            "replicas": 4,
            "selector": {"matchLabels": {"app": "smiley"}},
            "template": {
                "metadata": {"labels": {"app": "smiley"}},
                "spec": {"containers": [{"name": "smiley", "image": "v1"}]},
            },
            "strategy": strategy or {"canary": {"steps": [{"setWeight": 50}, {"pause": {}}]}},
            **spec,
        },
    }


def nobody(_: HttpRequest, __: float) -> HttpResponse:
    raise AssertionError("nothing is measured here")


def deployed(written: Mapping[str, Any]) -> Simulation:
    world = Simulation(parse_rollout(written), {}, nobody, lambda _: STARTUP, BORN)
    world.advance(BORN + 10)
    assert world.status.phase == "Healthy"
    return world


def ages(world: Simulation) -> list[float]:
    """Since the Rollout was created, of all pods, oldest first."""
    return sorted(round(pod.created_at - BORN, 1) for one in world.observed().replica_sets for pod in one.pods)


def restarted(world: Simulation, at: float, **spec: Any) -> None:
    world.apply(parse_rollout(document(restartAt=time_of(at), **spec)))


@pytest.mark.parametrize(
    ("limits", "at_a_time"),
    [
        ({}, 1),  # 25 % of 4
        ({"maxUnavailable": 0, "maxSurge": 1}, 1),
        ({"maxUnavailable": "50%"}, 2),
        ({"maxUnavailable": 3}, 3),
        ({"maxUnavailable": 9}, 4),
    ],
)
def test_as_many_are_restarted_at_a_time_as_may_be_missing(limits: dict[str, Any], at_a_time: int) -> None:
    strategy = {"canary": {"steps": [{"setWeight": 50}], **limits}}
    world = deployed(document(strategy))
    restarted(world, BORN + 10, strategy=strategy)
    least = 4
    for _ in range(100):
        world.advance(world.now + 0.5)
        least = min(least, sum(one.available for one in world.observed().replica_sets))
    assert least == 4 - at_a_time
    assert all(age >= 10 for age in ages(world))
    assert len(ages(world)) == 4
    assert (world.status.phase, world.status.restarted_at) == ("Healthy", int(BORN + 10))


def test_a_rollout_says_that_it_is_restarting_from_the_moment_that_it_is_asked_to() -> None:
    world = deployed(document())
    restarted(world, BORN + 20)
    world.advance(BORN + 19.5)
    assert (world.status.phase, world.status.message) == ("Progressing", "rollout is restarting")
    assert (world.status.restarted_at, ages(world)) == (None, [0, 0, 0, 0])
    world.advance(BORN + 60)
    assert world.status.phase == "Healthy"
    assert to_argo(world.status)["restartedAt"] == "2023-11-14T22:13:40Z"
    assert min(ages(world)) == pytest.approx(20, abs=1)


def test_a_restart_that_is_over_is_not_begun_again() -> None:
    world = deployed(document())
    restarted(world, BORN + 10)
    world.advance(BORN + 60)
    before = ages(world)
    restarted(world, BORN + 10, minReadySeconds=1)
    world.advance(BORN + 120)
    assert ages(world) == before


def test_pods_that_are_young_enough_stay_to_the_second() -> None:
    world = deployed(document())
    restarted(world, int(BORN))  # they were created in that very second
    world.advance(BORN + 60)
    assert ages(world) == [0, 0, 0, 0]
    assert world.status.restarted_at == int(BORN)


def test_a_restart_at_a_fraction_of_a_second_never_ends_because_it_is_noted_without_it() -> None:
    world = deployed(document())
    world.apply(parse_rollout(document(restartAt=time_of(BORN).replace("+00:00", ".5Z"))))
    world.advance(BORN + 100)
    assert world.status.restarted_at == int(BORN)
    assert world.status.message == "rollout is restarting"


def test_pods_that_never_get_ready_hold_up_a_restart() -> None:
    world = deployed(document())
    world._startup = lambda _: None
    restarted(world, BORN + 10)
    world.advance(BORN + 200)
    assert ages(world)[:3] == [0, 0, 0]
    assert world.status.message == "rollout is restarting"


def test_a_restart_goes_on_while_a_canary_waits_and_takes_both_sides() -> None:
    world = deployed(document())
    changed = document()
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "v2"
    world.apply(parse_rollout(changed))
    world.advance(BORN + 30)
    assert world.status.phase == "Paused"
    changed["spec"]["restartAt"] = time_of(BORN + 30)
    world.apply(parse_rollout(changed))
    world.advance(BORN + 100)
    assert all(age >= 30 for age in ages(world))
    assert (world.status.phase, world.status.restarted_at) == ("Paused", int(BORN + 30))
    world.command(commands.promote)
    world.advance(BORN + 200)
    assert world.status.phase == "Healthy"


def test_blue_green_is_restarted_as_well() -> None:
    strategy = {"blueGreen": {"activeService": "a", "maxUnavailable": "60%"}}
    world = deployed(document(strategy))
    restarted(world, BORN + 10, strategy=strategy)
    world.advance(BORN + 10.1)
    assert sum(age >= 10 for age in ages(world)) == 2
    world.advance(BORN + 60)
    assert (world.status.phase, world.status.restarted_at) == ("Healthy", int(BORN + 10))
    assert all(age >= 10 for age in ages(world))


OLD, NEW, AT = 0.0, 500.0, 100


def decided(*pods: Pod, **spec: Any) -> list[str]:
    """The pods that are evicted when these are there."""
    world = deployed(document())
    (one,) = world.observed().replica_sets
    rollout = parse_rollout(document(restartAt=time_of(AT), **spec))
    seen = Observed((replace(one, pods=pods),))
    decision = decide(rollout, world.status, seen, world.now)
    evicted = [action.pod for action in decision.actions if isinstance(action, EvictPod)]
    if evicted:
        assert decision.status == world.status, "nothing else is decided in that pass"
    return evicted


def test_pods_go_in_the_order_of_their_names_and_not_those_that_are_going() -> None:
    pods = [Pod("c", OLD, available=True), Pod("b", OLD, available=True), Pod("a", OLD, available=True, leaving=True)]
    extra = [Pod(f"x{number}", NEW, available=True) for number in range(2)]
    assert decided(*pods, *extra) == ["b"]
    assert decided(*pods, *extra, Pod("x3", NEW, available=True)) == ["b", "c"]


def test_nothing_goes_while_too_few_are_available() -> None:
    three = [Pod(f"x{number}", NEW, available=True) for number in range(3)]
    assert decided(*three, Pod("a", OLD, available=False)) == []
    assert decided(*three, Pod("a", OLD, available=True)) == ["a"]


def test_who_waits_for_pods_to_go_looks_again_after_half_a_minute() -> None:
    world = deployed(document())
    (one,) = world.observed().replica_sets
    rollout = parse_rollout(document(restartAt=time_of(AT)))
    seen = Observed((replace(one, pods=(Pod("a", OLD, available=False),)),))
    assert decide(rollout, world.status, seen, world.now).requeue_at == world.now + 30


@pytest.mark.parametrize("text", ["tomorrow", "2026-01-31", "2026-13-31T00:00:00Z", "2026-01-31 00:00:00Z"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_rollout(document(restartAt=text))
    assert refused.value.field == "spec.restartAt"
    assert text in refused.value.message


@pytest.mark.parametrize("text", ["1970-01-01T00:01:40Z", "1970-01-01T01:01:40+01:00", "1970-01-01T00:01:40.000z"])
def test_times_are_those_of_kubernetes(text: str) -> None:
    assert parse_rollout(document(restartAt=text)).spec.restart_time == 100


def test_a_played_pod_that_is_evicted_is_followed_by_another() -> None:
    pods = Pods()
    pods.scale(2, now=0, startup=1)
    pods.evict(0, now=10, startup=1)
    pods.evict(7, now=10, startup=1)
    assert [(pod.number, pod.created_at, pod.ready_at) for pod in pods.pods] == [(1, 0, 1), (2, 10, 11)]
    assert pods.counts(0, now=10) == (2, 1, 1)
    pods.scale(1, now=10, startup=1)
    assert [pod.number for pod in pods.pods] == [1]
