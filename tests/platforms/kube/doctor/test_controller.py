from typing import Any

import pytest

from platforms.doctor.checking import NotSeen
from platforms.kube.doctor.checks.controller import check
from platforms.kube.resources import DEPLOYMENTS, PODS, ROLLOUTS
from seam.doctor import Finding, Result
from tests.platforms.kube.doctor.seeing import Document, controller, seen
from tests.platforms.kube.objects import rollout


def deployment(available: int = 1) -> Document:
    metadata = {"name": "argo-rollouts", "namespace": "argo-rollouts"}
    return {"metadata": metadata, "spec": {}, "status": {"availableReplicas": available} if available else {}}


def of(deployments: list[Document], *pods: Document, rollouts: Any = None) -> Finding:
    around = {(DEPLOYMENTS, ""): deployments, (PODS, "argo-rollouts"): pods}
    return check(seen(own={ROLLOUTS: [rollout()] if rollouts is None else rollouts}, around=around))


def test_one_that_runs_and_has_looked_at_every_rollout_is_well() -> None:
    assert of([deployment()]) == Finding(Result.OK, "runs in namespace argo-rollouts, and looks at 1 Rollout")


def test_a_cluster_that_knows_no_rollouts_has_no_argo_rollouts() -> None:
    found = check(seen(absent=[ROLLOUTS]))
    assert (found.result, found.saw.startswith("Argo Rollouts is not installed")) == (Result.FAILED, True)


def test_one_without_an_available_replica_is_told_with_the_reason() -> None:
    waiting = {"name": "argo-rollouts", "restartCount": 0, "state": {"waiting": {"reason": "ImagePullBackOff"}}}
    broken = controller(status={"containerStatuses": [waiting], "conditions": []})
    found = of([deployment(0)], broken)
    assert found.saw == "Deployment argo-rollouts in namespace argo-rollouts: argo-rollouts-1: ImagePullBackOff"
    assert found.next == "Look at its log: `kubectl logs --namespace argo-rollouts deployment/argo-rollouts`."
    assert of([deployment(0)]).saw.endswith("it has no available replica")


def test_a_rollout_that_nobody_has_looked_at_is_told() -> None:
    fresh = {**rollout(), "status": {}}
    assert of([deployment()], rollouts=[fresh]).saw == "no controller has looked at smiley"
    assert of([], rollouts=[fresh]).result is Result.FAILED


def test_a_rollout_whose_present_spec_was_not_looked_at_is_a_warning() -> None:
    found = of([deployment()], rollouts=[rollout(generation=2)])
    assert (found.result, "has not looked at the present smiley" in found.saw) == (Result.WARNING, True)


def test_one_that_cannot_be_found_is_not_said_to_be_well() -> None:
    assert of([]).result is Result.WARNING
    with pytest.raises(NotSeen):
        check(seen(own={ROLLOUTS: [rollout()]}, refused=[DEPLOYMENTS]))
