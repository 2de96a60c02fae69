import fcntl
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from platforms.bare import cluster
from platforms.bare.cluster import BareCluster, down, up
from platforms.bare.layout import Layout, clusters
from platforms.install import toolbox as tools
from platforms.install.host import Needs
from platforms.install.toolbox import Toolbox
from platforms.machine import kernel
from platforms.machine.box import is_up
from seam.errors import NotRunning, PlatformFailed, UserError

MakeUp = Callable[[str], Layout]
needs_linux = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="a process is held by its file descriptor")


@pytest.fixture
def make_up() -> Iterator[MakeUp]:
    """A cluster of that name whose lock is held, as the init of a node holds it; this process is its init."""
    with ExitStack() as stack:

        def make(name: str) -> Layout:
            layout = Layout.of(name)
            layout.config.mkdir(parents=True)
            (layout.config / "programs.json").write_text(json.dumps({"kubectl": "/tools/kubectl"}))
            layout.pid.write_text(str(os.getpid()))
            fcntl.flock(stack.enter_context(layout.lock.open("w")), fcntl.LOCK_EX)
            return layout

        yield make


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch, toolbox: Toolbox) -> None:
    """A machine that could make a cluster."""
    monkeypatch.setattr(Needs, "check", lambda _: None)
    monkeypatch.setattr(tools, "build", lambda *_: toolbox)


def left_behind(machine: Path, name: str) -> Layout:
    """What a machine that was switched off keeps of one."""
    layout = Layout.of(name)
    layout.logs.mkdir(parents=True)
    layout.lock.touch()
    (machine / "cgroup" / "cpu" / layout.cgroup / "kubepods").mkdir(parents=True)
    return layout


def test_one_is_up_as_long_as_somebody_holds_its_lock(make_up: MakeUp) -> None:
    layout = Layout.of("mine")
    assert not is_up(layout)
    layout.lock.touch()
    assert not is_up(layout)
    make_up("mine")
    assert is_up(layout)
    assert is_up(layout)  # to look does not take the lock away


def test_the_only_one_that_is_up_needs_no_name(make_up: MakeUp, machine: Path) -> None:
    left_behind(machine, "old")
    layout = make_up("mine")
    assert BareCluster.find() == BareCluster.find("mine") == BareCluster(layout, Path("/tools/kubectl"))
    assert BareCluster.find().kubeconfig == layout.kubeconfig


def test_of_several_one_has_to_be_named(make_up: MakeUp) -> None:
    make_up("two")
    make_up("one")
    with pytest.raises(UserError, match=r"^Several clusters are up \(one, two\); choose one with --cluster\.$"):
        BareCluster.find()
    assert BareCluster.find("two").layout.name == "two"


@pytest.mark.parametrize(("name", "which"), [(None, "No bare cluster is"), ("old", "No bare cluster named 'old' is")])
def test_one_that_was_left_behind_is_not_up(machine: Path, name: str | None, which: str) -> None:
    left_behind(machine, "old")
    with pytest.raises(NotRunning) as told:
        BareCluster.find(name)
    assert str(told.value) == f"{which} up; make one with `faces cluster up --on bare`."


@pytest.mark.usefixtures("able")
def test_one_that_is_up_is_not_made_again(make_up: MakeUp) -> None:
    layout = make_up("mine")
    with pytest.raises(UserError, match=r"^A cluster named 'mine' is up already; use it, or end it with"):
        up("mine", lambda _: None)
    assert layout.pid.exists()


