"""What a run of the visitors says about itself: where it goes, how it is doing, and what came of it. Pure."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from loadgen.figures import Figures
from loadgen.grid import PAGE_PATH
from loadgen.settings import Settings
from loadgen.tally import Tally
from seam.values import MILLISECONDS, RATIO, SECONDS, in_words

_REASONS: Final = 3
"""A summary names at most this many reasons for failures; the sample log has them all."""
_NO_NUMBER: Final = "–"


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of a run that sent requests for `duration_s` seconds."""

    settings: Settings
    duration_s: float
    total: Figures
    answered: int
    errors: tuple[tuple[str, int], ...]
    slow_ms: float

    @property
    def exit_code(self) -> int:
        """1 when no request was answered, good or bad. Failed requests are findings, not a failed run."""
        return 0 if self.answered else 1


def summary_of(settings: Settings, duration_s: float, tally: Tally) -> Summary:
    return Summary(settings, duration_s, tally.total(), tally.answered, tally.errors, tally.slow_ms)


def opening(settings: Settings, web_page: str | None = None) -> str:
    """One line before the first request."""
    rate = f"{'' if settings.shape == 'steady' else 'up to '}{settings.rate:g} requests/s ({settings.shape})"
    limit = "until Ctrl-C" if settings.duration_s is None else f"for {elapsed_in_words(settings.duration_s)}"
    log = "" if settings.out is None else f"; sample log: {settings.out}"
    page = "" if web_page is None else f"; Locust's page: {web_page}"
    return f"Sending visitors to {page_of(settings)}, {rate}, {limit}{log}{page}"


def live_line(elapsed_s: float, total: Figures, last_s: float, last: Figures) -> str:
    """How it is going, in some 80 columns: all requests so far, and those of the last `last_s` seconds."""
    minutes, seconds = divmod(int(elapsed_s), 60)
    latency = "" if last.p99_ms is None else f", P99 {_ms(last.p99_ms)}"
    so_far = f"{_number(total.requests)}, {total.failed:,} failed, {total.slow:,} slow"
    now = f"{last.requests / last_s:.0f}/s, {last.failed:,} failed{latency}"
    return f"{minutes}:{seconds:02}  {so_far} · last {last_s:.0f} s: {now}"


def sentences(summary: Summary) -> Iterator[str]:
    """The summary, for people."""
    total, took = summary.total, elapsed_in_words(summary.duration_s)
    if not total.requests:
        yield f"No answer from {page_of(summary.settings)}: the visitors were stopped before a request had ended."
    elif not summary.answered:
        yield f"Nobody answered at {page_of(summary.settings)}: {_number(total.requests)} failed in {took}."
    else:
        share = f" ({in_words(total.failed_share or 0, RATIO)})" if total.failed else ""
        yield (
            f"{_number(total.requests)} in {took}: {total.failed:,} failed{share}, {total.slow:,} slow (above "
            f"{_ms(summary.slow_ms)}), P50 {_ms(total.p50_ms)}, P99 {_ms(total.p99_ms)}."
        )
    yield from (f"  {count:,} × {reason}" for reason, count in summary.errors[:_REASONS])
    if rest := sum(count for _, count in summary.errors[_REASONS:]):
        yield f"  {rest:,} × other reasons"


def to_json(summary: Summary) -> dict[str, Any]:
    """The summary in plain types, with the keys of a visitor report where it has them, too."""
    settings = summary.settings
    return {
        "url": page_of(settings),
        "rate": settings.rate,
        "shape": settings.shape,
        "out": settings.out,
        "duration_s": round(summary.duration_s, 3),
        "answered": summary.answered,
        **asdict(summary.total),
        "failed_share": summary.total.failed_share,
        "slow_ms": summary.slow_ms,
        "errors": [{"reason": reason, "requests": count} for reason, count in summary.errors],
    }


def page_of(settings: Settings) -> str:
    return settings.url + PAGE_PATH


def elapsed_in_words(seconds: float) -> str:
    """`1.5 s`, `42 s`, `5 min`, `1 h 2 min 3 s`."""
    if seconds < 10:
        return in_words(seconds, SECONDS)
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{value} {unit}" for value, unit in parts if value)


def _number(requests: int) -> str:
    return f"{requests:,} request{'' if requests == 1 else 's'}"


def _ms(value: float | None) -> str:
    return _NO_NUMBER if value is None else in_words(value, MILLISECONDS)
