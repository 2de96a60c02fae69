from pathlib import Path

import pytest

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
    return tmp_path
