"""Dates and durations.

Every row was answered by expr-lang/expr 1.17.7 under the names that Argo Rollouts v1.10.1 gives it.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollouts.conditions import evaluate
from rollouts.golang.times import SECOND, Duration, Time

if TYPE_CHECKING:
    from collections.abc import Callable

SPANS: list[tuple[str, bool | str]] = [
    ('duration("1h30m") == duration("1.5h") and duration("100ms") < duration("1s")', True),
    ('duration("1h") + duration("30m") - duration("90m") == duration("0")', True),
    ('duration("1h") * 2 == duration("2h") and 2 * duration("1h") == duration("2h")', True),
    ('1.5 * duration("1h") == duration("90m")', False),
    ('string(duration("90m")) == "1h30m0s" and string(duration("-1500ms")) == "-1.5s"', True),
    ('string(duration("1500ns")) == "1.5µs" and string(duration("0")) == "0s"', True),
    ('duration("90m").Hours() == 1.5 and duration("1s").Milliseconds() == 1000', True),
    ('type(duration("1h")) == "time.Duration" and toJSON(duration("1ns")) == "1"', True),
    ('max(duration("1h"), duration("2h")) == duration("2h") and int(duration("1us")) == 1000', True),
    ('duration("1h") > 1', "invalid operation: > (mismatched types time.Duration and int)"),
    ('-duration("1h") == 1', "invalid operation: - (mismatched type time.Duration)"),
    ('duration("1h").Days() == 1', "type time.Duration has no method Days"),
    ('duration("1h").Hours == 1', "invalid operation: == (mismatched types func(time.Duration) float64 and int)"),
    ('duration("1") == nil', 'time: missing unit in duration "1"'),
    ('duration("1d") == nil', 'time: unknown unit "d" in duration "1d"'),
    ('duration("h") == nil', 'time: invalid duration "h"'),
    ('duration("9999999h") == nil', 'time: invalid duration "9999999h"'),
    ('duration("1h")', "expected bool, but got time.Duration"),
    ('float(duration("1ns")) == 1', "invalid operation: float(time.Duration)"),
]
DATES: list[tuple[str, bool | str]] = [
    ('date("2024-05-06") == date("2024-05-06T02:00:00+02:00") and date("2024-05-06") < date("2024-05-07")', True),
    ('date("2024-05-07") - date("2024-05-06") == duration("24h")', True),
    ('date("2024-05-06") + duration("24h") == duration("24h") + date("2024-05-06")', True),
    ('date("06 May 24 07:08 UTC") == date("2024-05-06 07:08:00")', True),
    ('date("Mon, 06 May 2024 07:08:09 UTC") == date("Monday, 06-May-24 07:08:09 UTC")', True),
    ('date("2024-05-06T07:08:09.5Z") > date("2024-05-06T07:08:09Z") and date("07:08:09").Hour() == 7', True),
    ('date("06.05.2024", "02.01.2006") == date("2024-05-06")', True),
    ('date("6/5/24 3:04 PM", "2/1/06 3:04 PM") == date("2024-05-06 15:04:00")', True),
    ('date(timezone("UTC"), "2024-05-06") == date("2024-05-06")', True),
    ('date("2024-05-06").Unix() == 1714953600 and string(date("2024-05-06").Weekday()) == "Monday"', True),
    ('date("2024-05-06").YearDay() == 127 and int(date("2024-05-06").Month()) == 5', True),
    ('date("2024-05-07").Sub(date("2024-05-06")).Hours() == 24', True),
    ('string(date("2024-05-06")) == "2024-05-06 00:00:00 +0000 UTC"', True),
    ('toJSON(date("2024-05-06")) == "\\"2024-05-06T00:00:00Z\\""', True),
    ('date("2024-05-06").Month() == 5', "invalid operation: == (mismatched types time.Month and int)"),
    ('date("2024-02-30") == nil', "invalid date 2024-02-30"),
    ('date("soon") == nil', "invalid date soon"),
    ('date("2024-05-06", "UTC") == nil', 'parsing time "2024-05-06" as "UTC": cannot parse "2024-05-06" as "UTC"'),
    ('date("2024-13-06", "2006-01-02") == nil', 'parsing time "2024-13-06": month out of range'),
    ('date("2024-05-06x", "2006-01-02") == nil', 'parsing time "2024-05-06x": extra text: "x"'),
    ('date("2024 366", "2006 002") == date("2024-12-31")', True),
    ('date("2023 366", "2006 002") == nil', 'parsing time "2023 366": day-of-year out of range'),
    ('date("3:04PM", "3:04pm") == nil', 'parsing time "3:04PM" as "3:04pm": cannot parse "PM" as "pm"'),
    ("date(1) == nil", "interface conversion: interface {} is int, not string"),
    ("date() == nil", "invalid number of arguments (expected at least 1, got 0)"),
]


@pytest.mark.parametrize(("expression", "expected"), [*SPANS, *DATES])
def test_times_are_those_of_go(ask: Callable[[str, object], bool | str], expression: str, expected: object) -> None:
    assert ask(expression, None) == expected


@pytest.mark.parametrize(
    ("written", "result"),
    [
        ('date(result.at) > date("2024-01-01")', True),
        ('duration(result.took) <= duration("90s")', True),
        ("duration(result.took).Seconds() == result.seconds", True),
    ],
)
def test_reports_may_hold_them(ask: Callable[[str, object], bool | str], written: str, result: object) -> None:
    assert ask(written, {"at": "2024-05-06T07:08:09Z", "took": "1m30s", "seconds": 90.0}) is result


@given(st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)))  # noqa: DTZ001 - all is UTC
def test_the_calendar_is_pythons(moment: dt.datetime) -> None:
    text = moment.isoformat(timespec="microseconds")
    day = moment.toordinal() - dt.date(1970, 1, 1).toordinal()
    time = Time(day * 86_400 * SECOND)
    assert time.date == (moment.year, moment.month, moment.day)
    assert time.year_day == moment.timetuple().tm_yday
    assert str(time.weekday) == moment.strftime("%A")
    assert evaluate(f'date("{text}Z").YearDay() == {moment.timetuple().tm_yday}', None)


@given(st.integers(1 - 2**63, 2**63 - 1))
def test_a_duration_is_read_back_as_it_was_written(nanoseconds: int) -> None:
    assert evaluate(f'duration("{Duration(nanoseconds)}").Nanoseconds() == {nanoseconds}', None)
