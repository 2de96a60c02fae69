import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.kube import watching as module
from platforms.kube.client import Cluster
from platforms.kube.refusals import Refused
from platforms.kube.resources import PODS, ROLLOUTS
from platforms.kube.views import Objects
from platforms.kube.watching import Store, Watching
from seam.errors import PlatformFailed
from tests.platforms.kube.api import FakeApi, status
from tests.platforms.kube.objects import pod, rollout, run

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
    watching = Watching(cluster, "run", {ROLLOUTS: "faces.dev/run=run"})
    await watching.start()
    yield watching
    await watching.close()


async def test_what_is_there_is_known_from_the_start(watching: Watching) -> None:
    objects = watching.objects()
    assert version(objects) == "v1"
    assert [one["metadata"]["name"] for one in objects.pods] == ["smiley-aaa-1"]


async def test_each_change_is_told_once_and_none_is_missed_by_a_slow_listener(api: FakeApi, watching: Watching) -> None:
    states = watching.states()
    assert version(await anext(states)) == "v1"
    for number in range(2, 6):
        put(api, f"v{number}")
    assert [version(await anext(states)) for _ in range(4)] == ["v2", "v3", "v4", "v5"]
    api.remove(SMILEY)
    assert version(await anext(states)) is None
    await states.aclose()


async def test_a_rollout_that_overtakes_what_it_reacts_to_is_not_believed_before(
    api: FakeApi, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BEHIND_S", 0.5)
    put(api, "v2")
    api.put(RUN, run(status={"phase": "Failed"}))
    async for objects in watching.states():
        if version(objects) == "v2":
            assert objects.analysis_runs[0]["status"]["phase"] == "Failed"
            return


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
    with pytest.raises(PlatformFailed, match=r"^rollouts\.argoproj\.io can no longer be followed: ValueError"):
        [state async for state in states]


async def test_the_answer_to_a_change_is_news_and_old_news_is_none(api: FakeApi, watching: Watching) -> None:
    before = watching.objects().rollouts[0]
    changed = put(api, "v2")
    watching.saw(ROLLOUTS, changed)
    assert version(watching.objects()) == "v2"
    watching.saw(ROLLOUTS, before)
    assert version(watching.objects()) == "v2"


def of(uid: str, number: int) -> dict[str, Any]:
    return {"metadata": {"uid": uid, "resourceVersion": str(number)}}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 99)), max_size=20))
def test_of_every_object_the_newest_state_stays_in_whatever_order_they_come(states: list[tuple[str, int]]) -> None:
    store = Store([PODS])
    for uid, number in states:
        before = {one["metadata"]["uid"]: int(one["metadata"]["resourceVersion"]) for one in store.of(PODS)}
        assert store.put(PODS, of(uid, number)) == (number > before.get(uid, 0))
    known = {one["metadata"]["uid"]: int(one["metadata"]["resourceVersion"]) for one in store.of(PODS)}
    assert known == {uid: max(number for other, number in states if other == uid) for uid, _ in states}


def test_a_list_is_the_whole_truth_and_says_whether_it_is_news() -> None:
    store = Store([PODS])
    assert store.replace(PODS, [of("a", 5)])
    assert not store.replace(PODS, [of("a", 5)])
    assert store.replace(PODS, [of("b", 4)])
    assert store.of(PODS) == (of("b", 4),)
    assert store.remove(PODS, of("b", 6))
    assert not store.remove(PODS, of("b", 6))
