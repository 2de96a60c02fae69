"""What a cluster could leave behind on this machine."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_KERNEL = ("vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops")


def traces(*names: str) -> dict[str, object]:
    """Everything outside of namespaces that a cluster of one of these names could touch, to be compared."""
    return {
        "interfaces": sorted(path.name for path in Path("/sys/class/net").iterdir()),
        "mounts": sorted(line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()),
        "namespaces": _said("ip", "netns", "list"),
        "packet filters": _said("nft", "list", "tables"),
        "routes": _said("ip", "route", "show", "table", "all"),
        "kernel": [(Path("/proc/sys") / name).read_text() for name in _KERNEL],
        "kernel modules": Path("/lib/modules").exists(),
        **of_clusters(*names),
    }


def of_clusters(*names: str) -> dict[str, list[str]]:
    """What bears one of these names: nothing is left of them if all of it is empty."""
    return {
        "control groups": sorted(str(path) for name in names for path in _CGROUPS.glob(f"**/faces-{name}")),
        "files": sorted(path.name for name in names for path in Path("/var/lib/faces").glob(f"{name}*")),
        "processes": sorted(command for command in _commands(names)),
    }


def _commands(names: tuple[str, ...]) -> Iterator[str]:
    """The command lines of all processes but this one that have files of a cluster in them, or are in its group."""
    for folder in Path("/proc").glob("[0-9]*"):
        if folder.name != str(os.getpid()):
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                groups = (folder / "cgroup").read_text()
            except OSError:  # it ended meanwhile
                continue
            if any(f"/faces/{name}/" in command or f"/faces/{name}." in command for name in names) or any(
                f"/faces-{name}/" in groups for name in names
            ):
                yield command


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=False, text=True).stdout
