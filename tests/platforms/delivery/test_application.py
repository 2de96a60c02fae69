from dataclasses import replace
from typing import Any

import pytest

from platforms.delivery.application import (
    application,
    complaint,
    delivery_of,
    is_synced,
    own_repository,
    project,
    server,
    standing,
    ways_out,
)
from platforms.kube.objects import Objects
from platforms.kube.views import rollout_view
from seam.verdict import delivered, verdict
from seam.views import RolloutView
from tests.platforms.kube.objects import aborted, healthy, replica_set, rollout, under_way

BAD, NEW = "b" * 40, "c" * 40


def argo(sync: str = "Synced", health: str = "Healthy", commit: str = BAD, **status: Any) -> dict[str, Any]:
    sync_status = {"status": sync, "revision": commit}
    return {"metadata": {"name": "run"}, "status": {"sync": sync_status, "health": {"status": health}, **status}}


def view(status: dict[str, Any], one: dict[str, Any] | None = None, version: str = "v2") -> RolloutView:
    sets = (replica_set("bbb", "v2", 2), replica_set())
    seen = rollout(version, generation=2, revision=2, status=status)
    return rollout_view(seen, Objects((seen,), replica_sets=sets, applications=(one or argo(),)))


ROLLED_BACK = view(aborted(), argo(health="Degraded"))


def test_after_a_rollback_everybody_says_that_the_repository_disagrees() -> None:
    assert ROLLED_BACK.repository_disagrees
    assert verdict(ROLLED_BACK) == "v2 was aborted: rolled back to v1 in the cluster; the repository still says v2."
    sentence = "Delivered by commit bbbbbbb; rolled back in the cluster; the repository still says v2."
    assert delivered(ROLLED_BACK) == sentence
    now = delivery_of([ROLLED_BACK])
    expected = "smiley: rolled back in the cluster; the repository still says v2."
    assert standing(now, BAD, [ROLLED_BACK]) == expected
    assert [command for _, command in ways_out([ROLLED_BACK])] == [
        "gitops revert smiley",
        "release smiley --as good --by git",
    ]


@pytest.mark.parametrize(
    ("seen", "head", "expected"),
    [
        (view(healthy(2, "bbb"), version="v2"), BAD, "The cluster is as the repository says, and well."),
        (view(healthy(2, "bbb")), NEW, "Argo CD has not compared the cluster with commit ccccccc yet."),
        (
            view(healthy(2, "bbb"), argo("OutOfSync")),
            BAD,
            "The cluster is not as the repository says (OutOfSync).",
        ),
        (
            view(under_way(), argo(health="Suspended")),
            BAD,
            "The cluster is as the repository says; smiley is still going out.",
        ),
        (
            view(healthy(2, "bbb"), argo(health="Degraded")),
            BAD,
            "The cluster is as the repository says, and Degraded.",
        ),
    ],
)
def test_where_repository_and_cluster_stand_to_each_other(seen: RolloutView, head: str, expected: str) -> None:
    assert standing(delivery_of([seen]), head, [seen]) == expected
    assert list(ways_out([seen])) == []


def test_what_no_commit_delivered_is_said_as_ever() -> None:
    patched = replace(ROLLED_BACK, delivery=None)
    assert (verdict(patched), delivered(patched)) == ("v2 was aborted: rolled back to v1.", "")
    assert delivery_of([patched]).commit == ""


def test_synced_is_synced_to_that_very_commit() -> None:
    assert is_synced(argo(), BAD)
    assert not is_synced(argo(), NEW)
    assert not is_synced(argo("OutOfSync"), BAD)
    assert not is_synced({"metadata": {}}, BAD)


def test_argo_cds_own_complaint_is_the_reason() -> None:
    missing = {"type": "ComparisonError", "message": "shop: app path does not exist"}
    failed = {"phase": "Failed", "message": "one or more objects failed to apply"}
    assert complaint(argo()) == ""
    assert complaint(argo(conditions=[{"type": "SharedResourceWarning", "message": "hm"}])) == ""
    assert complaint(argo(conditions=[missing], operationState=failed)) == "shop: app path does not exist"
    assert complaint(argo(operationState=failed)) == "one or more objects failed to apply"


def test_the_objects_of_a_run_are_its_own_and_argo_cd_finds_them() -> None:
    repository = own_repository("shop")
    made, allowed = application("shop", repository, "main"), project("shop", repository)
    for one in (made, allowed):
        assert (one["metadata"]["name"], one["metadata"]["namespace"]) == ("shop", "argocd")
        assert one["metadata"]["labels"]["faces.dev/run"] == "shop"
    assert made["spec"]["project"] == "shop"
    assert made["spec"]["source"] == {
        "repoURL": "git://git.shop.svc/delivery.git",
        "targetRevision": "main",
        "path": "shop",
    }
    assert made["spec"]["destination"]["namespace"] == "shop"
    assert allowed["spec"]["sourceRepos"] == [repository]
    assert [one["namespace"] for one in allowed["spec"]["destinations"]] == ["shop"]
    deployment, service = server("shop", "argocd:1")
    spec = deployment["spec"]["template"]["spec"]
    assert {one["image"] for one in (*spec["initContainers"], *spec["containers"])} == {"argocd:1"}
    assert {one["metadata"]["namespace"] for one in (deployment, service)} == {"shop"}
