"""The supervisor's messages to its launcher (see launch.Launched), a JSON object a line on standard output."""

import contextlib
import json
import shutil
import sys
from collections.abc import Mapping
from typing import Any

from platforms.embedded.settings import RunFolder
from seam.errors import PlatformError, UserError
from seam.provider import Ready


def announce(message: Mapping[str, Any]) -> None:
    with contextlib.suppress(OSError):  # the launcher is gone; an attached run ends by its standard input
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def announce_progress(sentence: str) -> None:
    announce({"progress": sentence} | ({"part": "ready"} if isinstance(sentence, Ready) else {}))


def give_up(folder: RunFolder, error: PlatformError) -> int:
    """Announce why there will be no run; returns the exit code. A user's mistake leaves nothing, a failure its logs."""
    code = 2 if isinstance(error, UserError) else 1
    if code == 2:
        shutil.rmtree(folder.path, ignore_errors=True)
    announce({"error": str(error), "code": code})
    return code
