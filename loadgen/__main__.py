"""`python -m loadgen`: check what was asked, then become Locust.

Locust runs in this very process, so whoever started it can signal it. Until Locust is up (a second or two
of imports) the two signals that stop a run are answered here.
"""

import argparse
import importlib.util
import runpy
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from os import environ
from pathlib import Path
from typing import Final, get_args

from loadgen.arguments import OneSentence, duration, header, out_file, port, rate, side, url
from loadgen.settings import Settings
from loadgen.shapes import ShapeName

LOCUSTFILE: Final = Path(__file__).with_name("locustfile.py")
WEB_HOST: Final = "127.0.0.1"  # Locust's page can start load, and knows no password
WEB_PORT: Final = 8089


@dataclass(frozen=True, slots=True)
class Order:
    """A checked command line; `web_port` None means headless."""

    settings: Settings
    web_port: int | None


def make_parser() -> argparse.ArgumentParser:
    parser = OneSentence("python -m loadgen", description="Visitors of the page.", allow_abbrev=False)
    add = parser.add_argument
    add("--url", type=url, required=True, help="address of the gui, e.g. http://127.0.0.1:8080")
    add("--rate", type=rate, required=True, help="requests per second; the top of a ramp or a burst")
    add("--shape", choices=get_args(ShapeName), default="steady", help="how the number of visitors changes")
    add("--duration", type=duration, help="stop after this time, e.g. 60s or 5m (default: when told to)")
    add("--out", type=out_file, help="write one line of JSON per finished request to this file")
    add("--attached", action="store_true", help="stop when standard input ends, so as not to outlive the parent")
    add("--rows", type=side, default=4, help="rows of the grid (default: 4)")
    add("--cols", type=side, default=4, help="columns of the grid (default: 4)")
    add("--user-header", type=header, default="X-Faces-User", help="header that names the visitor")
    add("--web", action="store_true", help="serve Locust's own page, on this machine only")
    add("--web-port", type=port, help=f"port of Locust's page (default: {WEB_PORT}); needs --web")
    return parser


def parse(arguments: Sequence[str]) -> Order:
    parser = make_parser()
    given = parser.parse_args(arguments)
    if given.web_port is not None and not given.web:
        parser.error("argument --web-port: has no page to serve; add --web")
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
    common = ["-f", str(LOCUSTFILE), "--host", order.settings.url, "--exit-code-on-error", "0"]
    if order.web_port is None:
        return [*common, "--headless", "--only-summary", "--skip-log-setup"]
    autoquit = [] if order.settings.duration_s is None else ["--autoquit", "0"]
    return [*common, "--autostart", *autoquit, "--web-host", WEB_HOST, "--web-port", str(order.web_port)]


def main() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    order = parse(sys.argv[1:])
    if importlib.util.find_spec("locust") is None:
        print("Visitors need Locust; install it with: pip install 'faces[platform]'", file=sys.stderr)
        sys.exit(2)
    environ.update(order.settings.to_environment())
    sys.argv = ["locust", *locust_arguments(order)]
    runpy.run_module("locust", run_name="__main__")


if __name__ == "__main__":
    main()
