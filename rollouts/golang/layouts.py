"""Go's layouts: dates that look like `Mon Jan 2 15:04:05 2006` (package time, Parse)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rollouts.golang.text import quote
from rollouts.golang.times import MONTHS, SECOND, WEEKDAYS, Time, days_until

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORT = [name[:3].lower() for name in MONTHS]
_OFFSET = r"(?P<sign>[+-])(?P<hours>[01]\d|2[0-4])"
_PARTS = {
    "2006": r"(?P<year>\d{4})", "06": r"(?P<short_year>\d\d)",
    "January": f"(?P<name>{'|'.join(MONTHS)})", "Jan": f"(?P<name>{'|'.join(_SHORT)})",
    "01": r"(?P<month>\d\d)", "1": r"(?P<month>\d\d?)",
    "Monday": f"(?:{'|'.join(WEEKDAYS)})", "Mon": f"(?:{'|'.join(name[:3] for name in WEEKDAYS)})",
    "02": r"(?P<day>\d\d)", "2": r"(?P<day>\d\d?)", "_2": r" ?(?P<day>\d\d?)", "002": r"(?P<year_day>\d{3})",
    "15": r"(?P<hour>\d\d?)", "03": r"(?P<half>\d\d)", "3": r"(?P<half>\d\d?)", "PM": "(?-i:(?P<noon>[AP]M))",
    "pm": "(?-i:(?P<noon>[ap]m))", "04": r"(?P<minute>\d\d)", "4": r"(?P<minute>\d\d?)",
    "05": r"(?P<second>\d\d)", "5": r"(?P<second>\d\d?)",
    ".000": r"(?P<fraction>[.,]\d+)", "": r"(?P<fraction>[.,]\d+)?",
    "MST": r"(?-i:(?P<zone>UTC|GMT(?P<east>[+-]\d{1,2})?|[A-Z]{3,4}))",
    "Z07:00": rf"(?:(?-i:Z)|{_OFFSET}:(?P<minutes>[0-5]\d))", "Z0700": rf"(?:(?-i:Z)|{_OFFSET}(?P<minutes>[0-5]\d))",
    "-07:00": rf"{_OFFSET}:(?P<minutes>[0-5]\d)", "-0700": rf"{_OFFSET}(?P<minutes>[0-5]\d)", "-07": _OFFSET,
}  # fmt: skip
_READ = {part: re.compile(pattern, re.ASCII | re.IGNORECASE) for part, pattern in _PARTS.items()}
_FIND = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|_2|002|01|02|03|04|05|06|15|PM|pm|Z07:?00|-07(?::?00)?"
    r"|[.,]0+(?![0-9])|[1-5]"
)
_LIMITS = {
    "month": (1, 12), "hour": (0, 23), "half": (0, 12), "minute": (0, 59), "second": (0, 59),
}  # fmt: skip


def parse(text: str, layout: str) -> Time:
    """time.Parse. Raises ValueError, with Go's text, if `text` does not match the layout or the day does not exist."""
    found: dict[str, str] = {}
    rest = text
    for part, pattern in _patterns(layout):
        match = pattern.match(rest)
        if match is None:
            told = f"parsing time {quote(text)} as {quote(layout)}"
            raise ValueError(f"{told}: cannot parse {quote(rest)} as {quote(part)}")
        found |= {name: value for name, value in match.groupdict().items() if value is not None}
        rest = rest[match.end() :]
    problem = f"extra text: {quote(rest)}" if rest else _out_of_range(found)
    if problem:
        raise ValueError(f"parsing time {quote(text)}: {problem}")
    return _made(found)


def _patterns(layout: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    at = 0
    for match in _FIND.finditer(layout):
        part = match[0]
        yield from _literal(layout[at : match.start()])
        yield part, _READ[".000" if part[0] in ".," else part]
        at = match.end()
        if part in ("05", "5") and not re.match(r"[.,]0", layout[at:]):
            yield "", _READ[""]  # seconds may have a fraction of which the layout says nothing
    yield from _literal(layout[at:])


def _literal(text: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    if text:
        yield text, re.compile(re.sub(r"(\\ )+", " *", re.escape(text)))  # a space stands for any number of them


def _out_of_range(found: dict[str, str]) -> str:
    for name, (least, most) in _LIMITS.items():
        if name in found and not least <= int(found[name]) <= most:
            return f"{'hour' if name == 'half' else name} out of range"
    year, month, _ = _day(found)
    following = (year, month + 1) if month < 12 else (year + 1, 1)
    if not 1 <= int(found.get("day", 1)) <= days_until(*following, 1) - days_until(year, month, 1):
        return "day out of range"
    last = days_until(year + 1, 1, 1) - days_until(year, 1, 1)
    return "" if 1 <= int(found.get("year_day", 1)) <= last else "day-of-year out of range"


def _day(found: dict[str, str]) -> tuple[int, int, int]:
    year, month = int(found.get("year", 0)), int(found.get("month", 1))
    if "short_year" in found:
        year = int(found["short_year"]) + (1900 if int(found["short_year"]) >= 69 else 2000)
    if "name" in found:
        month = _SHORT.index(found["name"][:3].lower()) + 1
    return year, month, int(found.get("year_day" if "year_day" in found else "day", 1))


def _made(found: dict[str, str]) -> Time:
    year, month, day = _day(found)
    hour, minute, second = (int(found.get(part, 0)) for part in ("hour", "minute", "second"))
    hour = int(found.get("half", hour))
    if "noon" in found:
        hour = hour % 12 + 12 * (found["noon"].upper() == "PM")
    east = int(found.get("east", found.get("hours", 0))) * 3600 + int(found.get("minutes", 0)) * 60
    offset = -east if found.get("sign") == "-" else east
    days = days_until(year, 1 if "year_day" in found else month, 1) + day - 1
    seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
    fraction = int(f"{found.get('fraction', '')[1:10]:0<9}")
    return Time(seconds * SECOND + fraction, offset, found.get("zone", "" if offset else "UTC"))
