from typing import Any

import pytest

from platforms.kube import namespaces
from platforms.kube.client import Cluster
from platforms.kube.namespaces import check_guest, delete_and_wait, is_free, is_up, prepare
from platforms.kube.refusals import Refused
from seam.errors import PlatformFailed, UserError
from tests.platforms.kube.api import FakeApi, status
from tests.platforms.kube.objects import rollout

NAMESPACE = "/api/v1/namespaces/run"
SMILEY = "/apis/argoproj.io/v1alpha1/namespaces/run/rollouts/smiley"
CONFIG = "/api/v1/namespaces/run/configmaps/faces"
OURS = {"faces.dev/run": "run"}


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespaces, "_LOOK_S", 0.01)


def of(labels: dict[str, str], **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"labels": labels, **metadata}}


async def test_a_namespace_that_is_not_there_is_made_for_the_run(api: FakeApi, cluster: Cluster) -> None:
    assert await is_free(cluster, "run")
    assert not await is_up(cluster, "run")
    await prepare(cluster, "run", [], own=True)
    assert api.objects[NAMESPACE]["metadata"]["labels"]["faces.dev/run"] == "run"
    assert not await is_free(cluster, "run")
    assert await is_up(cluster, "run")


async def test_a_namespace_of_somebody_else_is_a_guests_and_stays(api: FakeApi, cluster: Cluster) -> None:
    api.put(NAMESPACE, of({}))
    api.put("/api/v1/namespaces/run/configmaps/theirs", of({}))
    assert not await is_free(cluster, "run")
    assert not await is_up(cluster, "run")
    await prepare(cluster, "run", [], own=False)
    api.put(SMILEY, rollout())
    api.put(CONFIG, of(OURS))
    assert await is_up(cluster, "run")
    await delete_and_wait(cluster, "run")
    assert sorted(api.objects) == [NAMESPACE, "/api/v1/namespaces/run/configmaps/theirs"]
    assert not await is_up(cluster, "run")


async def test_a_run_that_is_just_going_is_waited_for(api: FakeApi, cluster: Cluster) -> None:
    api.put(NAMESPACE, of(OURS, finalizers=["kubernetes"], deletionTimestamp="2026-01-01T00:00:00Z"))
    looks = []

    def end(request: Any) -> None:
        looks.append(request.path)
        if len(looks) == 5:
            api.remove(NAMESPACE)

    api.answer = end
    assert await is_free(cluster, "run")
    assert not await is_up(cluster, "run")
    await prepare(cluster, "run", [], own=True)
    assert len(looks) > 5
    assert "deletionTimestamp" not in api.objects[NAMESPACE]["metadata"]


async def test_half_a_run_can_be_ended(api: FakeApi, cluster: Cluster) -> None:
    api.put(NAMESPACE, of(OURS))
    assert await is_up(cluster, "run")
    await delete_and_wait(cluster, "run")
    assert not api.objects
    await delete_and_wait(cluster, "run")


async def test_what_does_not_go_is_named_with_the_reason_that_the_cluster_gives(
    api: FakeApi, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(namespaces, "GONE_LIMIT_S", 1.4)
    conditions = [
        {"type": "NamespaceContentRemaining", "status": "True", "message": "Some resources are remaining: pods."},
        {"type": "NamespaceDeletionDiscoveryFailure", "status": "False", "message": "All resources discovered"},
    ]
    api.put(NAMESPACE, of(OURS, finalizers=["kubernetes"]) | {"status": {"conditions": conditions}})
    stuck = r"^Still there after 1 s: namespace run \(Some resources are remaining: pods\)\.$"
    with pytest.raises(PlatformFailed, match=stuck):
        await delete_and_wait(cluster, "run")
    api.objects.clear()
    api.put(NAMESPACE, of({}))
    api.put(CONFIG, of(OURS, finalizers=["theirs"]))
    with pytest.raises(PlatformFailed, match=r"^Still there after 1 s: ConfigMap faces in namespace run\.$"):
        await delete_and_wait(cluster, "run")
    assert api.asked.count(f"DELETE {CONFIG}") == 1


async def test_a_guest_who_may_not_look_at_the_namespace_or_at_secrets_is_still_served(
    api: FakeApi, cluster: Cluster
) -> None:
    api.put(SMILEY, rollout())

    def refuse(request: Any) -> Any:
        hidden = request.path == NAMESPACE or request.path.endswith("/secrets")
        return status(403, "forbidden") if hidden else None

    api.answer = refuse
    assert not await is_free(cluster, "run")
    assert await is_up(cluster, "run")
    await delete_and_wait(cluster, "run")
    assert not api.objects


async def test_an_api_that_is_out_of_order_does_not_keep_a_run_from_going(api: FakeApi, cluster: Cluster) -> None:
    api.put(NAMESPACE, of({}))
    api.put(SMILEY, rollout())
    cluster.patience_s = 15
    api.answer = lambda request: status(503, "unavailable") if request.path == "/apis/apps/v1" else None
    await delete_and_wait(cluster, "run")
    assert list(api.objects) == [NAMESPACE]


async def test_a_namespace_that_somebody_makes_meanwhile_is_not_taken_over(api: FakeApi, cluster: Cluster) -> None:
    def theirs(request: Any) -> None:
        if request.method == "POST":
            api.put(NAMESPACE, of({}))

    api.answer = theirs
    with pytest.raises(Refused, match="already exists"):
        await prepare(cluster, "run", [], own=True)
    assert api.objects[NAMESPACE]["metadata"]["labels"] == {}


async def test_a_request_that_was_sent_twice_is_well(api: FakeApi, cluster: Cluster) -> None:
    def ours(request: Any) -> None:
        if request.method == "POST":
            api.put(NAMESPACE, of(OURS))

    api.answer = ours
    await prepare(cluster, "run", [], own=True)


@pytest.mark.parametrize("annotations", [{}, {"linkerd.io/inject": "disabled"}])
async def test_a_guest_of_a_mesh_is_refused_where_nobody_would_give_it_a_proxy(
    api: FakeApi, cluster: Cluster, annotations: dict[str, str]
) -> None:
    asked_for = [{"kind": "Namespace", "metadata": {"annotations": {"linkerd.io/inject": "enabled"}}}]
    api.put(NAMESPACE, of({}, annotations=annotations))
    await check_guest(cluster, "run", [])
    with pytest.raises(
        UserError,
        match=r"^Namespace run exists without the annotation linkerd.io/inject=enabled, so no pod in it would be in "
        r"the mesh; set it with `kubectl annotate namespace run linkerd.io/inject=enabled`, or "
        r"choose another --name\.$",
    ):
        await check_guest(cluster, "run", asked_for)
    api.put(NAMESPACE, of({}, annotations={"linkerd.io/inject": "enabled"}))
    await check_guest(cluster, "run", asked_for)


async def test_a_guest_who_may_not_read_the_namespace_is_believed(api: FakeApi, cluster: Cluster) -> None:
    api.answer = lambda request: status(403, "no") if request.path == NAMESPACE else None
    await check_guest(
        cluster, "run", [{"kind": "Namespace", "metadata": {"annotations": {"linkerd.io/inject": "enabled"}}}]
    )
