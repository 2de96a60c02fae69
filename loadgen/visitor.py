"""A visitor as a Locust user: a browser with the page open.

Three choices differ from what Locust's client does by itself:

* Six greenlets per visitor, as a browser opens six connections to a host. A tile that is due while all six are busy
  waits until one is free, and the tiles after it are delayed with it.
* One try per request. When a connection is closed without an answer, geventhttpclient sends a GET again, as often as
  the pool is large; that would hide from the report the very fault that a bad release causes.
* One time limit for the whole request. Locust's network timeout starts anew with each byte that arrives.
"""

import time
from typing import Any, ClassVar, Final

import gevent
from gevent.pool import Pool
from geventhttpclient.client import HTTPClient, HTTPClientPool
from geventhttpclient.url import URL
from locust import FastHttpUser, LoadTestShape, task
from locust.env import Environment

from loadgen.grid import PAGE_PATH, first_due, next_due, tiles
from loadgen.judging import Answer, Verdict, judge, shorten
from loadgen.numbering import Numbers
from loadgen.recorder import Recorder
from loadgen.samples import Kind, Sample
from loadgen.settings import Settings
from loadgen.shapes import spawn_rate, users_at

SLOTS: Final = 6
EVERY_STATUS: Final = frozenset(range(1000))
RELOAD_S: Final = 2.0
"""How long a person looks at a page that did not load before loading it again."""


class OneTryPool(HTTPClientPool):
    """Connections that are kept alive, and requests that are sent once."""

    def get_client(self, url: str | URL) -> HTTPClient:
        client = super().get_client(url)
        # `HTTPClient.request` tries again size + 1 times, with no switch; the semaphore keeps the real size.
        client._connection_pool.size = -1  # noqa: SLF001
        return client


class Visitor(FastHttpUser):
    """Loads the page, then paints the grid over and over. Subclasses bind the settings and the recorder."""

    abstract = True
    settings: ClassVar[Settings]
    recorder: ClassVar[Recorder]
    numbers: ClassVar[Numbers]

    def __init__(self, environment: Environment) -> None:
        limit = self.settings.timeout_s
        self.connections = OneTryPool(concurrency=SLOTS, connection_timeout=limit, network_timeout=limit)
        self.client_pool = self.connections
        super().__init__(environment)
        # Judging is done here: the client would fail on the words of an error page that is not UTF-8.
        self.client.client.valid_response_codes = EVERY_STATUS  # type: ignore[misc]
        self.slots = Pool(SLOTS)
        self.number = 0
        self.due = 0.0

    @property
    def name(self) -> str:
        return f"visitor-{self.number}"

    def on_start(self) -> None:
        self.number = self.numbers.take()
        while not self.visit("page", PAGE_PATH, PAGE_PATH):
            gevent.sleep(RELOAD_S)
        self.due = first_due(self.number, time.monotonic(), self.settings.tile_interval_s)

    def on_stop(self) -> None:
        """Let requests in flight finish: one that is cut off looks like a failure to the data plane."""
        gevent.spawn(self._leave)

    def _leave(self) -> None:
        self.slots.join()
        self.connections.close()
        self.numbers.give_back(self.number)

    @task
    def paint(self) -> None:
        for tile in tiles(self.settings.rows, self.settings.cols):
            gevent.sleep(max(0.0, self.due - time.monotonic()))
            self.slots.spawn(self.visit, "tile", tile.path, tile.name)  # waits while all slots are busy
            self.due = next_due(self.due, time.monotonic(), self.settings.tile_interval_s)

    def visit(self, kind: Kind, path: str, name: str) -> bool:
        """Send one request, judge the answer and record it; true when a person would call it good."""
        sent, started = time.time(), time.perf_counter()
        verdict, status = self._ask(kind, path, name)
        ms = (time.perf_counter() - started) * 1000
        self.recorder.record(_sample(self.name, kind, sent=sent, ms=ms, status=status, verdict=verdict))
        return verdict.error is None

    def _ask(self, kind: Kind, path: str, name: str) -> tuple[Verdict, int]:
        started = time.perf_counter()
        headers = {self.settings.user_header: self.name}
        try:
            with (
                gevent.Timeout(self.settings.timeout_s),
                self.client.get(path, name=name, headers=headers, catch_response=True) as response,
            ):
                answer = _answer(response)
                verdict = judge(kind, answer)
                if verdict.error is None:
                    response.success()
                else:
                    response.failure(verdict.error)
                return verdict, answer.status
        except (Exception, gevent.Timeout) as error:  # noqa: BLE001 - no answer, however odd, may go uncounted
            self._report_to_locust(name, started, error)
            return judge(kind, Answer(0, broken=reason(error))), 0

    def _report_to_locust(self, name: str, started: float, error: BaseException) -> None:
        self.environment.events.request.fire(
            request_type="GET",
            name=name,
            response_time=(time.perf_counter() - started) * 1000,
            response_length=0,
            exception=error,
            context={},
        )


class Traffic(LoadTestShape):
    """The shape of the run, asked by Locust once a second."""

    abstract = True
    settings: ClassVar[Settings]

    def tick(self) -> tuple[int, float] | None:
        settings = self.settings
        elapsed = float(self.get_run_time())  # type: ignore[no-untyped-call]
        users = users_at(settings.shape, elapsed, settings.users, settings.duration_s)
        return None if users is None else (users, spawn_rate(settings.users))


def reason(error: BaseException) -> str:
    """A short name for what went wrong below HTTP, the same however the client words it."""
    cause = getattr(error, "original", None) or error
    if isinstance(cause, (TimeoutError, gevent.Timeout)):
        return "timeout"
    known = {
        "ConnectionRefusedError": "connection refused",
        "ConnectionResetError": "connection reset",
        "BrokenPipeError": "connection reset",
        "HTTPConnectionClosed": "connection closed",
        "HTTPParseError": "broken answer",
    }
    return known.get(type(cause).__name__) or shorten(f"{type(cause).__name__}: {cause}")


def _answer(response: Any) -> Answer:
    error = response.request_meta["exception"]
    broken = None if error is None else reason(error)
    return Answer(response.status_code or 0, body=response.content or b"", broken=broken)


def _sample(user: str, kind: Kind, *, sent: float, ms: float, status: int, verdict: Verdict) -> Sample:
    return Sample(
        t=round(sent, 3),
        ms=round(ms, 3),
        kind=kind,
        ok=verdict.error is None,
        status=status,
        user=user,
        error=verdict.error,
        smiley=verdict.smiley,
        color=verdict.color,
        face=verdict.face,
    )
