import copy
import json
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from platforms.embedded.manifests.pods import PodTemplate
from platforms.embedded.manifests.reading import Manifests
from platforms.embedded.mesh.traffic import Routing, routes, services_of, sets
from platforms.embedded.mesh.values import SetKey, Sidecar
from platforms.embedded.policies import NO_POLICY, Breaker
from platforms.embedded.processes.replicas import ReplicaSetRunner, Sides
from rollouts.status import WeightDestination, Weights

A, B = SetKey("faces", "smiley", "aaa"), SetKey("faces", "smiley", "bbb")


@dataclass
class Replica:
    """What the mesh asks of a replica."""

    name: str
    ports: dict[str, int]
    sides: Sides | None = None
    ready: bool = True


@dataclass
class Set:
    """What the mesh asks of a ReplicaSet."""

    pod_template_hash: str
    count: int
    pods: PodTemplate
    replicas: list[Replica] = field(default_factory=list)

    @property
    def ready(self) -> list[Any]:
        return [None] * self.count


def runners(manifests: Manifests, stable: int, canary: int, name: str = "smiley") -> list[ReplicaSetRunner]:
    pods = manifests.pods[name]
    return [cast("ReplicaSetRunner", Set(pod_hash, n, pods)) for pod_hash, n in (("aaa", stable), ("bbb", canary))]


def weights(canary: int) -> Weights:
    return Weights(WeightDestination(canary, "bbb", "smiley-canary"), WeightDestination(100 - canary, "aaa", "smiley"))


def split(manifests: Manifests, routing: Routing, stable: int = 2, canary: int = 2) -> dict[str, dict[SetKey, int]]:
    found = routes(manifests.rollouts["smiley"], manifests.services, runners(manifests, stable, canary), routing)
    return {route.service: {share.key: share.weight for share in route.shares} for route in found}


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


def test_the_backend_of_each_share_is_the_service_that_linkerd_would_name(manifests: Manifests) -> None:
    routing = Routing().weighted(weights(30)).pointed(manifests.rollouts["smiley"], "aaa", "bbb")
    found = routes(manifests.rollouts["smiley"], manifests.services, runners(manifests, 2, 2), routing)
    backends = {(route.service, share.key): share.backend for route in found for share in route.shares}
    assert backends == {
        ("smiley", A): "smiley",
        ("smiley", B): "smiley-canary",
        ("smiley-canary", B): "smiley-canary",
    }


@pytest.mark.parametrize(
    ("name", "ports", "app", "grpc"),
    [
        ("smiley", {"http": 1, "admin": 2, "control": 3}, 1, False),
        ("color", {"grpc": 4, "http": 1, "admin": 2, "control": 3}, 4, True),
    ],
)
def test_a_replica_is_known_by_its_sides_and_its_app_by_the_port_that_services_target(
    manifests: Manifests,
    name: str,
    ports: dict[str, int],
    app: int,
    grpc: bool,  # noqa: FBT001
) -> None:
    found = runners(manifests, 1, 0, name)
    cast("Any", found[0]).replicas = [Replica("one", ports, Sides(7, 8)), Replica("new", {}, ready=False)]
    stable, canary = sets(manifests.rollouts[name], manifests.services, found).values()
    assert (stable.grpc, stable.container_port, stable.certificate) == (grpc, 8000, "good")
    (probed,) = stable.sidecars[0].probed
    assert stable.sidecars == (Sidecar("one", 7, 8, app, (probed,), ready=True),)
    assert (probed.container_port, probed.port, probed.paths) == (8001, 2, ("/healthz", "/readyz"))
    assert canary.sidecars == ()


def test_annotations_of_pods_say_who_may_call_and_what_their_certificate_is(manifests: Manifests) -> None:
    changed = copy.deepcopy(manifests.pods["smiley"].model_dump(mode="json", by_alias=True))
    changed["metadata"]["annotations"] = {"faces.dev/callers": "gui, face", "faces.dev/identity": "expired"}
    found = runners(manifests, 1, 0)
    cast("Any", found[0]).pods = PodTemplate.model_validate_json(json.dumps(changed))
    stable = sets(manifests.rollouts["smiley"], manifests.services, found)[A]
    assert (stable.callers, stable.certificate) == (("gui", "face"), "expired")


def test_annotations_of_the_service_that_is_asked_are_its_callers_policy(manifests: Manifests) -> None:
    given = {"retry.linkerd.io/http": "5xx", "balancer.linkerd.io/failure-accrual": "consecutive"}
    asked = manifests.services["smiley"]
    metadata = asked.metadata.model_copy(update={"annotations": given})
    services = {**manifests.services, "smiley": asked.model_copy(update={"metadata": metadata})}
    rollout, members = manifests.rollouts["smiley"], runners(manifests, 1, 1)
    policies = {route.service: route.policy for route in routes(rollout, services, members, Routing())}
    assert policies["smiley"].retried_statuses == tuple(range(500, 600))
    assert policies["smiley-canary"] == NO_POLICY
    assert {one.breaker for one in sets(rollout, services, members).values()} == {Breaker()}
