"""`python -m faces WORKLOAD`: one replica, configured by its environment. Importing this starts nothing."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from random import Random

from faces.config import WORKLOADS, Config, ConfigError, Workload
from faces.listening import ListenError
from faces.serving import serve

try:
    import uvloop

    new_event_loop: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
except ImportError:  # where it does not exist; asyncio's own loop does the same, slower
    new_event_loop = asyncio.new_event_loop

MISUSE = 2


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT. Exit codes: 0; 1 if a port is in use; 2 for a wrong argument or variable."""
    try:
        config = Config.from_environ(_workload(argv), os.environ)
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(_until_signalled(config))
    except ConfigError as error:
        return _complain(str(error), MISUSE)
    except ListenError as error:
        return _complain(f"{error}.", 1)
    return 0


def _workload(argv: Sequence[str]) -> Workload:
    for workload in WORKLOADS:
        if list(argv) == [workload]:
            return workload
    given = f"{argv[0]!r} is not a workload" if len(argv) == 1 else f"name one workload, not {len(argv)}"
    raise ConfigError(f"{given}; start one of {', '.join(WORKLOADS)}.")


def _complain(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


async def _until_signalled(config: Config) -> None:
    shutdown = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, shutdown.set)
    rng = Random(config.fault_seed)  # seeded by the system if there is no seed
    await serve(config, clock=time.monotonic, rng=rng, shutdown=shutdown)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
