"""The supervisor launched by the command line, with next to nothing imported: the first face waits for it.

Everything here is the standard library's; the heavy imports of the command line, the supervisor and the nursery then
go on side by side.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from platforms.embedded.settings import RunFolder, Settings, claim
from seam.errors import PlatformFailed, UserError
from seam.provider import Ready

DOWN_LIMIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Launched:
    """A supervisor that is on its way up.

    It says on standard output, a JSON object a line, what it is doing ({"progress": sentence}; with "part": "ready" if
    that is ready), when it is there ({"ready": true}) or why not ({"error": sentence, "code": 2 for the
    person's mistakes, 1 for ours}).
    """

    folder: RunFolder
    process: subprocess.Popen[bytes]


def launch(settings: Settings, name: str | None = None) -> Launched:
    """Start the supervisor of a new run. Raises UserError when the name is taken."""
    folder, lock = claim(name)
    try:
        shutil.rmtree(folder.path, ignore_errors=True)
        folder.write(settings)
        with folder.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "platforms.embedded", str(folder.path)],
                stdin=subprocess.PIPE if settings.attached else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                # A Ctrl-C in the terminal is the command line's to answer.
                start_new_session=True,
                pass_fds=(lock,),
            )
    finally:
        os.close(lock)
    return Launched(folder, process)


async def wait_until_ready(launched: Launched, progress: Callable[[str], None]) -> None:
    """Return when the supervisor says that everybody is served. Raises what it says instead, once it has ended.

    `progress` is called with each sentence that it says on the way.
    """
    import asyncio  # noqa: PLC0415 - the supervisor is launched without it

    try:
        await _ready(launched, progress)
    except BaseException:
        launched.process.terminate()
        try:
            await asyncio.to_thread(launched.process.wait, DOWN_LIMIT_S)
        except subprocess.TimeoutExpired:
            launched.process.kill()
        hang_up(launched.process)
        raise


def hang_up(supervisor: subprocess.Popen[bytes]) -> None:
    """Not before its end: an attached one takes the end of its standard input as its own."""
    for pipe in (supervisor.stdin, supervisor.stdout):
        if pipe is not None:
            pipe.close()


async def _ready(launched: Launched, progress: Callable[[str], None]) -> None:
    import asyncio  # noqa: PLC0415

    output = launched.process.stdout
    assert output is not None
    while line := await asyncio.to_thread(output.readline):
        message = json.loads(line)
        if "ready" in message:
            return
        if "error" in message:
            raise (UserError if message["code"] == 2 else PlatformFailed)(message["error"])
        progress(Ready(message["progress"]) if message.get("part") == "ready" else message["progress"])
    log = launched.folder.log
    said = log.read_text(errors="replace")[-800:] if log.exists() else ""
    raise PlatformFailed(f"The platform ended before it was up. {said}".strip())
