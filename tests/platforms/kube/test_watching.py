import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from platforms.kube import watching as module
from platforms.kube.client import Cluster
from platforms.kube.objects import Objects
from platforms.kube.refusals import Refused
from platforms.kube.resources import ROLLOUTS
from platforms.kube.watching import Watching
from seam.errors import PlatformFailed
from tests.platforms.kube.api import FakeApi, status
from tests.platforms.kube.objects import pod, rollout, run, under_way

SMILEY = "/apis/argoproj.io/v1alpha1/namespaces/run/rollouts/smiley"
RUN = "/apis/argoproj.io/v1alpha1/namespaces/run/analysisruns/smiley-bbb-2"
POD = "/api/v1/namespaces/run/pods/smiley-aaa-1"


def put(api: FakeApi, version: str) -> dict[str, Any]:
    return api.put(SMILEY, rollout(version))


def version(objects: Objects) -> str | None:
    """Of the first Rollout, None if there is none."""
    for one in objects.rollouts:
        return str(one["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"])
    return None


async def until(watching: Watching, wanted: str | None) -> None:
    async for objects in watching.states():
        if version(objects) == wanted:
            return


@pytest.fixture
async def watching(api: FakeApi, cluster: Cluster) -> AsyncIterator[Watching]:
    put(api, "v1")
    api.put(POD, pod())
    watching = Watching(cluster, "run", {ROLLOUTS: {"labelSelector": "faces.dev/run=run"}})
    await watching.start()
    yield watching
    await watching.close()


async def test_what_is_there_is_known_from_the_start(watching: Watching) -> None:
    objects = watching.objects()
    assert version(objects) == "v1"
    assert [one["metadata"]["name"] for one in objects.pods] == ["smiley-aaa-1"]


async def test_each_change_is_a_state_and_a_listener_that_is_a_little_slow_gets_them_all(
    api: FakeApi, watching: Watching
) -> None:
    states = watching.states()
    assert version(await anext(states)) == "v1"
    for number in range(2, 6):
        put(api, f"v{number}")
    assert [version(await anext(states)) for _ in range(4)] == ["v2", "v3", "v4", "v5"]
    api.remove(SMILEY)
    assert version(await anext(states)) is None
    await states.aclose()


async def test_a_listener_that_is_too_slow_skips_states_and_gets_the_newest(
    api: FakeApi, watching: Watching, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "KEPT_STATES", 3)
    states = watching.states()
    await anext(states)
    for number in range(2, 10):
        put(api, f"v{number}")
    await until(watching, "v9")
    assert [version(await anext(states)) for _ in range(3)] == ["v2", "v3", "v9"]
    put(api, "v10")
    assert version(await anext(states)) == "v10"
    await states.aclose()
    assert "slow listener" in caplog.text
    assert '"skipped_states": 5' in caplog.text


def named(phase: str, field: str = "currentStepAnalysisRunStatus", **more: Any) -> dict[str, Any]:
    """The status of a Rollout that has reacted to its AnalysisRun."""
    return under_way(canary={field: {"name": "smiley-bbb-2", "status": phase}}, **more)


@pytest.mark.parametrize(
    "status",
    [
        named("Failed", abort=True),
        named("Error", "currentBackgroundAnalysisRunStatus", abort=True),
        named("Inconclusive", pauseConditions=[{"reason": "InconclusiveAnalysisRun"}]),
        named("Successful"),
        under_way(abort=True),  # one pass later the controller names the run no longer
        under_way(stableRS="bbb"),
    ],
)
async def test_a_rollout_that_overtakes_what_it_reacts_to_is_shown_together_with_it(
    api: FakeApi, watching: Watching, status: dict[str, Any]
) -> None:
    api.hold("/analysisruns")
    reason = status["canary"].get("currentStepAnalysisRunStatus", {}).get("status", "Failed")
    api.put(RUN, run(status={"phase": reason}))
    api.put(SMILEY, rollout("v2", generation=2, status=status))
    async for objects in watching.states():
        if version(objects) == "v2":
            assert [one["status"]["phase"] for one in objects.analysis_runs] == [reason]
            break
    api.release()
    api.remove(RUN)
    async for objects in watching.states():
        if not objects.analysis_runs:
            return


async def test_a_list_of_rollouts_is_shown_together_with_what_they_react_to_as_well(
    api: FakeApi, watching: Watching
) -> None:
    runs = f"GET {RUN.rpartition('/')[0]}"
    while api.asked.count(runs) < 3:  # listed, read before the first Rollout was shown, and watched
        await asyncio.sleep(0.01)
    api.hold("/analysisruns")
    api.answer = lambda request: (
        status(410, "too old") if "watch" in request.query and request.path.endswith("/rollouts") else None
    )
    api.drop_watches()
    while api.asked.count(runs) < 5:  # listed and watched anew, and the watch delivers nothing
        await asyncio.sleep(0.01)
    api.put(RUN, run(status={"phase": "Failed"}))
    api.put(SMILEY, rollout("v2", generation=2, status=named("Failed", abort=True)))
    async for objects in watching.states():
        if version(objects) == "v2":
            assert [one["status"]["phase"] for one in objects.analysis_runs] == ["Failed"]
            return


