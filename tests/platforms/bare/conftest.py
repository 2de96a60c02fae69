import json
from pathlib import Path

import pytest

from platforms.bare import cluster
from platforms.bare.components import Component, components
from platforms.bare.layout import Layout
from platforms.install.toolbox import TOOLS, Toolbox
from platforms.machine import cgroups, kernel, places


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of this test's own: no test sees a cluster, a control group or a setting of the real one."""
    for module, constant, folder in (
        (places, "_CLUSTERS", "clusters"),
        (cgroups, "_ROOT", "cgroup"),
        (kernel, "_SYSTEM", "sys"),
    ):
        monkeypatch.setattr(module, constant, tmp_path / folder)
        (tmp_path / folder).mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def toolbox() -> Toolbox:
    """Programs that nobody runs."""
    return Toolbox({program: Path("/tools", program) for tool in TOOLS for program in tool.programs}, {})


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, toolbox: Toolbox) -> Layout:
    """The folder of a cluster that was written to the end, but whose node was never started."""
    made = Layout.of("test")
    monkeypatch.setattr(cluster, "find", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(cluster, "_spawn", lambda *_: None)
    made.lock.touch()
    with made.lock.open() as lock:
        cluster._start(made, toolbox, lock.fileno())
    return made


@pytest.fixture
def commands(written: Layout) -> tuple[Component, ...]:
    """The components as the node would start them."""
    return components(written, json.loads((written.config / "programs.json").read_text()))
