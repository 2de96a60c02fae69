from dataclasses import replace
from typing import Any

import pytest

from platforms.doctor.checking import NotThere
from platforms.kube.doctor.checks.weights import check
from platforms.kube.doctor.kinds import GRPC_ROUTES, HTTP_ROUTES, TRAEFIK_SERVICES
from platforms.kube.resources import ROLLOUTS
from seam.doctor import Finding, Result
from tests.platforms.kube.doctor.seeing import Document, route, routed, seen


def by_route(ordered: int, written: int, **metadata: Any) -> Finding:
    one = route(written)
    one["metadata"] |= metadata
    return check(seen(own={ROLLOUTS: [routed(ordered)], HTTP_ROUTES: [one]}, absent=[GRPC_ROUTES]))


def by_traefik(ordered: int, *weights: int, **metadata: Any) -> Finding:
    services: list[Document] = [
        {"name": f"smiley-{side}", "weight": weight} for side, weight in zip(("stable", "canary"), weights, strict=True)
    ]
    one = {"metadata": {"name": "smiley", **metadata}, "spec": {"weighted": {"services": services}}}
    driving = routed(ordered, traefik={"weightedTraefikServiceName": "smiley"})
    return check(seen(own={ROLLOUTS: [driving], TRAEFIK_SERVICES: [one]}))


@pytest.mark.parametrize("weight", [0, 30, 100])
def test_what_is_written_as_it_was_ordered_is_well(weight: int) -> None:
    assert by_route(weight, weight) == Finding(Result.OK, f"as ordered: smiley {weight} %")
    assert by_traefik(weight, 100 - weight, weight).result is Result.OK


@pytest.mark.parametrize(("ordered", "written"), [(30, 0), (0, 30), (30, 50)])
def test_a_weight_that_somebody_else_has_written_is_told(ordered: int, written: int) -> None:
    found = by_route(ordered, written)
    assert found.result is Result.FAILED
    assert found.saw == f"Rollout smiley has given its canary {ordered} %, and HTTPRoute smiley says {written} %"


def test_it_is_told_who_wrote_it_last() -> None:
    def wrote(manager: str, time: str) -> Document:
        return {"manager": manager, "operation": "Update", "time": time}

    first, last = "2026-11-29T10:00:00Z", "2026-11-29T10:00:02Z"
    ours, theirs = wrote("rollouts-controller", first), wrote("argocd-controller", last)
    assert by_traefik(30, 100, 0, managedFields=[theirs, ours]).saw.endswith(", written last by argocd-controller")
    ours, theirs = wrote("rollouts-controller", last), wrote("argocd-controller", first)
    assert by_traefik(30, 100, 0, managedFields=[theirs, ours]).saw.endswith("says 0 %")


def test_weights_are_shares_whatever_they_add_up_to() -> None:
    assert by_traefik(25, 3, 1).result is Result.OK


def test_a_weight_that_changed_while_it_was_looked_at_is_not_compared() -> None:
    moving = seen(own={ROLLOUTS: [routed(30)], HTTP_ROUTES: [route(50)]}, absent=[GRPC_ROUTES])
    with pytest.raises(NotThere):
        check(replace(moving, moved=frozenset({"smiley"})))


def test_before_a_rollout_has_ordered_anything_there_is_nothing_to_compare() -> None:
    with pytest.raises(NotThere, match="no Rollout in namespace run has ordered weights"):
        check(seen(own={ROLLOUTS: [routed(None)], HTTP_ROUTES: [route()]}, absent=[GRPC_ROUTES]))
