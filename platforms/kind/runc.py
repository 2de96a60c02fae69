"""runc, on a machine that does not grant every capability.

    python -IS runc.py RUNC'S ARGUMENTS

A privileged container asks for every capability that there is, and runc refuses to start what asks for one that it
cannot give. This takes those out of the container's description and then becomes runc. It runs alone, for each command
in each container, so it imports little and nothing of this project.
"""

import json
import os
import sys
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

# In the order of their numbers: https://github.com/torvalds/linux/blob/v6.12/include/uapi/linux/capability.h
_NAMES = (
    *("CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP"),
    *("LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER"),
    *("SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE"),
    *("SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP"),
    *("MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF"),
    "CHECKPOINT_RESTORE",
)


def missing(status: str) -> frozenset[str]:
    """The capabilities that a process cannot give, after its /proc/PID/status."""
    bounding = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapBnd:"))
    return frozenset(f"CAP_{name}" for number, name in enumerate(_NAMES) if not bounding >> number & 1)


def without(process: dict[str, Any], refused: Iterable[str]) -> None:
    """Take capabilities out of the description of a process, in place."""
    out = set(refused)
    for kind, names in process.get("capabilities", {}).items():
        process["capabilities"][kind] = [name for name in names if name not in out]


def described(arguments: list[str]) -> tuple[str, bool] | None:
    """The file that describes the process which is about to start, and whether it describes a container around it."""
    for option, following in pairwise(arguments):
        if option in ("--bundle", "-b"):
            return f"{following}/config.json", True
        if option in ("--process", "-p"):
            return following, False
    return None


def main() -> None:
    arguments = sys.argv[1:]
    file = described(arguments)
    if file is not None:
        name, container = file
        with open("/proc/self/status") as status:  # noqa: PTH123 - pathlib takes longer to import than all of this
            refused = missing(status.read())
        with open(name) as opened:  # noqa: PTH123
            description = json.load(opened)
        without(description["process"] if container else description, refused)
        with open(name, "w") as opened:  # noqa: PTH123
            json.dump(description, opened)
    os.execvp("runc", ["runc", *arguments])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
