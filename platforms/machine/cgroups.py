"""A cluster's branch of each control group hierarchy: the one thing that does not go away with its namespaces."""

import time
from pathlib import Path

from seam.errors import PlatformFailed

_ROOT = Path("/sys/fs/cgroup")
_LIMIT_S = 10.0
# A cluster's share of a busy machine; the default is 1024 in version 1 and 100 in version 2.
_WEIGHTS = {"cpu.shares": "4096", "cpu.weight": "400"}
# The group of Kubernetes' own processes, beside the kubelet's `kubepods`.
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
    """Move this process, and the children it will start, into the group beside the pods.

    In the root group, each of them would get as much CPU as all pods together, and starve them on a busy machine.
    """
    for hierarchy in _hierarchies():
        system = hierarchy / name / _SYSTEM
        if system.is_dir():
            (system / "cgroup.procs").write_text("0")


def remove(name: str) -> None:
    """Remove it, waiting for its processes to be gone: the kernel may still be cleaning up dead ones."""
    deadline = time.monotonic() + _LIMIT_S
    while left := [branch for hierarchy in _hierarchies() for branch in _below(hierarchy / name) if not _gone(branch)]:
        if time.monotonic() > deadline:
            raise PlatformFailed(f"The control group {left[-1]} could not be removed: it still has processes.")
        time.sleep(0.05)


def _hierarchies() -> list[Path]:
    """Version 2 has one tree; version 1 has one for each controller, and links to some of them."""
    if (_ROOT / "cgroup.controllers").exists():
        return [_ROOT]
    return [path for path in sorted(_ROOT.iterdir()) if path.is_dir() and not path.is_symlink()]


def _inherit_cpuset(branch: Path) -> None:
    """A new cpuset is empty, and nothing can run in an empty one."""
    for setting in ("cpuset.cpus", "cpuset.mems"):
        inherited, own = branch.parent / setting, branch / setting
        if inherited.exists() and own.exists() and not own.read_text().strip():
            own.write_text(inherited.read_text())


def _delegate(hierarchy: Path, branch: Path) -> None:
    """In version 2, each level has to pass the controllers on to the next."""
    for parent in (hierarchy, branch):
        offered, passed = parent / "cgroup.controllers", parent / "cgroup.subtree_control"
        if offered.exists():
            passed.write_text(" ".join(f"+{controller}" for controller in offered.read_text().split()))


def _below(branch: Path) -> list[Path]:
    """The deepest ones first: only an empty group can be removed."""
    return sorted((path for path in [branch, *branch.rglob("*")] if path.is_dir()), reverse=True)


def _gone(branch: Path) -> bool:
    try:
        branch.rmdir()
    except OSError:
        return not branch.exists()
    return True
