"""What CI runs is what people are told to run: .ci/run, the workflow, the hooks and the documents agree."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

Workflow = dict[str, Any]


@pytest.fixture(scope="module")
def gates(root: Path) -> list[str]:
    """The commands of .ci/run."""
    return [line for line in (root / ".ci" / "run").read_text().splitlines() if line.startswith("make ")]


@pytest.fixture(scope="module")
def workflow(root: Path) -> Workflow:
    read: Workflow = yaml.safe_load((root / ".github" / "workflows" / "ci.yml").read_text())
    return read


@pytest.fixture(scope="module")
def recipes(root: Path) -> dict[str, list[str]]:
    """{target: its commands} of the Makefile."""
    found: dict[str, list[str]] = {}
    commands: list[str] = []
    for line in (root / "Makefile").read_text().splitlines():
        if line.startswith("\t"):
            commands.append(line.strip())
        elif target := re.match(r"([a-z0-9-]+):(?!=)", line):
            commands = found[target.group(1)] = []
    return found


def test_ci_calls_nothing_but_targets_of_the_makefile(
    root: Path, gates: list[str], recipes: dict[str, list[str]]
) -> None:
    lines = (root / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if not line.startswith(("#", "set ", "cd "))] == gates
    assert {gate.split()[1] for gate in gates} <= set(recipes)


def test_the_readme_names_every_gate(root: Path, gates: list[str]) -> None:
    readme = (root / "README.md").read_text()
    assert [gate for gate in gates if f"`{gate}`" not in readme and f"\n{gate} " not in readme] == []


def test_contributing_has_a_section_for_every_gate_in_their_order(root: Path, gates: list[str]) -> None:
    text = (root / "CONTRIBUTING.md").read_text()
    sections = re.findall(r"^## `(.*)`\n\n\*\*Checks\*\* (?:.+\n)+\n\*\*How to mend it\*\*$", text, re.MULTILINE)
    assert sections == gates


def test_the_workflow_runs_every_gate_with_a_time_limit(gates: list[str], workflow: Workflow) -> None:
    entries = workflow["jobs"]["gate"]["strategy"]["matrix"]["include"]
    assert [entry["gate"] for entry in entries] == gates
    assert all(5 <= entry["minutes"] <= 120 for entry in entries)
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


@pytest.mark.parametrize("name", ["ci", "e2e"])
def test_a_workflow_takes_actions_by_their_commit_and_may_only_read(root: Path, name: str) -> None:
    workflow: Workflow = yaml.safe_load((root / ".github" / "workflows" / f"{name}.yml").read_text())
    used = [step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action) for action in used)
    assert workflow["permissions"] == {"contents": "read"}
    assert all(5 <= job["timeout-minutes"] <= 120 for job in workflow["jobs"].values() if name == "e2e")


def test_what_runs_with_docker_and_the_internet_are_targets_of_the_makefile(
    root: Path, recipes: dict[str, list[str]]
) -> None:
    text = (root / ".github" / "workflows" / "e2e.yml").read_text()
    targets = set(re.findall(r"make ([a-z0-9-]+)", text))
    assert {"lint", "test", "kind-shown", "image"} == targets <= set(recipes)


def test_a_hook_runs_before_a_commit_for_each_command_of_make_lint(root: Path, recipes: dict[str, list[str]]) -> None:
    (repository,) = yaml.safe_load((root / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    hooks = {hook["entry"].removesuffix(" --force-exclude") for hook in repository["hooks"]}
    assert hooks == {command.replace("$(BIN)", ".venv/bin").removesuffix(" .") for command in recipes["lint"]}


def test_pre_commit_takes_its_configuration(root: Path) -> None:
    command = [Path(sys.executable).with_name("pre-commit"), "validate-config"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=15)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_help_lists_every_target_that_says_what_it_does(root: Path) -> None:
    said = subprocess.run(["make", "help"], cwd=root, capture_output=True, text=True, check=True, timeout=15).stdout
    described = re.findall(r"^([a-z0-9-]+):.*## ", (root / "Makefile").read_text(), re.MULTILINE)
    assert re.findall(r"^  make ([a-z0-9-]+) ", said, re.MULTILINE) == described
    assert "wheel-smoke" in described


def test_uv_gets_the_certificates_of_the_system_in_every_target(root: Path, tmp_path: Path) -> None:
    (tmp_path / "shown.mk").write_text("shown: ; @printenv UV_SYSTEM_CERTS\n")
    command = ["make", "--silent", "-f", "Makefile", "-f", tmp_path / "shown.mk", "shown"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=15)
    assert done.stdout == "true\n"


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-uv.txt", "platforms/install/requirements-app.txt"])
def test_locks_hold_a_hash_for_each_pin_and_no_address(root: Path, lock: str) -> None:
    text = (root / lock).read_text()
    pins = re.findall(r"^[a-z0-9].*==.*$", text, re.MULTILINE)
    assert pins
    assert all(pin.endswith("\\") for pin in pins), "a pin is followed by its hashes"
    assert "://" not in text


def test_the_app_is_locked_to_the_same_versions_as_everything_else(root: Path) -> None:
    def pinned(lock: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9][^ ]*==[^ ;]*", (root / lock).read_text(), re.MULTILINE))

    app = pinned("platforms/install/requirements-app.txt")
    assert app
    assert app <= pinned("requirements.txt")
