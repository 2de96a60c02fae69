"""The Rollouts controller dies in the middle of a rollout: the next one goes on, and the verdict is the same."""

import time

import pytest
from kubernetes.aio.client import CoreV1Api

from e2e.stage import StartStage
from e2e.where import Where

NAMESPACE, LABEL = "argo-rollouts", "app.kubernetes.io/name=argo-rollouts"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["good", pytest.param("errors-40", marks=pytest.mark.smoke)])
async def test_the_verdict_is_the_same_when_the_controller_is_killed(
    stage: StartStage, where: Where, name: str
) -> None:
    async with stage(rate=60) as on:
        release = await on.push(name)
        await on.until(lambda view: view.canary_weight == 30)
        killed = await kill_the_controller(where)
        assert killed
        await on.watch(release)
        assert not killed & await controllers(where)
        if name == "good":
            assert release.promoted, release.now
            assert release.weights == [0, 30, 50, 70, 100, 0]
            assert all(sample.ok for sample in await on.samples(release.released_at, time.time()))
        else:
            assert release.ended.aborted
            assert (release.ended.stable_version, release.ended.canary_weight) == ("v1", 0)
            assert 'Metric "success-rate" assessed Failed due to failed (2) > failureLimit (1)' in release.ended.message
        await on.well_again(release)


async def kill_the_controller(where: Where) -> set[str]:
    """At once, as a node that dies would; returns the names of its pods."""
    names = await controllers(where)
    async with await where.kubeconfig_used().client() as client:
        for name in names:
            await CoreV1Api(client).delete_namespaced_pod(name, NAMESPACE, grace_period_seconds=0)
    return names


async def controllers(where: Where) -> set[str]:
    async with await where.kubeconfig_used().client() as client:
        pods = await CoreV1Api(client).list_namespaced_pod(NAMESPACE, label_selector=LABEL)
        return {str(pod.metadata.name) for pod in pods.items if pod.metadata}