@pytest.mark.usefixtures("able")
def test_one_that_could_not_be_finished_is_taken_down_and_what_was_said_is_kept(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_behind(machine, "mine")

    def start(layout: Layout, *_: object) -> None:
        assert not layout.folder.exists()  # the rest of the old one is gone
        (layout.folder / "pod-logs" / "web").mkdir(parents=True)
        (layout.folder / "pod-logs" / "web" / "0.log").write_text("I am a pod.")
        layout.logs.mkdir()
        (layout.logs / "kubelet.log").write_text("I am the kubelet.")
        raise PlatformFailed("The node could not be started.")

    monkeypatch.chdir(machine)
    monkeypatch.setattr(cluster, "_start", start)
    said: list[str] = []
    with pytest.raises(PlatformFailed, match="The node could not be started"):
        up("mine", said.append)
    assert said == ["The logs of its programs are in faces-mine-logs/."]
    assert (machine / "faces-mine-logs" / "kubelet.log").read_text() == "I am the kubelet."
    assert (machine / "faces-mine-logs" / "pods" / "web" / "0.log").read_text() == "I am a pod."
    assert clusters() == []
    assert list((machine / "clusters").iterdir()) == []


@pytest.mark.usefixtures("able")
def test_logs_go_into_a_new_folder_and_through_no_link_that_somebody_has_laid_there(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid, precious = machine / "faces-mine-logs", machine / "precious"
    laid.mkdir()
    precious.write_text("precious")
    (laid / "kubelet.log").symlink_to(precious)

    def start(layout: Layout, *_: object) -> None:
        layout.logs.mkdir(parents=True)
        (layout.logs / "kubelet.log").write_text("I am the kubelet.")
        raise PlatformFailed("The node could not be started.")

    monkeypatch.chdir(machine)
    monkeypatch.setattr(cluster, "_start", start)
    said: list[str] = []
    with pytest.raises(PlatformFailed):
        up("mine", said.append)
    assert said == ["The logs of its programs are in faces-mine-logs-2/."]
    assert precious.read_text() == "precious"
    assert (machine / "faces-mine-logs-2" / "kubelet.log").read_text() == "I am the kubelet."


def test_to_end_what_is_not_there_is_fine(machine: Path) -> None:
    down("nobody")
    assert list((machine / "clusters").iterdir()) == []


@needs_linux
def test_to_end_one_kills_its_init_and_leaves_nothing(machine: Path) -> None:
    layout = left_behind(machine, "mine")
    with layout.lock.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        init = subprocess.Popen(["sleep", "1000"], pass_fds=(lock.fileno(),))
    layout.pid.write_text(str(init.pid))
    assert is_up(layout)
    down("mine")
    assert init.wait() == -9
    assert list((machine / "clusters").iterdir()) == []
    assert list((machine / "cgroup" / "cpu").iterdir()) == []


def test_whoever_has_the_number_of_a_dead_init_is_left_alone(machine: Path) -> None:
    layout = left_behind(machine, "old")
    with subprocess.Popen(["sleep", "1000"]) as stranger:
        layout.pid.write_text(str(stranger.pid))
        down("old")
        assert stranger.poll() is None
        stranger.kill()
    assert not layout.folder.exists()


def test_the_last_one_puts_the_settings_of_the_machine_back(machine: Path) -> None:
    setting, memory = machine / "sys" / "kernel" / "panic", machine / "clusters" / "kernel.json"
    setting.parent.mkdir()
    setting.write_text("0\n")
    left_behind(machine, "one")
    left_behind(machine, "two")
    kernel.save(memory)
    setting.write_text("10\n")
    down("one")
    assert setting.read_text() == "10\n"
    down("two")
    assert setting.read_text() == "0"
    assert not memory.exists()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ('{"items": [{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}]}', None),
        ('{"items": [{"status": {"conditions": [{"type": "Ready", "status": "False"}]}}]}', "^The node exited: mount:"),
        ('{"items": []}', "^The node exited: mount: no"),
        ("", "^The node exited: mount: no"),
    ],
    ids=["ready", "not ready", "no node", "no answer"],
)
def test_it_is_waited_until_a_node_is_ready_or_has_ended(machine: Path, answer: str, sentence: str | None) -> None:
    kubectl = machine / "kubectl"
    kubectl.write_text(f"#!/bin/sh\necho '{answer}'\n[ -n '{answer}' ]\n")
    kubectl.chmod(0o755)
    layout = left_behind(machine, "mine")
    (layout.logs / "node.log").write_text("mount: no\n")
    with subprocess.Popen(["true"]) as ended:
        layout.pid.write_text(str(ended.pid))
    programs = Toolbox({"kubectl": kubectl}, {})
    if sentence is None:
        cluster._wait_until_ready(layout, programs)
        return
    with pytest.raises(PlatformFailed, match=sentence):
        cluster._wait_until_ready(layout, programs)
