"""Parts of the platform die in the middle of a rollout: they come back, and the verdict is what it would have been."""

import asyncio
import os
import signal
import time

import pytest

from e2e.changes import all_of, measure_after, pause_at_30_percent_for
from e2e.stage import Stage, StartStage
from seam.views import RolloutView

pytestmark = pytest.mark.timeout(120)
# Nobody measures before Prometheus can be back, which needs five seconds before its first scrape. The shipped
# manifests leave as much time; hurried, the empty results in between would rightly wait for a person.
STAY_AT_30_PERCENT = all_of(pause_at_30_percent_for(15), measure_after(13))
MEASURERS = ("prometheus", "nursery")  # with the nursery, Prometheus goes too
VICTIMS = ("envoy", "prometheus", "stable replica", "canary replica", "nursery")


@pytest.mark.parametrize("victim", VICTIMS)
async def test_the_verdict_on_a_good_and_on_a_bad_version_is_the_same(stage: StartStage, victim: str) -> None:
    change = STAY_AT_30_PERCENT if victim in MEASURERS else lambda _: None
    async with stage(rate=60, change=change) as on:
        for name in ("good", "errors-40"):
            release = await on.push(name)
            await on.until(lambda view: view.canary_weight == 30)
            pid = await kill(on, victim)
            await on.watch(release)
            assert release.promoted == (name == "good"), release.now
            assert release.ended.aborted == (name != "good")
            assert pid not in await everybody(on)
            await asyncio.sleep(1)
            assert all(sample.ok for sample in await on.samples_from(time.time()))


async def kill(on: Stage, victim: str) -> int:
    view = await on.platform.view()
    smiley = await on.platform.rollout("smiley")
    chosen = {
        "stable replica": _replica(smiley, smiley.stable_hash),
        "canary replica": _replica(smiley, smiley.current_hash),
        **view.processes,
    }[victim]
    assert chosen is not None
    os.kill(chosen, signal.SIGKILL)
    return chosen


async def everybody(on: Stage) -> set[int | None]:
    view = await on.platform.view()
    pods = [pod.pid for rollout in view.rollouts for rs in rollout.replica_sets for pod in rs.pods]
    assert all(view.processes.values()), view.processes
    return {*pods, *view.processes.values()}


def _replica(view: RolloutView, pod_template_hash: str) -> int | None:
    found = [rs for rs in view.replica_sets if rs.pod_template_hash == pod_template_hash]
    return found[0].pods[0].pid
