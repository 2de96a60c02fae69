"""The one process that a run consists of, seen from outside: `python -m platforms.embedded FOLDER`.

It ends on TERM, on INT, on `faces down`, and, when attached, when its standard input ends.
"""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import sys
from pathlib import Path

from aiohttp import web

from platforms.embedded.announcing import announce, announce_progress, give_up
from platforms.embedded.api import command_app, status_app
from platforms.embedded.head_start import HeadStart
from platforms.embedded.platform_run import PlatformRun
from platforms.embedded.settings import RunFolder, Settings
from seam.errors import PlatformError, PlatformFailed


def supervise(folder: RunFolder, settings: Settings, head_start: HeadStart) -> int:
    """Run until the run is taken down; returns the exit code."""
    _log_to_standard_error()
    try:
        asyncio.run(_supervise(folder, settings, head_start))
    except PlatformError as error:
        return give_up(folder, error)
    except Exception as error:
        logging.getLogger(__name__).exception("the supervisor failed")
        return give_up(folder, PlatformFailed(f"The platform failed: {error!r}; more is in {folder.log}."))
    shutil.rmtree(folder.path, ignore_errors=True)
    return 0


async def _supervise(folder: RunFolder, settings: Settings, head_start: HeadStart) -> None:
    down = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, down.set)
    if settings.attached:
        loop.add_reader(0, lambda: None if os.read(0, 1024) else _input_ended(loop, down))
    run = PlatformRun(folder, settings, head_start, announce_progress)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(run.stop)
        starting = asyncio.create_task(_start(run, folder, down, stack))
        ending = asyncio.create_task(down.wait())
        await asyncio.wait([starting, ending], return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            announce({"ready": True})
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


def _log_to_standard_error() -> None:
    """Which is the run's own log (see launch.py)."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("asyncio").setLevel(logging.WARNING)
