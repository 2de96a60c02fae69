"""What a mesh counts of a canary in one situation, as a page that Prometheus scrapes: Linkerd's words and labels.

Each situation has a namespace of its own, named after it. A mesh has no series for what has never happened, so nothing
here is 0 that Linkerd would leave out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

CANARY, STABLE = "5d4f8c7b9", "7c9d8b6f5"
# Far from zero, so that Prometheus extrapolates every increase in the same way.
START = 1_000_000
BOUNDS_MS = (1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 100, 200, 300, 400, 500, 1000, 2000, 3000, 4000, 5000, 10000)
BOUNDS_S = ("0.05", "0.5", "1.0", "10.0")
GRPC_FAILURES = ("2", "4", "7", "13", "14", "15")


@dataclass(frozen=True)
class Answers:
    """So many answers between two scrapes. `status` or `grpc` may be empty, as the mesh may not know them."""

    number: float
    status: str = "200"
    grpc: str = ""
    error: str = ""
    ms: int = 40

    @property
    def classification(self) -> str:
        failed = self.error or self.status.startswith("5") or self.grpc in GRPC_FAILURES
        return "failure" if failed or not self.status else "success"


@dataclass(frozen=True)
class Side:
    """The inbound side of one version. `slow_bodies` take 5 s, the others none. `certificate_s`: left of it.

    `starting`: it has another pod, whose proxy has no certificate yet. `protocol`: http or grpc, as its Server says.
    """

    requests: float = 10
    answers: tuple[Answers, ...] = (Answers(10),)
    slow_bodies: int = 0
    denied: int = 0
    tcp_errors: int = 0
    probes: int = 2
    certificate_s: float = 80_000
    starting: bool = False
    protocol: str = "http"


@dataclass(frozen=True)
class Calls:
    """The outbound side of the callers: attempts by backend, those that ended in FAIL_FAST, and what callers saw.

    `protocol`: http or grpc, as the route is an HTTPRoute or a GRPCRoute.
    """

    to_canary: float = 10
    to_stable: float = 20
    fail_fast: float = 0
    seen: float = 30
    timeouts: float = 0
    protocol: str = "http"


@dataclass(frozen=True)
class Situation:
    """`once_in`: the canary and its callers show in one of so many scrapes; `restarts`: all counters begin anew after
    so many scrapes; `nan`: nothing that is said of the canary is a number.
    """

    name: str
    canary: Side = Side()
    stable: Side = Side()
    calls: Calls = Calls()
    once_in: int = 1
    restarts: int = 0
    nan: bool = False

    def page(self, scrape: int, now: float) -> Iterator[str]:
        since, start = (scrape % self.restarts + 1, 0) if self.restarts else (scrape, START)
        for version, side in ((CANARY, self.canary), (STABLE, self.stable)):
            if version == CANARY and scrape % self.once_in:
                continue
            own, nan = {"namespace": self.name, "rollouts_pod_template_hash": version}, self.nan and version == CANARY
            for series, step in _inbound(side):
                yield _line(series, own, "NaN" if nan else str(start + int(since * step)))
            expires = "NaN" if nan else f"{now + side.certificate_s:.3f}"
            yield _line(_series("control_identity_cert_expiration_timestamp_seconds"), own, expires)
            if side.starting:
                yield _line(_series("control_identity_cert_expiration_timestamp_seconds", pod="starting"), own, "0")
        if scrape % self.once_in == 0:
            parent = {"namespace": self.name, "parent_namespace": self.name, "parent_name": "smiley"}
            for series, step in _outbound(self.calls):
                yield _line(series, parent, "NaN" if self.nan else str(start + int(since * step)))


Series = tuple[str, Mapping[str, str]]


def _series(name: str, **labels: str) -> Series:
    return name, labels


def _line(series: Series, more: Mapping[str, str], value: str) -> str:
    name, labels = series
    inside = ",".join(f'{key}="{text}"' for key, text in {**labels, **more}.items())
    return f"{name}{{{inside}}} {value}"


def _inbound(side: Side) -> Iterator[tuple[Series, float]]:
    app = {"direction": "inbound", "target_port": "8000", "route_name": "default", "tls": "true"}
    yield from _noise(side.probes)
    for answers in side.answers:
        yield from _answered(answers, app)
    yield from _bodies(sum(answers.number for answers in side.answers), side.slow_bodies, side.protocol)
    # What has the direction in its name has no label for it.
    by_name = {label: value for label, value in app.items() if label != "direction"}
    events = (
        (_series("request_total", **app), side.requests),
        (_series("inbound_http_authz_deny_total", **by_name), side.denied),
        (_series("inbound_tcp_errors_total", target_port="8000", error="i/o"), side.tcp_errors),
    )
    yield from ((series, number) for series, number in events if number)


def _noise(number: float) -> Iterator[tuple[Series, float]]:
    """Probes and scrapes are answered well whatever the app does: a query that counts them is green by accident."""
    for port, route in (("8000", "probe"), ("4191", "default")):
        labels = {"direction": "inbound", "target_port": port, "route_name": route, "tls": "no_identity"}
        yield _series("request_total", **labels), number
        yield from _answered(Answers(number, ms=1), labels)


def _answered(answers: Answers, labels: Mapping[str, str]) -> Iterator[tuple[Series, float]]:
    status = {"status_code": answers.status} if answers.status else {}
    # `took` is no label of Linkerd's: it keeps two series of one status apart.
    own = {**labels, **status, "took": str(answers.ms), "grpc_status": answers.grpc, "error": answers.error}
    yield _series("response_total", **own, classification=answers.classification), answers.number
    for bound in (*map(str, BOUNDS_MS), "+Inf") if answers.status else ():
        below = answers.number if bound == "+Inf" or answers.ms <= float(bound) else 0
        yield _series("response_latency_ms_bucket", **own, le=bound), below


def _bodies(number: float, slow: float, protocol: str) -> Iterator[tuple[Series, float]]:
    for bound in (*BOUNDS_S, "+Inf") if number else ():
        labels = {"parent_port": "8000", "route_name": "default", "le": bound}
        within = number if bound in ("10.0", "+Inf") else number - slow
        yield _series(f"inbound_{protocol}_response_duration_seconds_bucket", **labels), within


def _outbound(calls: Calls) -> Iterator[tuple[Series, float]]:
    """A status is `http_status="200"`, or `grpc_status="OK"`; empty where there was no answer."""
    route, status = f"outbound_{calls.protocol}_route", f"{calls.protocol}_status"
    good = "OK" if calls.protocol == "grpc" else "200"
    backends = {"smiley-canary": calls.to_canary, "smiley": calls.to_stable}
    for backend, number in backends.items():
        if number:
            yield _series(f"{route}_backend_requests_total", backend_name=backend), number
            fine = number - (calls.fail_fast if backend == "smiley-canary" else 0)
            answered = {"backend_name": backend, status: good, "error": ""}
            if fine:
                yield _series(f"{route}_backend_response_statuses_total", **answered), fine
    if calls.fail_fast:
        failed = {"backend_name": "smiley-canary", status: "", "error": "FAIL_FAST"}
        yield _series(f"{route}_backend_response_statuses_total", **failed), calls.fail_fast
    if calls.seen:
        statuses = f"{route}_request_statuses_total"
        yield _series(statuses, **{status: good, "error": ""}), calls.seen - calls.timeouts
        if calls.timeouts:
            yield _series(statuses, **{status: "", "error": "REQUEST_TIMEOUT"}), calls.timeouts
