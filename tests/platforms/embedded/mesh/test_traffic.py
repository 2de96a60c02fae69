from dataclasses import dataclass
from typing import Any, cast

from platforms.embedded.manifests.reading import Manifests
from platforms.embedded.mesh.envoy_config import ClusterKey
from platforms.embedded.mesh.traffic import Routing, endpoints, routes, services_of
from platforms.embedded.processes.replicas import ReplicaSetRunner
from rollouts.status import WeightDestination, Weights

PORTS: dict[int | str, int] = {"http": 8000, "grpc": 9000}
A, B = ClusterKey("faces", "smiley", "aaa"), ClusterKey("faces", "smiley", "bbb")


@dataclass
class Set:
    """What the data plane asks of a ReplicaSet."""

    pod_template_hash: str
    count: int

    @property
    def ready(self) -> list[Any]:
        return [None] * self.count

    def endpoints(self, target: int | str) -> tuple[tuple[str, int], ...]:
        return (("127.0.0.1", PORTS[target]),) * self.count


def sets(stable: int, canary: int) -> list[ReplicaSetRunner]:
    return [cast("ReplicaSetRunner", one) for one in (Set("aaa", stable), Set("bbb", canary))]


def weights(canary: int) -> Weights:
    return Weights(WeightDestination(canary, "bbb", "smiley-canary"), WeightDestination(100 - canary, "aaa", "smiley"))


def split(manifests: Manifests, routing: Routing, stable: int = 2, canary: int = 2) -> dict[str, dict[ClusterKey, int]]:
    found = routes(manifests.rollouts["smiley"], manifests.services, sets(stable, canary), routing)
    return {route.service: dict(route.shares) for route in found}


def test_a_rollouts_services_are_those_that_select_its_pods(manifests: Manifests) -> None:
    assert set(services_of(manifests.rollouts["smiley"], manifests.services)) == {"smiley", "smiley-canary"}
    assert set(services_of(manifests.rollouts["gui"], manifests.services)) == {"gui"}


def test_the_stable_service_is_split_by_weight_and_the_canary_service_follows_its_selector(
    manifests: Manifests,
) -> None:
    routing = Routing().weighted(weights(30)).pointed(manifests.rollouts["smiley"], "aaa", "bbb")
    assert split(manifests, routing) == {"smiley": {A: 70, B: 30}, "smiley-canary": {B: 100}}


def test_an_empty_hash_leaves_a_service_where_it_points(manifests: Manifests) -> None:
    smiley = manifests.rollouts["smiley"]
    routing = Routing().pointed(smiley, "aaa", "bbb").pointed(smiley, "bbb", "")
    assert routing.selected == {"smiley": "bbb", "smiley-canary": "bbb"}


def test_a_service_that_was_never_pointed_goes_to_whoever_is_ready(manifests: Manifests) -> None:
    assert split(manifests, Routing(), 2, 1)["smiley"] == {A: 2, B: 1}
    assert split(manifests, Routing(), 2, 0)["smiley"] == {A: 2}
    assert split(manifests, Routing(), 0, 0)["smiley"] == {A: 1, B: 1}


def test_when_stable_and_canary_are_one_it_has_everything(manifests: Manifests) -> None:
    same = Weights(WeightDestination(0, "aaa", "smiley-canary"), WeightDestination(100, "aaa", "smiley"))
    assert split(manifests, Routing().weighted(same))["smiley"] == {A: 100}


def test_a_replica_set_that_is_gone_is_not_routed_to(manifests: Manifests) -> None:
    gone = Weights(WeightDestination(0, "zzz", "smiley-canary"), WeightDestination(100, "aaa", "smiley"))
    assert split(manifests, Routing().weighted(gone))["smiley"] == {A: 100}


def test_endpoints_are_at_the_port_that_the_services_target(manifests: Manifests) -> None:
    smiley, color = manifests.rollouts["smiley"], manifests.rollouts["color"]
    assert endpoints(smiley, manifests.services, sets(1, 0)) == {A: (("127.0.0.1", 8000),), B: ()}
    found = endpoints(color, manifests.services, sets(1, 0))
    assert found[ClusterKey("faces", "color", "aaa", grpc=True)] == (("127.0.0.1", 9000),)
