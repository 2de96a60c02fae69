"""Parts of the platform die in the middle of a rollout: they come back, and the verdict is what it would have been."""

import asyncio
import os
import signal
import time

import pytest

from e2e.stage import Stage, StartStage
from platforms.view import RolloutView

pytestmark = pytest.mark.timeout(120)
MEASURERS = ("prometheus", "nursery")  # with the nursery, Prometheus goes too
VICTIMS = ("envoy", "prometheus", "stable replica", "canary replica", "nursery")


@pytest.mark.parametrize("victim", VICTIMS)
async def test_the_verdict_on_a_good_and_on_a_bad_version_is_the_same(stage: StartStage, victim: str) -> None:
    change = stay_at_30_percent if victim in MEASURERS else lambda _: None
    async with stage(rate=60, change=change) as on:
        for name in ("good", "errors-40"):
            recorder = await on.push(name)
            await on.until(lambda view: view.canary_weight == 30)
            pid = await kill(on, victim)
            await asyncio.wait_for(on.watch(recorder), 60)
            assert recorder.promoted == (name == "good"), recorder.timeline
            assert recorder.last is not None
            assert recorder.last.aborted == (name != "good")
            assert pid not in await everybody(on)
            await asyncio.sleep(1)
            now = time.time()
            await asyncio.sleep(1)
            afterwards = await on.samples(now, now + 1)
            assert afterwards
            assert all(sample.ok for sample in afterwards)


def stay_at_30_percent(document: dict[str, object]) -> None:
    """Nobody measures before Prometheus can be back, which needs five seconds before its first scrape.

    The shipped manifests leave as much time. Hurried, the empty results in between would rightly wait for a person.
    """
    if document["kind"] == "Rollout":
        canary = document["spec"]["strategy"]["canary"]  # type: ignore[index]
        if "steps" in canary:
            canary["steps"][1] = {"pause": {"duration": "15s"}}
            delay = next(argument for argument in canary["analysis"]["args"] if argument["name"] == "initial-delay")
            delay["value"] = "13s"


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
