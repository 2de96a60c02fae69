import json
from pathlib import Path

import pytest

from platforms.machine import kernel

BEFORE = {"vm/overcommit_memory": "0", "kernel/panic": "0", "kernel/keys/root_maxkeys": "200"}
KUBELETS = {"vm/overcommit_memory": "1", "kernel/panic": "10", "kernel/keys/root_maxkeys": "1000000"}


@pytest.fixture
def system(machine: Path) -> Path:
    """/proc/sys of a machine that lacks some of the settings."""
    write(machine / "sys", BEFORE)
    return machine / "sys"


@pytest.fixture
def memory(machine: Path) -> Path:
    return machine / "kernel.json"


def write(system: Path, settings: dict[str, str]) -> None:
    for name, value in settings.items():
        (system / name).parent.mkdir(parents=True, exist_ok=True)
        (system / name).write_text(f"{value}\n")


def read(system: Path) -> dict[str, str]:
    return {str(path.relative_to(system)): path.read_text().strip() for path in system.rglob("*") if path.is_file()}


def test_what_a_kubelet_changes_is_restored(system: Path, memory: Path) -> None:
    kernel.save(memory)
    write(system, KUBELETS)
    kernel.restore(memory)
    assert read(system) == BEFORE
    assert not memory.exists()


def test_the_second_cluster_does_not_remember_what_the_first_has_changed(system: Path, memory: Path) -> None:
    kernel.save(memory)
    write(system, KUBELETS)
    kernel.save(memory)
    assert json.loads(memory.read_text()) == BEFORE


def test_a_setting_that_is_as_it_was_is_not_written(
    system: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel.save(memory)
    write(system, {"kernel/panic": "10"})
    touched: list[str] = []
    monkeypatch.setattr(Path, "write_text", lambda path, value: touched.append(f"{path.relative_to(system)}={value}"))
    kernel.restore(memory)
    assert touched == ["kernel/panic=0"]


def test_where_nothing_was_saved_nothing_is_restored(system: Path, memory: Path) -> None:
    kernel.restore(memory)
    assert read(system) == BEFORE
