"""The file that Locust loads: the visitors and the shape, bound to the settings of this run, and how a run ends.

Started by `python -m loadgen`, which sets the environment variable that is read here.
"""

import os
import signal
import sys
import time
from typing import Any

import flask
import gevent
from locust import events
from locust.env import Environment
from locust.web import WebUI

from loadgen.console import say_summary, standard_output
from loadgen.guarding import is_welcome
from loadgen.numbering import Numbers
from loadgen.recorder import Recorder
from loadgen.samples import SampleWriter
from loadgen.settings import from_environment
from loadgen.tally import Tally
from loadgen.visitor import Traffic, Visitor
from loadgen.wording import live_line, summary_of

try:
    run_settings = from_environment(os.environ)
except ValueError as problem:
    print(problem, file=sys.stderr)
    raise SystemExit(2) from None

sample_log = None if run_settings.out is None else SampleWriter(open(run_settings.out, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
tally = Tally()


class FacesVisitor(Visitor):
    settings = run_settings
    recorder = Recorder(tally, sample_log)
    numbers = Numbers()


class FacesTraffic(Traffic):
    settings = run_settings


class Run:
    """The run from the moment Locust is up. It ends once: on a signal, with its parent, or when its time is over."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._exit_code: int | None = None

    def end(self) -> int:
        """Record nothing more and print the summary, the first time; return the exit code."""
        if self._exit_code is None:
            FacesVisitor.recorder.close()
            self._exit_code = say_summary(summary_of(run_settings, self._elapsed_s(), tally))
        return self._exit_code

    def stop(self) -> None:
        """End at once. gevent raises SystemExit in Locust's main greenlet: `finally` clauses and exit hooks run."""
        if self._exit_code is None:
            raise SystemExit(self.end())

    def show_progress(self) -> None:
        console, shown_s = standard_output(), 0.0
        while not console.closed:
            gevent.sleep(console.interval_s)
            if self._exit_code is not None:
                return
            now_s = self._elapsed_s()
            console.live(live_line(now_s, tally.total(), now_s - shown_s, tally.since_last_call()))
            shown_s = now_s
        self.stop()  # nobody reads what is printed any more

    def _elapsed_s(self) -> float:
        return time.monotonic() - self._began


def stop_with_the_parent() -> None:
    """Standard input ends when whoever started this is gone, however that happened."""
    hub = gevent.get_hub()
    hub.wait(hub.loop.io(0, 1))
    os.kill(os.getpid(), signal.SIGTERM)


def guard(web_ui: WebUI) -> None:
    def refuse_other_pages() -> tuple[str, int] | None:
        if is_welcome(dict(flask.request.headers), web_ui.port):
            return None
        return f"Only the page at http://{web_ui.host}:{web_ui.port}/ itself may ask this.\n", 403

    assert web_ui.app is not None
    web_ui.app.before_request(refuse_other_pages)


def begin(web_ui: WebUI | None, **_: Any) -> None:
    """Locust's own handler for SIGTERM comes only after a shape has ended, and one SIGINT never ends its page."""
    run = Run()
    gevent.signal_handler(signal.SIGTERM, run.stop)
    gevent.signal_handler(signal.SIGINT, run.stop)

    def end_with_locust(environment: Environment, **_: Any) -> None:
        environment.process_exit_code = run.end()

    events.quitting.add_listener(end_with_locust)  # type: ignore[no-untyped-call]
    if web_ui is not None:
        guard(web_ui)
    if run_settings.attached:
        gevent.spawn(stop_with_the_parent)
    elif not run_settings.as_json:
        gevent.spawn(run.show_progress)


events.init.add_listener(begin)  # type: ignore[no-untyped-call]
