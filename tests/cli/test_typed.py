import os
from pathlib import Path

import pytest

from faces.cli.place import Place
from faces.cli.typed import _by_sudo, aimed, command_line, pasteable, program
from seam.provider import Options

SHOP = Place("cluster", Options(name="shop"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a `.venv/bin/faces`, in which one stands."""
    command = tmp_path / ".venv" / "bin" / "faces"
    command.parent.mkdir(parents=True)
    command.touch(0o755)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_path_finds_is_called_by_its_name(here: Path) -> None:
    folder = str(here / ".venv" / "bin")
    for called in ("faces", ".venv/bin/faces", f"{folder}/faces"):
        assert program(called, f"/nowhere:{folder}") == "faces"


@pytest.mark.parametrize("called", [".venv/bin/faces", "./.venv/bin/faces", "{here}/.venv/bin/faces"])
def test_what_path_does_not_find_is_called_as_it_was(here: Path, called: str) -> None:
    called = called.format(here=here)
    assert program(called, "/nowhere") == called
    assert program(called, "") == called


def test_another_faces_on_path_is_not_this_one(here: Path) -> None:
    other = here / "other" / "faces"
    other.parent.mkdir()
    other.touch(0o755)
    assert program(".venv/bin/faces", str(other.parent)) == ".venv/bin/faces"


def test_a_program_of_another_name_that_imports_this_one_is_not_what_one_types() -> None:
    assert program("/usr/bin/pytest", "") == "faces"


def test_a_path_with_a_space_is_quoted() -> None:
    assert program("my tools/faces", "") == "'my tools/faces'"


def test_the_options_of_the_run_follow_the_verb() -> None:
    assert command_line("promote smiley --full", SHOP, "faces", "") == (
        "faces promote smiley --full --on cluster --name shop"
    )
    assert command_line("promote smiley", Place(), "faces", "") == "faces promote smiley"
    assert command_line("faults", None, "faces", "", sudo=True) == "sudo faces faults"


def test_a_run_is_named_though_nobody_gave_its_name() -> None:
    assert command_line("down", aimed(Place(), "demo-2"), "faces", "") == "faces down --name demo-2"


def test_the_commands_in_a_sentence_can_be_pasted() -> None:
    sentence = "Decide with `faces promote smiley` or `faces abort smiley`, not `kubectl`."
    assert pasteable(sentence, SHOP, "./faces", "") == (
        "Decide with `./faces promote smiley --on cluster --name shop` or "
        "`./faces abort smiley --on cluster --name shop`, not `kubectl`."
    )


def test_a_command_that_says_where_it_goes_keeps_its_options() -> None:
    sentence = "No run is up in namespace x; start one with `faces up --on cluster --name x`."
    assert pasteable(sentence, SHOP, "./faces", "") == sentence.replace("`faces", "`./faces")


@pytest.mark.parametrize(
    ("user", "command", "sudo"),
    [
        (0, "/home/ann/faces/.venv/bin/faces demo --on bare", True),
        (0, "/usr/bin/make demo", True),
        (0, "/bin/bash", False),
        (0, "", False),
        (1000, "/home/ann/faces/.venv/bin/faces status", False),
    ],
)
def test_who_came_by_sudo_needs_it_again(
    monkeypatch: pytest.MonkeyPatch, user: int, command: str, *, sudo: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert _by_sudo({"SUDO_COMMAND": command} if command else {}) is sudo
