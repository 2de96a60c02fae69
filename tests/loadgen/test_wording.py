import json
from typing import Any

import pytest

from loadgen.figures import Figures
from loadgen.settings import Settings
from loadgen.wording import Summary, elapsed_in_words, live_line, opening, sentences, to_json

GOOD = Figures(requests=480, failed=0, slow=0, p50_ms=9.4, p99_ms=31.0)
BAD = Figures(requests=1480, failed=74, slow=3, p50_ms=9.4, p99_ms=1210.0)
NOTHING = Figures(requests=0, failed=0, slow=0, p50_ms=None, p99_ms=None)
REFUSED = Figures(requests=4, failed=4, slow=0, p50_ms=0.3, p99_ms=0.4)


def settings(**more: Any) -> Settings:
    return Settings(**{"url": "http://127.0.0.1:8080", "rate": 40, **more})


def summary(total: Figures, answered: int, *errors: tuple[str, int], duration_s: float = 12.04) -> Summary:
    return Summary(settings(), duration_s, total, answered, errors, slow_ms=500)


@pytest.mark.parametrize(
    ("asked", "page", "said"),
    [
        ({}, None, "Sending visitors to http://127.0.0.1:8080/faces/, 40 requests/s (steady), until Ctrl-C"),
        (
            {"shape": "burst", "duration_s": 3600, "out": "x", "rate": 8, "url": "http://h"},
            "/",
            "Sending visitors to http://h/faces/, up to 8 requests/s (burst), for 1 h; sample log: x; Locust's page: /",
        ),
    ],
    ids=["least", "all"],
)
def test_one_line_says_where_the_visitors_go_how_many_and_until_when(
    asked: dict[str, Any], page: str | None, said: str
) -> None:
    assert opening(settings(**asked), page) == said


def test_a_live_line_has_all_requests_so_far_and_those_since_the_last_line() -> None:
    last = Figures(requests=200, failed=10, slow=1, p50_ms=9.0, p99_ms=17.3)
    line = live_line(65.9, BAD, 5.02, last)
    assert line == "1:05  1,480 requests, 74 failed, 3 slow · last 5 s: 40/s, 10 failed, P99 17 ms"
    assert len(line) < 80


def test_a_live_line_of_a_moment_in_which_nothing_came_back_has_no_latency() -> None:
    assert live_line(5, NOTHING, 5, NOTHING) == "0:05  0 requests, 0 failed, 0 slow · last 5 s: 0/s, 0 failed"


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (
            summary(GOOD, 480),
            ["480 requests in 12 s: 0 failed, 0 slow (above 500 ms), P50 9 ms, P99 31 ms."],
        ),
        (
            summary(BAD, 1460, ("HTTP 503", 40), ("timeout", 20), ("HTTP 500", 8), ("not JSON", 4), ("closed", 2)),
            [
                "1,480 requests in 12 s: 74 failed (5 %), 3 slow (above 500 ms), P50 9 ms, P99 1,210 ms.",
                "  40 × HTTP 503",
                "  20 × timeout",
                "  8 × HTTP 500",
                "  6 × other reasons",
            ],
        ),
        (
            summary(REFUSED, 0, ("connection refused", 4)),
            ["Nobody answered at http://127.0.0.1:8080/faces/: 4 requests failed in 12 s.", "  4 × connection refused"],
        ),
        (
            summary(NOTHING, 0),
            [
                "No answer from http://127.0.0.1:8080/faces/: the visitors were stopped before a request had ended.",
            ],
        ),
    ],
    ids=["good", "bad", "unanswered", "stopped at once"],
)
def test_the_summary_of_a_run(shown: Summary, said: list[str]) -> None:
    assert list(sentences(shown)) == said


@pytest.mark.parametrize(("answered", "code"), [(0, 1), (1, 0)])
def test_the_exit_code_says_whether_anybody_answered_not_whether_the_answers_were_good(
    answered: int, code: int
) -> None:
    assert summary(REFUSED, answered, ("HTTP 503", 4)).exit_code == code


def test_the_json_has_the_same_figures_under_the_names_of_a_visitor_report() -> None:
    plain = to_json(summary(BAD, 1460, ("HTTP 503", 74), duration_s=12.0404))
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain == {
        "url": "http://127.0.0.1:8080/faces/",
        "rate": 40,
        "shape": "steady",
        "out": None,
        "duration_s": 12.04,
        "answered": 1460,
        "requests": 1480,
        "failed": 74,
        "slow": 3,
        "p50_ms": 9.4,
        "p99_ms": 1210.0,
        "failed_share": 0.05,
        "slow_ms": 500,
        "errors": [{"reason": "HTTP 503", "requests": 74}],
    }


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (2.96, "3 s"),
        (9.94, "9.9 s"),
        (12.4, "12 s"),
        (59.6, "1 min"),
        (75, "1 min 15 s"),
        (3600, "1 h"),
        (3723, "1 h 2 min 3 s"),
    ],
)
def test_how_long_it_took_in_words(seconds: float, said: str) -> None:
    assert elapsed_in_words(seconds) == said
