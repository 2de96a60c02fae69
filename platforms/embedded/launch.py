"""Processes started with next to nothing imported, because whoever waits for the first face waits for these.

Everything here is the standard library's; the heavy imports of the command line, the supervisor and the nursery then
go on side by side.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from platforms.embedded.settings import RunFolder, Settings, claim


@dataclass(frozen=True, slots=True)
class Launched:
    """A supervisor that is on its way up: what it says comes on its standard output (see supervisor.py)."""

    folder: RunFolder
    process: subprocess.Popen[bytes]


def launch(settings: Settings, name: str | None = None) -> Launched:
    """Start the supervisor of a new run. Raises UserError when the name is taken."""
    folder, lock = claim(name)
    try:
        shutil.rmtree(folder.path, ignore_errors=True)
        folder.write(settings)
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "platforms.embedded", str(folder.path)],
            stdin=subprocess.PIPE if settings.attached else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # A Ctrl-C in the terminal is the command line's to answer.
            start_new_session=True,
            pass_fds=(lock,),
        )
    finally:
        os.close(lock)
    return Launched(folder, process)


def start_nursery(logs: Path) -> subprocess.Popen[bytes]:
    """The parent of every other process of the run (see nursery.py)."""
    with (logs / "nursery.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "platforms.embedded.processes.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
