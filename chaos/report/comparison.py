"""Two reports side by side, and what differs between them in words. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from chaos.report.measured import measurements_of, metrics_of
from chaos.report.shape import Report
from chaos.report.tails import AT_WORST, tails
from chaos.report.wording import how_often, ms, percent, seconds


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    this: str
    other: str

    @property
    def differs(self) -> bool:
        return self.this != self.other


@dataclass(frozen=True, slots=True)
class Comparison:
    """`differences` are sentences about this release, beside the other one."""

    rows: tuple[Row, ...]
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Metric:
    """All metrics of one name: what they demand, and how many measurements Failed, or came to no verdict."""

    demands: str
    bad: int
    unjudged: int
    measured: int

    @property
    def words(self) -> str:
        unjudged = f", {self.unjudged:,} not judged" if self.unjudged else ""
        return f"{self.demands}; {self.bad:,} of {self.measured:,} bad{unjudged}"


def compare(this: Report, other: Report) -> Comparison:
    return Comparison(tuple(_rows(this, other)), tuple(_differences(this, other)))


def _rows(this: Report, other: Report) -> Iterator[Row]:
    for name, words in (
        ("Release", _release),
        ("Released", lambda report: f"{report['started_at'][:19].replace('T', ' ')} UTC"),
        ("Platform", lambda report: f"{report['platform']} ({report['engine']})"),
        ("Commit or build", lambda report: report["link"] or "–"),
        ("Outcome", lambda report: report["headline"]),
        ("Time to rollback", lambda report: seconds(report["time_to_rollback_s"])),
        ("Time to promotion", lambda report: seconds(report["time_to_promotion_s"])),
        ("Requests hurt", _hurt),
    ):
        yield Row(name, words(this), words(other))
    p99s, others = _p99s(this), _p99s(other)
    for name in dict.fromkeys([*p99s, *others]):
        yield Row(f"P99 {name}", ms(p99s.get(name)), ms(others.get(name)))
    for name, one, another in _metrics(this, other):
        yield Row(name, *(metric.words if metric is not None else "not measured" for metric in (one, another)))


def _release(report: Report) -> str:
    release = report["release"]
    return f"{release['workload']} {release['version']}, {release['fault']}"


def _p99s(report: Report) -> dict[str, float | None]:
    """Before, during and after; of several phases during the release the worst."""
    return {name.removesuffix(AT_WORST): p99 for name, p99 in tails(report["visitors"]["phases"])}


def _hurt(report: Report) -> str:
    radius = report["blast_radius"]
    if radius is None:
        return "nobody visited"
    share = f" ({percent(radius['share'])})" if radius["share"] is not None else ""
    return f"{radius['requests']:,} of {radius['of_requests']:,}{share}"


def _metrics(this: Report, other: Report) -> Iterator[tuple[str, _Metric | None, _Metric | None]]:
    """Each metric's name with what it was in each report."""
    known, others = _by_name(this), _by_name(other)
    for name in dict.fromkeys([*known, *others]):
        yield name, known.get(name), others.get(name)


def _by_name(report: Report) -> dict[str, _Metric]:
    found: dict[str, _Metric] = {}
    for metric in metrics_of(report):
        measured, demands = measurements_of(report, metric), metric["demands"] or "demand not known"
        bad = sum(one["phase"] == "Failed" for one in measured)
        unjudged = sum(one["phase"] not in ("Failed", "Successful") for one in measured)
        here, before = _Metric(demands, bad, unjudged, len(measured)), found.get(metric["name"])
        found[metric["name"]] = _together(before, here) if before is not None else here
    return found


def _together(one: _Metric, another: _Metric) -> _Metric:
    return _Metric(
        f"{one.demands}, or {another.demands}",
        one.bad + another.bad,
        one.unjudged + another.unjudged,
        one.measured + another.measured,
    )


def _differences(this: Report, other: Report) -> Iterator[str]:
    if this["headline"] != other["headline"]:
        yield f"This one: {this['headline']}. The other one: {other['headline']}."
    yield from _sooner_or_later("rolled back", this["time_to_rollback_s"], other["time_to_rollback_s"])
    yield from _sooner_or_later("promoted", this["time_to_promotion_s"], other["time_to_promotion_s"])
    yield from _more_or_fewer_hurt(this, other)
    p99s, others = _p99s(this), _p99s(other)
    for name in p99s:
        yield from _higher_or_lower(f"P99 {name}", p99s[name], others.get(name))
    for name, one, another in _metrics(this, other):
        yield from _metric_differs(name, one, another)


def _sooner_or_later(what: str, this: float | None, other: float | None) -> Iterator[str]:
    if this is not None and other is not None and seconds(this) != seconds(other):
        by, how = seconds(abs(this - other)), "sooner" if this < other else "later"
        yield f"It was {what} {by} {how}: after {seconds(this)} instead of {seconds(other)}."


def _more_or_fewer_hurt(this: Report, other: Report) -> Iterator[str]:
    one, another = this["blast_radius"], other["blast_radius"]
    if one is None or another is None or _hurt(this) == _hurt(other):
        return
    by = one["requests"] - another["requests"]
    if by == 0:
        yield f"As many requests were hurt, of another number: {_hurt(this)} instead of {_hurt(other)}."
    else:
        how = "more" if by > 0 else "fewer"
        were = "was" if abs(by) == 1 else "were"
        noun = "request" if abs(by) == 1 else "requests"
        yield f"{abs(by):,} {how} {noun} {were} hurt: {_hurt(this)} instead of {_hurt(other)}."


def _higher_or_lower(what: str, this: float | None, other: float | None) -> Iterator[str]:
    if this is not None and other is not None and ms(this) != ms(other):
        how = "lower" if this < other else "higher"
        yield f"{what} was {ms(abs(this - other))} {how}: {ms(this)} instead of {ms(other)}."


def _metric_differs(name: str, this: _Metric | None, other: _Metric | None) -> Iterator[str]:
    if this is None or other is None:
        yield f"{name} was measured only in {'the other' if this is None else 'this'} release."
        return
    if this.demands != other.demands:
        yield f"{name} demanded {this.demands} instead of {other.demands}."
    if this.bad != other.bad:
        yield f"{name} was bad {how_often(this.bad)} instead of {how_often(other.bad)}."
    if this.unjudged != other.unjudged:
        yield f"{name} came to no verdict {how_often(this.unjudged)} instead of {how_often(other.unjudged)}."
