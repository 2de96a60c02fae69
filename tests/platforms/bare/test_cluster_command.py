import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from faces.cli.main import main
from platforms.bare import cluster
from platforms.bare.cluster import BareCluster
from platforms.bare.layout import Layout

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def faces(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """(exit code, output, errors) of a command line, in this process."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["faces", *words])
        code: object = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        said = capsys.readouterr()
        return int(str(code or 0)), said.out, said.err

    return run


def folders(*names: str) -> list[Path]:
    made = [Layout.of(name).folder for name in names]
    for folder in made:
        (folder / "logs").mkdir(parents=True)
        (folder / "logs" / "kubelet.log").write_text("hello")
    return made


@pytest.mark.parametrize("others", [(), ("other",), ("one", "two")], ids=["none", "one", "two"])
def test_to_end_a_cluster_that_is_not_there_is_no_mistake(faces: Run, others: tuple[str, ...]) -> None:
    there = folders(*others)
    for name in ("nope", "../nope"):
        sentence = f"No cluster named {name!r} is up: there is nothing to end.\n"
        assert faces("cluster", "down", "--name", name) == (0, sentence, "")
    assert all(folder.is_dir() for folder in there)


def test_without_a_name_and_without_a_cluster_there_is_nothing_to_end(faces: Run) -> None:
    assert faces("cluster", "down") == (0, "No cluster is up: there is nothing to end.\n", "")


def test_the_only_one_that_is_there_is_ended_without_a_name_and_its_logs_are_kept(faces: Run, machine: Path) -> None:
    (folder,) = folders("mine")
    assert faces("cluster", "down", "--logs", str(machine / "kept")) == (0, "The cluster mine is down.\n", "")
    assert not folder.exists()
    assert (machine / "kept" / "kubelet.log").read_text() == "hello"


def test_of_several_one_has_to_be_named(faces: Run) -> None:
    there = folders("one", "two")
    sentence = "Several clusters are there (one, two); choose one with --name.\n"
    assert faces("cluster", "down") == (2, "", sentence)
    assert all(folder.is_dir() for folder in there)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Missing option '--on'. Choose from:"),
        (["--on", "moon"], "Invalid value for '--on': 'moon' is not one of 'bare', 'kind'."),
        (["--on", "bare", "--nmae", "x"], "No such option '--nmae'. (Did you mean"),
        (["--on", "bare", "extra"], "Got unexpected extra argument (extra)"),
    ],
    ids=["no platform", "unknown platform", "unknown option", "extra"],
)
def test_a_mistake_is_exit_code_2_and_one_sentence(faces: Run, words: list[str], sentence: str) -> None:
    code, said, errors = faces("cluster", "up", *words)
    assert (code, said) == (2, "")
    (told,) = [line for line in errors.splitlines() if line.startswith("Error: ")]
    assert told.startswith(f"Error: {sentence}")
    assert "Traceback" not in errors


def test_whom_the_machine_is_not_fit_for_is_told_in_one_sentence(faces: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    sentence = "The bare cluster needs root, because it makes namespaces and mounts: try again with sudo.\n"
    assert faces("cluster", "up", "--on", "bare") == (2, "", sentence)


def test_a_name_that_cannot_be_a_folder_is_refused_before_anything_starts(faces: Run, machine: Path) -> None:
    code, said, errors = faces("cluster", "up", "--on", "bare", "--name", "../up")
    assert (code, said) == (2, "")
    assert errors.startswith("'../up' cannot be a cluster's name;")
    assert list((machine / "clusters").iterdir()) == []


@pytest.mark.parametrize("words", [["--from", "registries"], ["--preload"]], ids=["an origin", "preload"])
def test_what_only_another_kind_can_choose_is_refused(faces: Run, words: list[str]) -> None:
    sentence = f"{words[0]} is for --on kind; leave it out with --on bare.\n"
    assert faces("cluster", "up", "--on", "bare", *words) == (2, "", sentence)


def test_whoever_may_not_look_is_told_to_ask_as_root(faces: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> list[Path]:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", refuse)
    sentence = "Only root can see the clusters of this machine: try again with sudo.\n"
    assert faces("cluster", "down", "--name", "nope") == (2, "", sentence)


@pytest.mark.parametrize("command", ["up", "down"])
def test_each_command_has_help_that_explains_every_option(faces: Run, command: str) -> None:
    for flag in ("--help", "-h"):
        code, said, errors = faces("cluster", command, flag)
        assert (code, errors) == (0, "")
        assert said.startswith(f"Usage: faces cluster {command} ")
        assert "--name" in said


@pytest.mark.parametrize("words", [[], ["--json"]], ids=["for people", "as JSON"])
def test_a_cluster_that_is_up_says_what_to_type_next(
    faces: Run, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    asked: list[str] = []

    def up(name: str, say: Callable[[str], None], extra: Iterable[str]) -> BareCluster:
        say("Kubernetes is starting...")
        asked.extend(extra)
        return BareCluster(Layout.of(name), Path("/tools/kubectl"))

    monkeypatch.setattr(cluster, "up", up)
    code, said, errors = faces("cluster", "up", "--on", "bare", "--with", "argocd", *words)
    assert (code, errors, asked) == (0, "", ["argocd"])
    kubeconfig = Layout.of("bare").kubeconfig
    if words:
        assert json.loads(said) == {"name": "bare", "kubeconfig": str(kubeconfig), "kubectl": "/tools/kubectl"}
    else:
        assert said.splitlines() == [
            "Kubernetes is starting...",
            "The cluster bare is up. For kubectl:",
            f"export KUBECONFIG={kubeconfig}",
            "Next: faces demo --on bare --cluster bare",
            "End it: faces cluster down --name bare",
        ]


def test_what_no_cluster_of_the_kind_can_have_on_top_is_refused_with_what_there_is(faces: Run) -> None:
    sentence = "A cluster of the kind bare cannot have 'flux' on top; there is argocd.\n"
    assert faces("cluster", "up", "--on", "bare", "--with", "argocd,flux") == (2, "", sentence)
