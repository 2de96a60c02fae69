"""The one thing of a cluster that no namespace takes away: its branch of each control group hierarchy."""

import time
from pathlib import Path

from seam.errors import PlatformFailed

_ROOT = Path("/sys/fs/cgroup")
_LIMIT_S = 10.0
# A cluster's share of a busy machine, where one that asks for nothing has 1024 in version 1, 100 in version 2.
_WEIGHTS = {"cpu.shares": "4096", "cpu.weight": "400"}
# What Kubernetes itself runs in, beside the kubelet's `kubepods`.
_SYSTEM = "system"


def make(name: str) -> None:
    for hierarchy in _hierarchies():
        branch = hierarchy / name
        branch.mkdir(exist_ok=True)
        _inherit_cpuset(branch)
        _delegate(hierarchy, branch)
        weighed = [setting for setting in _WEIGHTS if (branch / setting).exists()]
        for setting in weighed:
            (branch / setting).write_text(_WEIGHTS[setting])
        if weighed:
            (branch / _SYSTEM).mkdir(exist_ok=True)
            _inherit_cpuset(branch / _SYSTEM)


def join(name: str) -> None:
    """Move this process, and the children it will have, beside the pods.

    At the root each process would count as much as all the pods together, and starve them when the machine is busy.
    """
    for hierarchy in _hierarchies():
        system = hierarchy / name / _SYSTEM
        if system.is_dir():
            (system / "cgroup.procs").write_text("0")


def remove(name: str) -> None:
    """When its processes are dead, which the kernel may still be burying."""
    deadline = time.monotonic() + _LIMIT_S
    while left := [branch for hierarchy in _hierarchies() for branch in _below(hierarchy / name) if not _gone(branch)]:
        if time.monotonic() > deadline:
            raise PlatformFailed(f"The control group {left[-1]} could not be removed: it still has processes.")
        time.sleep(0.05)


def _hierarchies() -> list[Path]:
    """Of version 2 the one tree; of version 1 a tree per controller, some of them links to others."""
    if (_ROOT / "cgroup.controllers").exists():
        return [_ROOT]
    return [path for path in sorted(_ROOT.iterdir()) if path.is_dir() and not path.is_symlink()]


def _inherit_cpuset(branch: Path) -> None:
    """A cpuset is born empty, and nothing runs in an empty one."""
    for setting in ("cpuset.cpus", "cpuset.mems"):
        inherited, own = branch.parent / setting, branch / setting
        if inherited.exists() and own.exists() and not own.read_text().strip():
            own.write_text(inherited.read_text())


def _delegate(hierarchy: Path, branch: Path) -> None:
    """In version 2 a controller is passed down level by level."""
    for parent in (hierarchy, branch):
        offered, passed = parent / "cgroup.controllers", parent / "cgroup.subtree_control"
        if offered.exists():
            passed.write_text(" ".join(f"+{controller}" for controller in offered.read_text().split()))


def _below(branch: Path) -> list[Path]:
    """The deepest first: only an empty one can be removed."""
    return sorted((path for path in [branch, *branch.rglob("*")] if path.is_dir()), reverse=True)


def _gone(branch: Path) -> bool:
    try:
        branch.rmdir()
    except OSError:
        return not branch.exists()
    return True
