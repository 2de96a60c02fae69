"""Real Locust as its own process (gevent patches the process it lives in) against a real page on loopback."""

import asyncio
import itertools
import json
import os
import pty
import re
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import web

import loadgen
from loadgen.samples import Sample, read_samples
from loadgen.settings import Settings

LOCUSTFILE = Path(loadgen.__file__).with_name("locustfile.py")
# Locust takes a second to start, and many seconds on a machine that is busy with other tests.
LIMIT_S = 60
pytestmark = pytest.mark.timeout(3 * LIMIT_S)

REASONS = {
    "cursing": "smiley: HTTP 500",
    "unavailable": "HTTP 503",
    "garbage": "not JSON",
    "closed": "connection closed",
    "truncated": "broken answer",
}


class Seen(NamedTuple):
    user: str
    place: tuple[str, int, int]
    outcome: str


class Gui:
    """A page whose nth tile fares as `outcome(n)` says, `latency_s` seconds after it was asked for."""

    def __init__(self, outcome: Callable[[int], str], latency_s: float) -> None:
        self.url = ""
        self.outcome = outcome
        self.latency_s = latency_s
        self.seen: list[Seen] = []
        self.pages: list[str] = []
        self.in_flight: Counter[str] = Counter()
        self.most_in_flight: Counter[str] = Counter()
        self._numbers = count(1)

    async def page(self, request: web.Request) -> web.Response:
        self.pages.append(request.headers["X-Faces-User"])
        return web.Response(text="<!doctype html>", content_type="text/html")

    async def tile(self, request: web.Request) -> web.StreamResponse:
        user = request.headers["X-Faces-User"]
        self.in_flight[user] += 1
        self.most_in_flight[user] = max(self.most_in_flight[user], self.in_flight[user])
        try:
            outcome = self.outcome(next(self._numbers))
            place = (request.match_info["kind"], int(request.query["row"]), int(request.query["col"]))
            self.seen.append(Seen(user, place, outcome))
            await asyncio.sleep(self.latency_s)
            return await self._answer(request, outcome)
        finally:
            self.in_flight[user] -= 1

    async def _answer(self, request: web.Request, outcome: str) -> web.StreamResponse:
        assert request.transport is not None
        if outcome == "closed":
            request.transport.close()
        if outcome in ("truncated", "dripping"):
            stream = web.StreamResponse()
            stream.content_length = 1000
            await stream.prepare(request)
            while outcome == "dripping":
                await stream.write(b" ")
                await asyncio.sleep(0.1)
            await stream.write(b'{"smiley":')
            request.transport.close()
            return stream
        if outcome == "unavailable":
            return web.Response(status=503, body=b"\xff\xfe no such tile")
        if outcome == "garbage":
            return web.Response(text="<html>an error page</html>")
        errors = {"errors": ["smiley: HTTP 500"]} if outcome == "cursing" else {}
        versions = {"face": "v1", "smiley": "v2", "color": "v3"}
        return web.json_response({"smiley": "U", "color": "blue", "versions": versions, **errors})

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        app = web.Application()
        app.router.add_get("/faces/", self.page)
        app.router.add_get("/face/{kind}/", self.tile)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        ready.set()
        await stop.wait()
        await runner.cleanup()


@contextmanager
def serving(outcome: Callable[[int], str] = lambda _: "good", latency_s: float = 0.0) -> Iterator[Gui]:
    gui, ready, stop = Gui(outcome, latency_s), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(gui.serve(ready, stop)))
    thread.start()
    try:
        assert ready.wait(LIMIT_S)
        yield gui
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(5)
        loop.close()


class Ended(NamedTuple):
    code: int
    console: str


