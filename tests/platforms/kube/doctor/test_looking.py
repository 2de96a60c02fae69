import asyncio

import pytest

from platforms.doctor.checking import Look
from platforms.kube.client import Cluster
from platforms.kube.doctor.kinds import SERVICE_PROFILES
from platforms.kube.doctor.looking import look, look_at_all, look_at_one
from platforms.kube.resources import CONFIG_MAPS, PODS
from tests.platforms.kube.api import FakeApi, status


async def test_what_is_there_is_found(api: FakeApi, cluster: Cluster) -> None:
    api.put("/api/v1/namespaces/run/pods/smiley-1", {"metadata": {"name": "smiley-1"}})
    found = await look_at_all(cluster, PODS, "run")
    assert [one["metadata"]["name"] for one in found.value()] == ["smiley-1"]
    assert (await look_at_all(cluster, PODS, "elsewhere")).value() == []


async def test_a_kind_that_the_cluster_does_not_know_is_absent(api: FakeApi, cluster: Cluster) -> None:
    api.answer = lambda request: status(404, "404 page not found") if "linkerd.io" in request.path else None
    assert await look_at_all(cluster, SERVICE_PROFILES) == Look(
        absent="the cluster knows no serviceprofiles.linkerd.io"
    )


async def test_a_user_who_may_not_list_a_kind_that_there_is_not_is_told_that_there_is_none(
    api: FakeApi, cluster: Cluster
) -> None:
    def answer(request: object) -> object:
        path = request.path  # type: ignore[attr-defined]
        if path == "/apis/linkerd.io/v1alpha2":
            return status(404, "404 page not found")
        return status(403, "no") if path.endswith("serviceprofiles") else None

    api.answer = answer  # type: ignore[assignment]
    assert (await look_at_all(cluster, SERVICE_PROFILES)).absent == "the cluster knows no serviceprofiles.linkerd.io"


async def test_what_may_not_be_listed_is_hidden_and_not_absent(api: FakeApi, cluster: Cluster) -> None:
    message = 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "run"'
    api.answer = lambda request: status(403, message) if request.path.endswith("/pods") else None
    assert await look_at_all(cluster, PODS, "run") == Look(hidden="jane may not list pods in namespace run")


async def test_an_object_that_does_not_exist_is_an_empty_list(api: FakeApi, cluster: Cluster) -> None:
    assert (await look_at_one(cluster, CONFIG_MAPS, "run", "nobody")).value() == []
    api.put("/api/v1/namespaces/run/configmaps/there", {"data": {}})
    assert len((await look_at_one(cluster, CONFIG_MAPS, "run", "there")).value()) == 1


async def test_what_takes_too_long_is_not_waited_for() -> None:
    async def never() -> str:
        await asyncio.sleep(60)
        return ""

    assert await look(never, limit_s=0.05) == Look(hidden="no answer within 0.05 s")


@pytest.mark.parametrize("error", [OSError("unreachable"), ValueError("no date")])
async def test_what_cannot_be_read_is_hidden(error: Exception) -> None:
    async def broken() -> str:
        raise error

    assert await look(broken) == Look(hidden=str(error))
