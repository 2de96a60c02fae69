"""Which commit is taken back, and how the repository inside a cluster is reached."""

import subprocess
from pathlib import Path

import pytest

from platforms.delivery.delivery import Delivery, _chosen
from platforms.delivery.git import cloned
from platforms.delivery.repository import Commit
from platforms.kube.client import Cluster
from seam.errors import UserError
from tests.platforms.kube.conftest import api, cluster, write_kubeconfig  # noqa: F401 - fixtures

SHIPPED = Commit("a" * 40, "shop: the app as it ships")
BAD = Commit("b" * 40, "smiley v2: errors-40")
TAKEN_BACK = Commit("c" * 40, 'Revert "smiley v2: errors-40"')


def test_the_newest_release_is_taken_back_unless_another_commit_is_named() -> None:
    assert _chosen([BAD, SHIPPED], "smiley", None) == BAD
    assert _chosen([TAKEN_BACK, BAD, SHIPPED], "smiley", "bbbb") == BAD


def test_what_is_no_release_is_not_taken_back_by_chance() -> None:
    with pytest.raises(
        UserError, match=r"no release to take back: the last commit that changed it is ccccccc \(Revert"
    ):
        _chosen([TAKEN_BACK, BAD, SHIPPED], "smiley", None)
    with pytest.raises(UserError, match="no release to take back: there is none"):
        _chosen([], "smiley", None)
    with pytest.raises(
        UserError, match=r"No commit dddd has changed smiley; there are bbbbbbb \(smiley v2: errors-40\)"
    ):
        _chosen([BAD], "smiley", "dddd")


async def test_the_runs_own_repository_is_behind_the_api_server_and_any_other_is_where_it_says(
    cluster: Cluster,  # noqa: F811
) -> None:
    delivery = Delivery(cluster, ["/my tools/kubectl", "--kubeconfig", "/tmp/50%"], "shop")
    own = delivery.remote("git://git.shop.svc/delivery.git")
    assert own.own
    assert own.address == (
        "ext::/my% tools/kubectl --kubeconfig /tmp/50%% exec --stdin --namespace=shop --container=git "
        "deployment/git -- "
        "%S /srv/delivery.git"
    )
    other = delivery.remote("https://git.example.com/faces.git")
    assert (other.address, other.own) == ("https://git.example.com/faces.git", False)


async def test_a_run_that_no_repository_has_is_told_how_to_get_one(cluster: Cluster) -> None:  # noqa: F811
    with pytest.raises(UserError, match=r"shop is not delivered from a repository; `faces gitops up`"):
        await Delivery(cluster, ["kubectl"], "shop").application()


async def test_a_repository_behind_kubectl_exec_is_cloned_and_pushed_to(
    cluster: Cluster,  # noqa: F811
    tmp_path: Path,
) -> None:
    bare = tmp_path / "behind.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", bare], check=True)  # noqa: ASYNC221 - it takes no time
    kubectl = tmp_path / "my tools" / "kubectl"
    kubectl.parent.mkdir()
    # Runs what is to be run in the pod, on another repository than the pod's.
    kubectl.write_text(f'#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nexec "$2" "{bare}"\n')
    kubectl.chmod(0o755)
    delivery = Delivery(cluster, [str(kubectl), "--kubeconfig", "x"], "shop")
    remote = delivery.remote("git://git.shop.svc/delivery.git")
    first = await delivery.begin(remote, {"shop/a.yaml": "a: 1\n"})
    async with cloned(remote) as clone:
        assert await clone.head() == first
        assert first.subject == "shop: the app as it ships"
