from pathlib import Path

import pytest

from platforms.install.toolbox import TOOLS, Toolbox
from platforms.kind.layout import Layout
from platforms.machine import cgroups, kernel, places


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of this test's own: no test sees a cluster, a control group, a setting or the cache of the real one."""
    for module, constant, folder in (
        (places, "_CLUSTERS", "clusters"),
        (cgroups, "_ROOT", "cgroup"),
        (kernel, "_SYSTEM", "sys"),
    ):
        monkeypatch.setattr(module, constant, tmp_path / folder)
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(Layout, "root", staticmethod(lambda: tmp_path / "clusters"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def toolbox(machine: Path) -> Toolbox:
    """Programs that say their names."""
    names = [program for tool in TOOLS for program in tool.programs] + ["kubeadm", "kind"]
    folder = machine / "tools"
    folder.mkdir()
    for name in names:
        (folder / name).write_text(f"I am {name}.")
    return Toolbox({name: folder / name for name in names}, {})
