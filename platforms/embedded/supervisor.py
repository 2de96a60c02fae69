"""The one process that a run consists of, seen from outside: `python -m platforms.embedded FOLDER`.

It says on standard output, a JSON object a line, what it is doing ({"progress": sentence}), when it is there
({"ready": view}) or why not ({"error": sentence, "code": 2 for the person's mistakes, 1 for ours}).
It ends on TERM, on INT, on `faces down`, and, when attached, when its standard input ends.
"""

import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, TextIO

from aiohttp import web

from platforms.embedded.api import command_app, status_app
from platforms.embedded.platform_run import PlatformRun
from platforms.embedded.processes.processes import Processes
from platforms.embedded.settings import RunFolder
from seam.errors import PlatformError, UserError
from seam.wire import platform_to_json


def main(folder: RunFolder, nursery: subprocess.Popen[bytes]) -> int:
    """Run until it is told to end; returns the exit code."""
    output = sys.stdout
    with (folder.logs / "supervisor.log").open("a", buffering=1) as log:
        sys.stderr = log
        _log_to(log)
        try:
            asyncio.run(_supervise(folder, nursery, output))
        except PlatformError as error:
            code = 2 if isinstance(error, UserError) else 1
            if code == 2:  # the sentence says it all, and nobody needs the logs
                shutil.rmtree(folder.path, ignore_errors=True)
            _say(output, {"error": str(error), "code": code})
            return code
        except Exception as error:
            logging.getLogger(__name__).exception("the supervisor failed")
            _say(output, {"error": f"The platform failed: {error!r}; more is in {log.name}.", "code": 1})
            return 1
    shutil.rmtree(folder.path, ignore_errors=True)
    return 0


async def _supervise(folder: RunFolder, nursery: subprocess.Popen[bytes], output: TextIO) -> None:
    settings, down = folder.read(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, down.set)
    if settings.attached:
        loop.add_reader(0, lambda: None if os.read(0, 1024) else _input_ended(loop, down))
    processes = Processes(folder.logs, nursery)
    run = PlatformRun(folder, settings, processes, lambda sentence: _say(output, {"progress": sentence}))
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(run.stop)
        starting = asyncio.create_task(_start(run, folder, down, stack))
        ending = asyncio.create_task(down.wait())
        await asyncio.wait([starting, ending], return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            _say(output, {"ready": platform_to_json(run.view())})
            await down.wait()
            folder.note_end()
        else:
            starting.cancel()
            await asyncio.wait([starting])


async def _start(run: PlatformRun, folder: RunFolder, down: asyncio.Event, stack: contextlib.AsyncExitStack) -> None:
    await _serve(status_app(run, run.status_port), stack, port=run.status_port)
    await run.start()
    await _serve(command_app(run, down), stack, socket=folder.socket)


async def _serve(
    app: web.Application,
    stack: contextlib.AsyncExitStack,
    port: int | None = None,
    socket: Path | None = None,
) -> None:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    if socket is not None:
        await web.UnixSite(runner, str(socket)).start()
        socket.chmod(0o600)  # its folder is private already
    else:
        await web.TCPSite(runner, "127.0.0.1", port).start()


def _input_ended(loop: asyncio.AbstractEventLoop, down: asyncio.Event) -> None:
    loop.remove_reader(0)
    down.set()


def _say(output: TextIO, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # whoever listened is gone: that is handled elsewhere
        output.write(json.dumps(message) + "\n")
        output.flush()


def _log_to(log: TextIO) -> None:
    logging.basicConfig(stream=log, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("asyncio").setLevel(logging.WARNING)
