"""A container's memory limit, as far as it can be held without root: looked at again and again, then SIGKILL.

What counts is what the process has for itself, its private pages. A replica is a fork of the nursery and shares some
40 MB with it and with its siblings; a control group would charge those to the nursery, which touched them first. So
RSS would count them once for each replica, and PSS would let a replica's share fall whenever another one starts: a
neighbour must not decide who is killed.

The kernel kills at the page that is too many, this at the next look: until then a process can grow beyond its limit
by what it takes in `PERIOD_S`. Pages that were swapped out do not count.
"""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

PERIOD_S = 0.25
_PRIVATE = re.compile(r"^Private_(?:Clean|Dirty|Hugetlb): +(\d+) kB$", re.MULTILINE)
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)


def private_bytes(smaps_rollup: str) -> int:
    """What /proc/PID/smaps_rollup says that the process has for itself."""
    return sum(map(int, _PRIVATE.findall(smaps_rollup))) * 1024


def resident_bytes(status: str) -> int:
    """What /proc/PID/status says that the process has in memory, shared pages too; 0 for one that has ended."""
    return sum(map(int, _RESIDENT.findall(status))) * 1024


def private_memory_beyond(limit: int, pid: int, proc: Path = Path("/proc")) -> int | None:
    """How many bytes the process has for itself, if that is more than `limit`.

    None also where nobody can tell: there is no /proc, or the process is gone.
    """
    try:
        # To count private pages takes milliseconds, as the kernel walks the page table; all pages are counted anyhow.
        if resident_bytes((proc / str(pid) / "status").read_text("ascii", "replace")) <= limit:
            return None
        private = private_bytes((proc / str(pid) / "smaps_rollup").read_text("ascii", "replace"))
    except OSError:
        return None
    return private if private > limit else None


async def until_beyond(limit: int | None, pid: Callable[[], int | None]) -> int:
    """Return what the process has for itself as soon as that is more than its limit; never, without a limit."""
    while True:
        await asyncio.sleep(PERIOD_S)
        if limit is not None and (running := pid()) is not None:
            beyond = private_memory_beyond(limit, running)
            if beyond is not None:
                return beyond
