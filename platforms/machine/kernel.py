"""Settings of the whole machine that a kubelet changes when it starts: saved before, restored afterwards."""

import json
from pathlib import Path

_SYSTEM = Path("/proc/sys")
_CHANGED = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)


def save(file: Path) -> None:
    """The first cluster of a machine saves them: a second one would see what the first has changed."""
    if not file.exists():
        present = {name: (_SYSTEM / name).read_text().strip() for name in _CHANGED if (_SYSTEM / name).exists()}
        file.write_text(json.dumps(present))


def restore(file: Path) -> None:
    """The last cluster that ends restores them."""
    if file.exists():
        for name, value in json.loads(file.read_text()).items():
            if (_SYSTEM / name).read_text().strip() != value:
                (_SYSTEM / name).write_text(value)
        file.unlink()
