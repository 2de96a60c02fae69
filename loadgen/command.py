"""What `python -m loadgen` does: check the command line and the address, say where the visitors go, become Locust.

Locust runs in this very process, so that whoever started it can signal it. Until Locust is up (a second or two of
imports) the two signals that stop a run are handled here; from then on `loadgen.locustfile` handles them.
"""

import argparse
import importlib.util
import runpy
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from os import chdir, environ
from pathlib import Path
from typing import Final, NoReturn, get_args

from loadgen.arguments import OneSentence, duration, header, out_file, port, rate, side, url
from loadgen.console import say_summary, standard_output
from loadgen.reaching import why_unreachable
from loadgen.settings import Settings
from loadgen.shapes import ShapeName
from loadgen.tally import Tally
from loadgen.wording import opening, page_of, summary_of

LOCUSTFILE: Final = Path(__file__).with_name("locustfile.py")
WEB_HOST: Final = "127.0.0.1"  # Locust's page can start load, and asks for no password
WEB_PORT: Final = 8089
_STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
EPILOG: Final = (
    "Exit code: 0 if at least one request was answered, well or badly; 1 if none was; 2 for a mistake in the command "
    "line, or if nobody accepts connections at the address."
)


@dataclass(frozen=True, slots=True)
class Order:
    """A checked command line; `web_port` None means without Locust's page."""

    settings: Settings
    web_port: int | None

    @property
    def web_page(self) -> str | None:
        return None if self.web_port is None else f"http://{WEB_HOST}:{self.web_port}/"


def make_parser() -> argparse.ArgumentParser:
    about = "Send simulated visitors to the page, until the duration is over or Ctrl-C."
    parser = OneSentence("python -m loadgen", description=about, epilog=EPILOG, allow_abbrev=False)
    add = parser.add_argument
    add("--url", type=url, required=True, help="address of the page, e.g. http://127.0.0.1:8080 (/faces/ may follow)")
    add("--rate", type=rate, required=True, help="requests per second; with a ramp or a burst, the most")
    add("--shape", choices=get_args(ShapeName), default="steady", help="how the load changes (default: steady)")
    add("--duration", type=duration, help="stop after this time, e.g. 60s or 5m (default: run until stopped)")
    add("--out", type=out_file, help="write one line of JSON per finished request to this file")
    add("--json", action="store_true", help="print the summary as JSON, and nothing else")
    add("--attached", action="store_true", help="for a parent process: print nothing, stop when standard input ends")
    add("--rows", type=side, default=4, help="rows of the grid (default: 4)")
    add("--cols", type=side, default=4, help="columns of the grid (default: 4)")
    add("--user-header", type=header, default="X-Faces-User", help="header with the visitor's name")
    add("--web", action="store_true", help="also serve Locust's own page, to this machine only")
    add("--web-port", type=port, help=f"port of Locust's page (default: {WEB_PORT}); needs --web")
    return parser


def parse(arguments: Sequence[str]) -> Order:
    parser = make_parser()
    given = parser.parse_args(arguments)
    if given.web_port is not None and not given.web:
        parser.error("argument --web-port: has no page to serve; add --web")
    if given.attached and given.json:
        parser.error("argument --json: attached visitors print nothing; leave out --json or --attached")
    web_port = (given.web_port or WEB_PORT) if given.web else None
    if web_port is not None and not is_free(web_port):
        parser.error(f"argument --web-port: {web_port} is taken on {WEB_HOST}; give another one")
    settings = Settings(
        url=given.url,
        rate=given.rate,
        shape=given.shape,
        duration_s=given.duration,
        out=given.out,
        rows=given.rows,
        cols=given.cols,
        user_header=given.user_header,
        attached=given.attached,
        as_json=given.json,
    )
    return Order(settings, web_port)


def is_free(web_port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((WEB_HOST, web_port))
        except OSError:
            return False
        return True


def locust_arguments(order: Order) -> list[str]:
    """The command line of Locust. Failed requests are findings: they set no exit code."""
    common = ["-f", str(LOCUSTFILE), "--host", order.settings.url, "--exit-code-on-error", "0", "--skip-log-setup"]
    if order.web_port is None:
        return [*common, "--headless", "--only-summary"]
    autoquit = [] if order.settings.duration_s is None else ["--autoquit", "0"]
    return [*common, "--autostart", *autoquit, "--web-host", WEB_HOST, "--web-port", str(order.web_port)]


def main() -> None:
    order = parse(sys.argv[1:])
    settings = order.settings
    if importlib.util.find_spec("locust") is None:
        _refuse("Visitors need Locust; install it with: pip install 'faces[platform]'")
    # An attached run's parent reads the log, where a refused connection is a finding like any other.
    if not settings.attached and (why := why_unreachable(settings.url)):
        _refuse(f"Nobody answers at {page_of(settings)} ({why}); start the app there, or give another address.")
    for number in _STOP_SIGNALS:
        signal.signal(number, lambda *_: _stop_before_the_first_request(settings))
    if not settings.attached and not settings.as_json:
        standard_output().line(opening(settings, order.web_page))
    _become_locust(order)


def _become_locust(order: Order) -> None:
    """Locust would also obey what the person has set for load tests of their own: in their folder, and in LOCUST_…"""
    chdir(LOCUSTFILE.parent)
    for name in [name for name in environ if name.startswith("LOCUST_")]:
        del environ[name]
    environ.update(order.settings.to_environment())
    sys.argv = ["locust", *locust_arguments(order)]
    runpy.run_module("locust", run_name="__main__")


def _stop_before_the_first_request(settings: Settings) -> NoReturn:
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(say_summary(summary_of(settings, 0.0, Tally())))


def _refuse(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(2)