async def test_runs_that_are_known_already_are_not_read_again(api: FakeApi, watching: Watching) -> None:
    api.put(RUN, run(status={"phase": "Failed"}))
    async for objects in watching.states():
        if objects.analysis_runs:
            break
    api.asked.clear()
    api.put(SMILEY, rollout("v2", generation=2, status=named("Failed")))
    await until(watching, "v2")
    api.put(SMILEY, rollout("v3", generation=2, status=named("Running")))
    await until(watching, "v3")
    assert f"GET {RUN.rpartition('/')[0]}" not in api.asked


async def test_a_run_that_is_gone_is_not_waited_for(api: FakeApi, watching: Watching) -> None:
    api.put(SMILEY, rollout("v2", generation=2, status=named("Failed", abort=True)))
    await until(watching, "v2")
    assert watching.objects().analysis_runs == ()


async def test_objects_of_others_are_not_shown(api: FakeApi, watching: Watching) -> None:
    other = rollout("v9", name="other")
    other["metadata"]["labels"] = {}
    api.put("/apis/argoproj.io/v1alpha1/namespaces/run/rollouts/other", other)
    api.put("/apis/argoproj.io/v1alpha1/namespaces/elsewhere/rollouts/smiley", rollout("v9"))
    put(api, "v2")
    await until(watching, "v2")
    assert len(watching.objects().rollouts) == 1


async def test_what_changed_while_a_watch_was_lost_is_known_afterwards(api: FakeApi, watching: Watching) -> None:
    api.drop_watches()
    put(api, "v2")
    await until(watching, "v2")
    api.drop_watches()
    api.remove(SMILEY)
    await until(watching, None)


async def test_an_api_server_that_restarts_is_found_again(api: FakeApi, watching: Watching) -> None:
    await api.stop()
    put(api, "v2")
    await api.start()
    await until(watching, "v2")
    assert len(watching.objects().pods) == 1


async def test_a_server_that_has_forgotten_the_past_is_listed_anew(api: FakeApi, watching: Watching) -> None:
    put(api, "v2")
    await until(watching, "v2")
    api.forget()
    api.drop_watches()
    put(api, "v3")
    await until(watching, "v3")


@pytest.mark.parametrize("code", [410, 500])
async def test_a_watch_that_is_refused_for_a_while_is_asked_for_again(
    api: FakeApi, watching: Watching, code: int
) -> None:
    refused: list[str] = []

    def refuse(request: Any) -> Any:
        if "watch" in request.query and len(refused) < 8:
            refused.append(request.path)
            return status(code, "not now")
        return None

    api.answer = refuse
    api.drop_watches()
    put(api, "v2")
    await until(watching, "v2")
    while len(refused) < 8:
        await asyncio.sleep(0.01)
    put(api, "v3")
    await until(watching, "v3")


async def test_a_permission_that_is_taken_away_is_told_at_once_and_forgotten_when_it_is_back(
    api: FakeApi, watching: Watching
) -> None:
    states = watching.states()
    await anext(states)
    api.answer = lambda _: status(403, 'User "jane" cannot list resource "pods" in API group ""')
    api.drop_watches()
    with pytest.raises(Refused, match=r"^jane may not list pods\.$"):
        [state async for state in states]
    with pytest.raises(Refused):
        watching.objects()
    api.answer = lambda _: None
    put(api, "v2")
    async with asyncio.timeout(10):
        while True:
            try:
                return await until(watching, "v2")
            except Refused:
                await asyncio.sleep(0.05)


