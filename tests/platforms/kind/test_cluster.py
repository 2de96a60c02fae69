import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from platforms.kind import cluster, homemade
from platforms.kind.cluster import KindCluster, clusters_up, down, is_up, up
from platforms.kind.homemade import HomeMade
from platforms.kind.layout import Layout, Record
from platforms.kind.provider import PROVIDER
from seam.errors import NotRunning, UserError
from seam.provider import Options


class MakeUp(Protocol):
    def __call__(self, name: str, *, boxed: bool = True, ready: bool = True) -> Layout: ...


@pytest.fixture
def make_up() -> Iterator[MakeUp]:
    """A cluster that is up: in a box whose init is this process, or with a Docker daemon of somebody else's."""
    with ExitStack() as stack:

        def make(name: str, *, boxed: bool = True, ready: bool = True) -> Layout:
            layout = Layout.of(name)
            layout.folder.mkdir()
            layout.write(Record("registries" if boxed else "upstream", Path("/t/kind"), Path("/t/kubectl")))
            handle = stack.enter_context(layout.lock.open("w"))
            if boxed:
                layout.data_root.write_text("/cache/docker-1")
                layout.pid.write_text(str(os.getpid()))
                fcntl.flock(handle, fcntl.LOCK_EX)
            if ready:
                layout.ready.touch()
            return layout

        yield make


@pytest.mark.parametrize("origin", ["registries", "upstream"])
def test_one_is_up_when_it_was_finished(make_up: MakeUp, origin: str) -> None:
    boxed = origin == "registries"
    assert not is_up(Layout.of("mine"))
    assert is_up(make_up("mine", boxed=boxed))
    assert not is_up(make_up("other", boxed=boxed, ready=False))
    assert clusters_up() == ["mine"]


def test_one_whose_box_has_died_is_not_up() -> None:
    layout = Layout.of("dead")
    layout.folder.mkdir()
    layout.write(Record("registries", Path("/t/kind"), Path("/t/kubectl")))
    layout.data_root.write_text("/cache/docker-1")
    layout.ready.touch()
    layout.lock.touch()
    assert not is_up(layout)
    with pytest.raises(NotRunning, match=r"^No kind cluster is up; make one with `faces cluster up --on kind`\.$"):
        KindCluster.find()


def test_of_several_one_has_to_be_named(make_up: MakeUp) -> None:
    make_up("two")
    make_up("one", boxed=False)
    with pytest.raises(UserError, match=r"^Several clusters are up \(one, two\); choose one with --cluster\.$"):
        KindCluster.find()
    assert KindCluster.find("two") == KindCluster(Layout.of("two"), Path("/t/kubectl"))


@pytest.mark.parametrize("state", ["up", "on its way"])
def test_one_that_is_up_or_on_its_way_is_not_made_again(make_up: MakeUp, state: str) -> None:
    layout = make_up("mine", ready=state == "up")
    with pytest.raises(UserError, match=r"^A cluster named 'mine' is up already; use it, or end it with"):
        up("mine", HomeMade(), lambda _: None)
    assert layout.folder.is_dir()


def test_to_end_what_is_not_there_is_fine(machine: Path) -> None:
    down("nobody")
    assert list((machine / "clusters").iterdir()) == []


def test_one_that_a_dead_machine_left_is_taken_away_with_its_docker_data(machine: Path) -> None:
    layout = Layout.of("left")
    layout.folder.mkdir()
    layout.write(Record("registries", Path("/t/kind"), Path("/t/kubectl")))
    layout.lock.touch()
    data = machine / "cache" / "faces" / "kind" / "docker-1"
    (data / "overlay2").mkdir(parents=True)
    data.with_name("docker-1.used").touch()
    layout.data_root.write_text(str(data))
    (machine / "cgroup" / "cpu" / layout.cgroup / "node").mkdir(parents=True)
    down("left")
    assert list((machine / "clusters").iterdir()) == []
    assert list((machine / "cgroup" / "cpu").iterdir()) == []
    assert sorted(path.name for path in data.parent.iterdir()) == ["docker-1.lock"]


@pytest.mark.parametrize("others", [[], ["other"]], ids=["the last one", "not the last one"])
def test_the_folder_of_kernel_modules_that_was_made_goes_with_the_last_kind_cluster(
    machine: Path, monkeypatch: pytest.MonkeyPatch, others: list[str]
) -> None:
    monkeypatch.setattr(homemade, "_MODULES", machine / "modules")
    (machine / "clusters" / "bare").mkdir()  # of no matter
    for name in ("mine", *others):
        Layout.of(name).folder.mkdir()
    (machine / "modules").mkdir()
    homemade._made_modules(Layout.of("mine")).touch()
    down("mine")
    assert (machine / "modules").exists() == bool(others)
    assert homemade._made_modules(Layout.of("mine")).exists() == bool(others)


def test_a_folder_of_another_kind_of_cluster_is_none_of_kinds(machine: Path) -> None:
    (machine / "clusters" / "bare").mkdir()
    assert Layout.names() == []
    Layout.of("bare").folder.mkdir()
    assert Layout.names() == ["bare"]


def test_a_run_goes_to_the_cluster_that_faces_has_made_or_to_the_one_that_is_named(make_up: MakeUp) -> None:
    theirs = PROVIDER.access(Options())
    assert (theirs.kubeconfig, theirs.context, theirs.kubectl) == (None, "kind-kind", "kubectl")
    layout = make_up("mine")
    mine = PROVIDER.access(Options())
    assert (mine.kubeconfig, mine.context, mine.kubectl) == (str(layout.kubeconfig), None, "/t/kubectl")
    assert PROVIDER.access(Options(cluster="mine")).kubeconfig == str(layout.kubeconfig)
    assert PROVIDER.access(Options(context="kind-other")).context == "kind-other"
    assert PROVIDER.access(Options(kubeconfig="/k")).kubeconfig == "/k"
    with pytest.raises(NotRunning, match="No kind cluster named 'gone' is up"):
        PROVIDER.access(Options(cluster="gone"))


def test_the_default_name_is_kinds_own() -> None:
    assert cluster.DEFAULT == "kind"
    assert Layout.of(cluster.DEFAULT).folder.name == "kind.kind"
