"""What Locust loads: the visitors and the shape, bound to the settings of this run.

Started by `python -m loadgen`, which sets the environment variable that is read here.
"""

import os
import signal
import sys
from typing import Any, NoReturn

import gevent
from locust import events

from loadgen.numbering import Numbers
from loadgen.samples import SampleWriter
from loadgen.settings import from_environment
from loadgen.visitor import Traffic, Visitor

try:
    run_settings = from_environment(os.environ)
except ValueError as problem:
    print(problem, file=sys.stderr)
    raise SystemExit(2) from None

sample_log = None if run_settings.out is None else SampleWriter(open(run_settings.out, "w", encoding="utf-8"))  # noqa: SIM115, PTH123


class FacesVisitor(Visitor):
    settings = run_settings
    log = sample_log
    numbers = Numbers()


class FacesTraffic(Traffic):
    settings = run_settings


def leave() -> NoReturn:
    """Through gevent this reaches Locust's main greenlet: all `finally` clauses and exit hooks run."""
    raise SystemExit(0)


def leave_with_the_parent() -> None:
    """Standard input ends when whoever started this is gone, however it went."""
    hub = gevent.get_hub()
    hub.wait(hub.loop.io(0, 1))
    os.kill(os.getpid(), signal.SIGTERM)


def stop_when_told(**_: Any) -> None:
    """Locust's own handler for SIGTERM comes only after a shape has ended; one SIGINT never ends its page."""
    gevent.signal_handler(signal.SIGTERM, leave)
    gevent.signal_handler(signal.SIGINT, leave)
    if run_settings.attached:
        gevent.spawn(leave_with_the_parent)


events.init.add_listener(stop_when_told)  # type: ignore[no-untyped-call]
