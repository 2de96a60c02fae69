"""An installed `faces` runs in anybody's folder: what lies there has nothing to do with it."""

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faces.cli.entry import PLATFORM_EXTRA

FACES = Path(sys.executable).with_name("faces")


def module_runs(file: Path) -> Iterator[tuple[int, list[str]]]:
    """(line, what follows) of every `sys.executable, ..., "-m", ...` in a source file."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.List | ast.Tuple):
            words = [ast.unparse(element) for element in node.elts]
            if "sys.executable" in words and "'-m'" in words:
                yield node.lineno, words


def test_modules_are_run_without_the_current_folder_on_their_path(root: Path, pyproject: dict[str, Any]) -> None:
    """`python -m` looks into the current folder first, where a `chaos.py` of the user's own may lie; -P does not."""
    rooms = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    found = [(file, *run) for room in rooms for file in (root / room).rglob("*.py") for run in module_runs(file)]
    assert found
    for file, line, words in found:
        at = words.index("sys.executable")
        assert words[at + 1 : at + 3] == ["'-P'", "'-m'"], f"{file}:{line}"


@pytest.mark.timeout(60)
def test_packages_in_the_current_folder_do_not_stand_in_for_ours(tmp_path: Path, pyproject: dict[str, Any]) -> None:
    for room in pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("raise SystemExit('this is not the one')")
    (tmp_path / "broken").mkdir()
    done = subprocess.run(
        [FACES, "up", "--manifests", "broken"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=50
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "broken" in done.stderr


def modules_of(distribution: str) -> set[str]:
    normal = re.sub(r"[-_.]+", "-", distribution).lower()
    return {
        module
        for module, owners in importlib.metadata.packages_distributions().items()
        if any(re.sub(r"[-_.]+", "-", owner).lower() == normal for owner in owners)
        and re.fullmatch(r"[a-z]\w*", module)
    }


def test_the_command_line_looks_for_everything_that_the_extra_brings(pyproject: dict[str, Any]) -> None:
    for requirement in pyproject["project"]["optional-dependencies"]["platform"]:
        (distribution,) = re.findall(r"^[\w.-]+", requirement)
        assert modules_of(distribution) & set(PLATFORM_EXTRA), f"entry.py does not look for {distribution}"


def test_the_command_line_looks_for_nothing_else(pyproject: dict[str, Any]) -> None:
    extra = pyproject["project"]["optional-dependencies"]["platform"]
    brought = set().union(*(modules_of(re.findall(r"^[\w.-]+", requirement)[0]) for requirement in extra))
    assert set(PLATFORM_EXTRA) <= brought


@pytest.mark.parametrize("missing", ["click", "yaml"])
def test_without_the_extra_one_sentence_says_what_to_install(missing: str) -> None:
    code = f"import sys; sys.modules['{missing}'] = None; from faces.cli.entry import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=15, env=dict(os.environ)
    )
    sentence = f"The command line needs more packages ({missing} is missing): run pip install 'faces[platform]'.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence)