@contextmanager
def visiting(command: list[str], **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def end(process: subprocess.Popen[str], number: signal.Signals) -> Ended:
    process.send_signal(number)
    console, _ = process.communicate(timeout=LIMIT_S)
    return Ended(process.returncode, console)


def wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not reached():
        assert time.monotonic() < deadline, f"did not happen within {LIMIT_S} s"
        time.sleep(0.02)


def fare(number: int) -> str:
    by_rest = {3: "cursing", 5: "unavailable", 7: "garbage", 9: "closed", 11: "truncated"}
    return by_rest.get(number % 13, "good")


class Run(NamedTuple):
    gui: Gui
    log: Path
    samples: list[Sample]
    ended: Ended


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """40 requests a second for four seconds against a page with five faults, then SIGTERM."""
    log = tmp_path_factory.mktemp("busy") / "samples.ndjson"
    with serving(fare) as gui:
        command = ["loadgen", "--url", gui.url + "/", "--rate", "40", "--out", str(log)]
        with visiting(command) as process:
            wait_until(lambda: bool(gui.seen))
            time.sleep(4)
            ended = end(process, signal.SIGTERM)
    return Run(gui, log, read_samples(log), ended)


def test_the_rate_asked_for_is_met_within_15_percent(busy: Run) -> None:
    """By the median, which a machine that stands still for a moment does not move."""
    gaps: list[float] = []
    for user in {sample.user for sample in busy.samples}:
        sent = sorted(sample.t for sample in busy.samples if sample.kind == "tile" and sample.user == user)
        gaps += [later - earlier for earlier, later in itertools.pairwise(sent)]
    per_visitor = 40 / 5
    assert 0.85 / per_visitor <= statistics.median(gaps) <= 1.15 / per_visitor


def test_sigterm_ends_a_run_with_a_summary_of_just_the_requests_in_the_log(busy: Run) -> None:
    opening, *rest = busy.ended.console.splitlines()
    assert busy.ended.code == 0
    assert opening == (
        f"Sending visitors to {busy.gui.url}/faces/, 40 requests/s (steady), until Ctrl-C; sample log: {busy.log}"
    )
    failed = sum(not sample.ok for sample in busy.samples)
    (summary,) = [line for line in rest if re.match(r"[\d,]+ requests in", line)]
    assert summary.startswith(f"{len(busy.samples)} requests in ")
    assert f": {failed} failed (" in summary
    reasons = [line for line in rest[rest.index(summary) + 1 :] if " × " in line]
    assert sum(int(line.split()[0]) for line in reasons) == failed


def test_every_request_is_sent_once_and_logged_except_those_cut_off_at_the_end(busy: Run) -> None:
    cut_off = len(busy.gui.seen) + len(busy.gui.pages) - len(busy.samples)
    assert 0 <= cut_off <= 5 * 6  # visitors, and the requests that each has in flight at most


@pytest.mark.parametrize("outcome", REASONS)
def test_every_failure_that_the_server_caused_is_seen_under_its_name(busy: Run, outcome: str) -> None:
    caused = sum(seen.outcome == outcome for seen in busy.gui.seen)
    noticed = sum(sample.error == REASONS[outcome] for sample in busy.samples)
    cut_off = len(busy.gui.seen) + len(busy.gui.pages) - len(busy.samples)
    assert caused >= 8
    assert caused - cut_off <= noticed <= caused


def test_nothing_else_is_called_a_failure(busy: Run) -> None:
    assert {sample.error for sample in busy.samples if not sample.ok} == set(REASONS.values())
    assert all(sample.error is None for sample in busy.samples if sample.ok)


def test_the_status_is_that_of_the_answer_and_0_without_one(busy: Run) -> None:
    statuses = {sample.error: sample.status for sample in busy.samples}
    assert statuses == {
        None: 200,
        "smiley: HTTP 500": 200,
        "not JSON": 200,
        "broken answer": 200,
        "HTTP 503": 503,
        "connection closed": 0,
    }


def test_a_tile_names_the_versions_that_made_it(busy: Run) -> None:
    tiles = [sample for sample in busy.samples if sample.kind == "tile" and sample.ok]
    assert {(tile.face, tile.smiley, tile.color) for tile in tiles} == {("v1", "v2", "v3")}


def test_each_visitor_loads_the_page_once_and_covers_the_grid_evenly(busy: Run) -> None:
    users = {f"visitor-{number}" for number in range(1, 6)}
    assert sorted(busy.gui.pages) == sorted(users)
    for user in users:
        places = Counter(seen.place for seen in busy.gui.seen if seen.user == user)
        assert len(places) == 16
        assert max(places.values()) - min(places.values()) <= 1


def test_the_ring_is_the_edge_and_the_rest_the_center(busy: Run) -> None:
    center = {(row, col) for kind, row, col in {seen.place for seen in busy.gui.seen} if kind == "center"}
    assert center == {(1, 1), (1, 2), (2, 1), (2, 2)}


def test_six_requests_in_flight_are_the_most_and_tiles_are_put_off_rather_than_dropped() -> None:
    with serving(latency_s=1.0) as gui, visiting(["loadgen", "--url", gui.url, "--rate", "8"]) as process:
        wait_until(lambda: bool(gui.seen))
        time.sleep(4.5)
        end(process, signal.SIGTERM)
    row_by_row = [(number // 4 % 4, number % 4) for number in range(len(gui.seen))]
    assert gui.most_in_flight == {"visitor-1": 6}
    assert [seen.place[1:] for seen in gui.seen] == row_by_row
    assert 4 * 6 <= len(gui.seen) <= 6 * 6  # six a second, not the eight that were asked for


def test_a_page_with_400_ms_latency_still_gets_its_full_rate() -> None:
    with serving(latency_s=0.4) as gui, visiting(["loadgen", "--url", gui.url, "--rate", "16"]) as process:
        wait_until(lambda: len(gui.seen) > 0)
        time.sleep(3)
        end(process, signal.SIGTERM)
    assert 0.85 * 48 <= len(gui.seen) <= 1.15 * 48
    assert max(gui.most_in_flight.values()) <= 6


def test_a_dripping_answer_times_out_as_a_whole_under_plain_locust(tmp_path: Path) -> None:
    log = tmp_path / "samples.ndjson"
    with serving(lambda _: "dripping") as gui:
        settings = Settings(url=gui.url, rate=8, out=str(log), duration_s=3, timeout_s=0.5)
        command = ["locust", "-f", str(LOCUSTFILE), "--headless", "--host", gui.url, "--exit-code-on-error=0"]
        with visiting(command, **settings.to_environment()) as process:
            process.communicate(timeout=LIMIT_S)
    tiles = [sample for sample in read_samples(log) if sample.kind == "tile"]
    assert {tile.error for tile in tiles} == {"timeout"}
    assert all(tile.ms >= 490 for tile in tiles)
    assert min(tile.ms for tile in tiles) <= 1000


def refusing() -> socket.socket:
    """It has a port and nobody listens there."""
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    return closed


def test_where_nobody_listens_the_command_refuses_in_one_sentence() -> None:
    with refusing() as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with visiting(["loadgen", "--url", url, "--rate", "8"]) as process:
            console, _ = process.communicate(timeout=LIMIT_S)
    sentence = f"Nobody answers at {url}/faces/ (connection refused); start the app there, or give another address.\n"
    assert (process.returncode, console) == (2, sentence)


def test_when_nothing_was_answered_the_exit_code_is_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with visiting(["loadgen", "--url", url, "--rate", "8", "--duration", "1s"]) as process:
            console, _ = process.communicate(timeout=LIMIT_S)
    said = f"No answer from {url}/faces/: the visitors were stopped before a request had ended."
    assert (process.returncode, console.splitlines()[1:]) == (1, [said])


def test_a_page_of_errors_only_was_answered_all_the_same() -> None:
    with serving(lambda _: "unavailable") as gui:
        arguments = ["--url", gui.url, "--rate", "8", "--duration", "2s", "--json"]
        with visiting(["loadgen", *arguments]) as process:
            console, _ = process.communicate(timeout=LIMIT_S)
    summary = json.loads(console)
    assert process.returncode == 0
    assert summary["errors"] == [{"reason": "HTTP 503", "requests": summary["failed"]}]


def test_json_is_all_that_is_printed_and_counts_the_requests_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving() as gui, visiting(["loadgen", "--url", gui.url, "--rate", "8", "--json", "--out", str(log)]) as run:
        wait_until(lambda: len(gui.seen) > 8)
        ended = end(run, signal.SIGINT)
    summary = json.loads(ended.console)
    assert ended.code == 0
    assert (summary["url"], summary["out"], summary["rate"]) == (f"{gui.url}/faces/", str(log), 8)
    assert summary["requests"] == summary["answered"] == len(read_samples(log))
    assert summary["failed"] == 0
    assert summary["p50_ms"] <= summary["p99_ms"]


def test_a_signal_before_locust_is_up_ends_it_with_a_summary_too(tmp_path: Path) -> None:
    log = tmp_path / "samples.ndjson"
    with serving() as gui, visiting(["loadgen", "--url", gui.url, "--rate", "8", "--out", str(log)]) as process:
        assert process.stdout is not None
        opening = process.stdout.readline()  # said before Locust is imported
        ended = end(process, signal.SIGTERM)
    assert opening.startswith(f"Sending visitors to {gui.url}/faces/")
    said = f"No answer from {gui.url}/faces/: the visitors were stopped before a request had ended.\n"
    assert (ended.code, ended.console) == (1, said)


def test_two_signals_in_a_row_as_a_ctrl_c_for_a_whole_process_group_brings_end_it_once() -> None:
    with serving() as gui, visiting(["loadgen", "--url", gui.url, "--rate", "8"]) as process:
        wait_until(lambda: len(gui.seen) > 3)
        process.send_signal(signal.SIGINT)
        ended = end(process, signal.SIGTERM)
    assert ended.code == 0
    assert len(re.findall(r"requests in", ended.console)) == 1
    assert "Traceback" not in ended.console


def test_on_a_terminal_one_line_is_kept_up_to_date() -> None:
    screen, terminal = pty.openpty()
    with serving() as gui:
        command = [sys.executable, "-m", "loadgen", "--url", gui.url, "--rate", "8"]
        environment = {**os.environ, "TERM": "xterm"}
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=terminal, stderr=subprocess.STDOUT, env=environment
        )
        os.close(terminal)
        shown = ""
        while len(re.findall(r"last \d+ s:", shown)) < 2:
            shown += os.read(screen, 4096).decode()
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT_S) == 0
        shown += read_all(screen)
    opening, live = shown.split("\r\n")[:2]
    first, second, *_, summary = live.split("\r\x1b[K")[1:]
    assert gui.url in opening
    counts = [int(re.findall(r"(\d+) requests?, 0 failed, 0 slow · last", line)[0]) for line in (first, second)]
    assert counts[0] < counts[1]
    assert re.match(r"\d+ requests in", summary)


def read_all(screen: int) -> str:
    """What is left on a terminal on which nobody writes any more."""
    shown = b""
    try:
        while data := os.read(screen, 4096):
            shown += data
    except OSError:  # Linux says so at the end
        pass
    os.close(screen)
    return shown.decode()


def test_when_nobody_reads_what_is_printed_the_run_ends() -> None:
    with serving() as gui, visiting(["loadgen", "--url", gui.url, "--rate", "8"]) as process:
        assert process.stdout is not None
        assert gui.url in process.stdout.readline()
        process.stdout.close()
        assert process.wait(LIMIT_S) == 0
        process.stdout = None


def test_what_people_have_set_for_locust_in_their_own_project_is_not_obeyed(tmp_path: Path) -> None:
    (tmp_path / "locust.conf").write_text("processes = 2\n")
    (tmp_path / "pyproject.toml").write_text('[tool.locust]\nlist = true\nhtml = "report.html"\n')
    with serving() as gui:
        process = subprocess.run(
            [sys.executable, "-m", "loadgen", "--url", gui.url, "--rate", "8", "--duration", "1s", "--json"],
            cwd=tmp_path,
            env={**os.environ, "LOCUST_RUN_TIME": "1h", "LOCUST_HOST": "http://127.0.0.1:9"},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=True,
        )
    assert process.stderr == ""
    assert json.loads(process.stdout)["answered"] > 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["locust.conf", "pyproject.toml"]


def test_attached_visitors_print_nothing_and_go_when_their_standard_input_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "loadgen", "--attached", "--rate", "8", "--out", str(tmp_path / "log")]
    with serving() as gui:
        process = subprocess.Popen(
            [*command, "--url", gui.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        wait_until(lambda: len(gui.seen) > 3)
        assert process.poll() is None
        assert process.communicate(timeout=LIMIT_S) == (b"", None)  # which closes its standard input
        assert process.returncode == 0


def test_to_attached_visitors_a_refused_connection_is_a_finding_like_any_other(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with refusing() as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        arguments = ["--url", url, "--rate", "8", "--attached", "--out", str(log)]
        process = subprocess.Popen([sys.executable, "-m", "loadgen", *arguments], stdin=subprocess.PIPE)
        wait_until(lambda: log.exists() and log.stat().st_size > 0)
        process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1  # nothing was answered
    assert {sample.error for sample in read_samples(log)} == {"connection refused"}


def test_the_web_mode_serves_locusts_page_with_real_figures_and_ends_at_one_sigint() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serving() as gui:
        arguments = ["--url", gui.url, "--rate", "8", "--web", "--web-port", str(port)]
        with visiting(["loadgen", *arguments]) as process:
            wait_until(lambda: len(gui.seen) > 4)
            page = fetch(f"http://127.0.0.1:{port}/")
            figures = json.loads(fetch(f"http://127.0.0.1:{port}/stats/requests"))
            refused = post(
                f"http://127.0.0.1:{port}/swarm", "user_count=99&host=http://192.0.2.1", "http://page.example"
            )
            ended = end(process, signal.SIGINT)
    assert "Locust" in page
    assert refused == (403, f"Only the page at http://127.0.0.1:{port}/ itself may ask this.\n")
    assert f"Locust's page: http://127.0.0.1:{port}/" in ended.console.splitlines()[0]
    assert {row["name"] for row in figures["stats"]} >= {"/face/edge/", "/faces/"}
    assert ended.code == 0


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=LIMIT_S) as answer:
        return str(answer.read().decode())


def post(url: str, form: str, origin: str) -> tuple[int, str]:
    request = urllib.request.Request(url, form.encode(), {"Origin": origin})
    try:
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
