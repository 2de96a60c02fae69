"""How a command runs, whatever it does."""

import signal
from collections.abc import Coroutine
from typing import Any

from faces.cli import logs


def say(sentence: str) -> None:
    """Progress as a person reads it: a check mark before what is ready."""
    from seam.provider import Ready

    print(f"✓ {sentence}" if isinstance(sentence, Ready) else sentence, flush=True)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end; SIGTERM, SIGINT and SIGHUP cancel it, so that it can put everything away."""
    import asyncio

    logs.configure()

    async def with_signals() -> Any:
        task = asyncio.current_task()
        assert task is not None
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        return await work

    try:
        return asyncio.run(with_signals())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
