import threading
import time
from pathlib import Path

import pytest

from platforms.machine import cgroups
from seam.errors import PlatformFailed

NAME = "faces-test"


@pytest.fixture
def root(machine: Path) -> Path:
    return machine / "cgroup"


@pytest.fixture
def version_1(root: Path) -> Path:
    """A tree per controller, a link to one of them, and the files that the kernel puts into a new cpuset."""
    for controller in ("cpuset", "memory", "cpu,cpuacct"):
        (root / controller).mkdir()
    (root / "cpu").symlink_to("cpu,cpuacct")
    for folder, cpus in ((root / "cpuset", "0-3\n"), (root / "cpuset" / NAME, "\n")):
        folder.mkdir(exist_ok=True)
        (folder / "cpuset.cpus").write_text(cpus)
        (folder / "cpuset.mems").write_text(cpus.replace("0-3", "0"))
    return root


@pytest.fixture
def version_2(root: Path) -> Path:
    for folder, offered in ((root, "cpu memory pids\n"), (root / NAME, "cpu pids\n")):
        folder.mkdir(exist_ok=True)
        (folder / "cgroup.controllers").write_text(offered)
        (folder / "cgroup.subtree_control").write_text("")
    return root


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "_LIMIT_S", 0.2)


def empty(folder: Path) -> None:
    """The kernel's own files do not keep a control group from being removed; here they would."""
    for file in [path for path in folder.rglob("*") if path.is_file()]:
        file.unlink()


def test_of_version_1_every_controller_gets_a_branch_once(version_1: Path) -> None:
    cgroups.make(NAME)
    branches = {path.relative_to(version_1) for path in version_1.rglob(NAME)}
    assert branches == {Path("cpuset", NAME), Path("memory", NAME), Path("cpu,cpuacct", NAME)}
    assert cgroups._hierarchies() == [version_1 / name for name in ("cpu,cpuacct", "cpuset", "memory")]


def test_of_version_1_an_empty_cpuset_inherits(version_1: Path) -> None:
    cgroups.make(NAME)
    assert (version_1 / "cpuset" / NAME / "cpuset.cpus").read_text() == "0-3\n"
    assert (version_1 / "cpuset" / NAME / "cpuset.mems").read_text() == "0\n"


def test_of_version_1_a_cpuset_that_has_something_keeps_it(version_1: Path) -> None:
    (version_1 / "cpuset" / NAME / "cpuset.cpus").write_text("2\n")
    cgroups.make(NAME)
    assert (version_1 / "cpuset" / NAME / "cpuset.cpus").read_text() == "2\n"


def test_of_version_2_each_level_passes_on_what_it_is_offered(version_2: Path) -> None:
    cgroups.make(NAME)
    assert (version_2 / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"
    assert (version_2 / NAME / "cgroup.subtree_control").read_text() == "+cpu +pids"
    assert [path.name for path in version_2.iterdir() if path.is_dir()] == [NAME]


@pytest.mark.parametrize(
    ("version", "tree", "setting", "weight"),
    [("version_1", "cpu,cpuacct", "cpu.shares", "4096"), ("version_2", ".", "cpu.weight", "400")],
)
def test_a_cluster_weighs_more_than_one_process_and_its_own_programs_are_in_it(
    root: Path, version: str, tree: str, setting: str, weight: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(version)
    branch = root / tree / NAME
    branch.mkdir(exist_ok=True)
    (branch / setting).touch()
    cgroups.make(NAME)
    assert (branch / setting).read_text() == weight
    cgroups.join(NAME)
    assert [path.parent for path in root.rglob("cgroup.procs")] == [branch / "system"]
    assert (branch / "system" / "cgroup.procs").read_text() == "0"  # whoever writes it


def test_where_no_weight_is_to_be_had_nobody_moves(version_2: Path) -> None:
    cgroups.make(NAME)
    cgroups.join(NAME)
    assert list(version_2.rglob("cgroup.procs")) == []


@pytest.mark.parametrize("version", ["version_1", "version_2"])
def test_what_was_made_is_removed_with_all_that_grew_in_it(
    root: Path, version: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(version)
    cgroups.make(NAME)
    empty(root)
    if version == "version_2":
        (root / "cgroup.controllers").touch()
    for branch in list(root.rglob(NAME)):
        (branch / "kubepods" / "burstable" / "pod1").mkdir(parents=True)
        (branch / "kubepods-2").mkdir()
    others = [root / "memory" / "user.slice", root / f"{NAME}-2"]
    for other in others:
        other.mkdir(parents=True)
    cgroups.remove(NAME)
    assert list(root.rglob(NAME)) == []
    assert list(root.rglob("kubepods*")) == []
    assert all(other.is_dir() for other in others)


def test_to_remove_what_never_was_is_fine(version_1: Path) -> None:
    empty(version_1)
    cgroups.remove(NAME)
    cgroups.remove(NAME)


@pytest.fixture
def busy(version_2: Path) -> Path:
    """A control group with a process: one that cannot be removed."""
    empty(version_2)
    (version_2 / "cgroup.controllers").touch()
    process = version_2 / NAME / "pod1" / "process"
    process.parent.mkdir()
    process.touch()
    return process


def test_a_process_that_is_still_being_buried_is_waited_for(busy: Path) -> None:
    timer = threading.Timer(0.2, busy.unlink)
    began = time.monotonic()
    timer.start()
    cgroups.remove(NAME)
    assert time.monotonic() - began >= 0.2
    assert not busy.parent.parent.exists()
    timer.join()


@pytest.mark.usefixtures("soon")
def test_a_process_that_never_ends_is_told(busy: Path) -> None:
    with pytest.raises(PlatformFailed) as told:
        cgroups.remove(NAME)
    assert str(told.value) == f"The control group {busy.parent.parent} could not be removed: it still has processes."
