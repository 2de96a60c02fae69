"""Orders for the nursery. Nothing heavy is imported here: the first orders come before everything else."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Program:
    """Envoy, or Prometheus. `started`: the id under which the nursery has been ordered to start it already."""

    name: str
    command: tuple[str, ...]
    started: str | None = None


def spawn_order(
    child: str, run: Literal["app", "program"], argv: Sequence[str], env: Mapping[str, str], log: Path
) -> dict[str, Any]:
    """See nursery.py; `child` is the id under which it speaks of the process."""
    return {"do": "spawn", "id": child, "run": run, "argv": list(argv), "env": dict(env), "log": str(log)}


def first_order(program: Program, logs: Path) -> dict[str, Any]:
    assert program.started is not None
    return spawn_order(program.started, "program", program.command, os.environ, logs / f"{program.name}.log")


def start_nursery(logs: Path, first: Iterable[Mapping[str, Any]] = ()) -> subprocess.Popen[bytes]:
    """The parent of every other process of the run (see nursery.py). `first` are the orders that it obeys at once; then
    it loads the app, which takes it most of a second.
    """
    with (logs / "nursery.log").open("ab") as log:
        nursery = subprocess.Popen(
            [sys.executable, "-P", "-m", "platforms.embedded.processes.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    assert nursery.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # Processes notices that it is gone
        nursery.stdin.write(b"".join(json.dumps(order).encode() + b"\n" for order in (*first, {"do": "load"})))
        nursery.stdin.flush()
    return nursery