async def test_a_cluster_that_is_gone_for_long_is_told(
    api: FakeApi, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOST_S", 0.2)
    states = watching.states()
    await anext(states)
    await api.stop()
    with pytest.raises(
        PlatformFailed, match=r"^Nothing was heard of the cluster for 0 s: The cluster at .* not answer"
    ):
        [state async for state in states]


async def test_an_object_of_no_known_shape_ends_in_a_word_and_not_in_silence(api: FakeApi, watching: Watching) -> None:
    states = watching.states()
    await anext(states)
    put(api, "v2")
    api._log[-1][3]["metadata"]["resourceVersion"] = "not a number"
    with pytest.raises(PlatformFailed, match=r"^rollouts\.argoproj\.io can no longer be watched: ValueError"):
        [state async for state in states]


async def test_whoever_changes_something_waits_until_the_watch_has_delivered_it(
    api: FakeApi, watching: Watching
) -> None:
    api.hold("/rollouts")
    changed = put(api, "v2")
    waiting = asyncio.create_task(watching.until_delivered(ROLLOUTS, changed))
    done, _ = await asyncio.wait([waiting], timeout=0.1)
    assert not done
    assert version(watching.objects()) == "v1"
    api.release()
    await waiting
    assert version(watching.objects()) == "v2"
    await watching.until_delivered(ROLLOUTS, changed)  # what was delivered before is not waited for


async def test_a_change_that_was_overtaken_by_another_is_delivered_with_it(api: FakeApi, watching: Watching) -> None:
    changed = put(api, "v2")
    put(api, "v3")
    await watching.until_delivered(ROLLOUTS, changed)
    assert version(watching.objects()) in ("v2", "v3")
    api.remove(SMILEY)
    await watching.until_delivered(ROLLOUTS, changed)


async def test_a_change_that_is_not_delivered_is_believed_after_a_while_and_logged(
    api: FakeApi, watching: Watching, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_DELIVERY_LIMIT_S", 0.1)
    api.hold("/rollouts")
    await watching.until_delivered(ROLLOUTS, put(api, "v2"))
    assert version(watching.objects()) == "v2"
    assert "change not delivered" in caplog.text
    api.remove(SMILEY)
    late = put(api, "v3")
    api.release()
    await until(watching, "v3")
    api.remove(SMILEY)
    await until(watching, None)
    await watching.until_delivered(ROLLOUTS, late)
    assert version(watching.objects()) is None


async def test_what_is_lost_and_found_again_is_logged(
    api: FakeApi, watching: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "platforms.kube")
    put(api, "v2")
    await until(watching, "v2")
    api.drop_watches()
    put(api, "v3")
    await until(watching, "v3")
    events = [json.loads(record.message) for record in caplog.records if record.name == "platforms.kube"]
    lost = next(event for event in events if event["event"] == "watch lost" and event["kind"] == "Rollout")
    assert lost["after_s"] == 0
    assert "does not answer" in lost["error"]
    assert any(event["event"] == "watch found again" and event["kind"] == "Rollout" for event in events)


@pytest.mark.usefixtures("watching")
async def test_a_server_that_asks_for_patience_is_not_asked_for_a_watch_before(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "platforms.kube")
    monkeypatch.setattr(module, "_LOST_S", 0.3)  # longer is no watch left alone
    api.answer = lambda request: (
        web.Response(status=429, headers={"Retry-After": "7"}) if "watch" in request.query else None
    )
    api.drop_watches()
    while "it asks to wait 7 s" not in caplog.text:
        await asyncio.sleep(0.01)
    assert any(json.loads(record.message).get("after_s") == 0.3 for record in caplog.records)


async def test_events_are_watched_of_rollouts_alone(api: FakeApi, watching: Watching) -> None:
    for kind in ("Pod", "Rollout"):
        api.put(f"/api/v1/namespaces/run/events/{kind}", {"involvedObject": {"kind": kind}})
    async for objects in watching.states():
        if objects.events:
            assert [one["involvedObject"]["kind"] for one in objects.events] == ["Rollout"]
            return


GATE = "/apis/argoproj.io/v1alpha1/clusteranalysistemplates/gate"


async def test_the_cluster_templates_that_are_named_are_read_once(api: FakeApi, cluster: Cluster) -> None:
    one = rollout("v1", steps=[{"analysis": {"templates": [{"templateName": "gate", "clusterScope": True}]}}])
    api.put(SMILEY, one)
    api.put(GATE, {"kind": "ClusterAnalysisTemplate", "spec": {"templates": [{"templateName": "other"}]}})
    watching = Watching(cluster, "run", {})
    await watching.start()
    assert [one["metadata"]["name"] for one in watching.objects().templates] == ["gate"]
    api.put(SMILEY, rollout("v2", steps=one["spec"]["strategy"]["canary"]["steps"]))
    await until(watching, "v2")
    assert api.asked.count(f"GET {GATE}") == 1
    await watching.close()


@pytest.mark.parametrize("answer", [403, 404])
async def test_a_cluster_template_that_may_not_be_read_is_left_out(api: FakeApi, cluster: Cluster, answer: int) -> None:
    api.put(SMILEY, rollout(steps=[{"analysis": {"templates": [{"templateName": "gate", "clusterScope": True}]}}]))
    api.answer = lambda request: status(answer, "no") if request.path == GATE else None
    watching = Watching(cluster, "run", {})
    await watching.start()
    assert watching.objects().templates == ()
    await watching.close()


async def test_a_cluster_that_was_set_back_to_an_earlier_state_is_believed(api: FakeApi, watching: Watching) -> None:
    put(api, "v2")
    await until(watching, "v2")
    api._number = 50
    put(api, "v0")
    api.forget()
    api.drop_watches()
    await until(watching, "v0")
