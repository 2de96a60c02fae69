"""Go's times and durations, as far as conditions compute with them: nanoseconds, and the zone to print them in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from rollouts.golang.types import DURATION, LOCATION, MONTH, TIME, WEEKDAY, Type

SECOND = 1_000_000_000
_DAY = 86_400 * SECOND
_MOST, _LEAST = 2**63 - 1, -(2**63)
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    nanoseconds: int
    go_type: ClassVar[Type] = DURATION

    def __str__(self) -> str:
        """As time.Duration.String: `1h30m0s`, `1.5ms`."""
        size = abs(self.nanoseconds)
        if size < SECOND:
            unit, scale = next(pair for pair in (("ns", 1), ("µs", 1_000), ("ms", 1_000_000)) if size < pair[1] * 1_000)
            text = f"{_decimal(size, scale)}{unit}" if size else "0s"
        else:
            minutes, rest = divmod(size, 60 * SECOND)
            hours, minutes = divmod(minutes, 60)
            shown = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
            text = f"{shown}{_decimal(rest, SECOND)}s"
        return f"-{text}" if self.nanoseconds < 0 else text


def _decimal(size: int, scale: int) -> str:
    whole, rest = divmod(size, scale)
    digits = f"{rest:0{len(str(scale)) - 1}d}".rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)


@dataclass(frozen=True, slots=True)
class Named:
    """A number with a name: a month, a weekday."""

    number: int
    name: str
    go_type: Type

    def __str__(self) -> str:
        return self.name


def month(number: int) -> Named:
    return Named(number, MONTHS[number - 1], MONTH)


def weekday(number: int) -> Named:
    return Named(number, WEEKDAYS[number], WEEKDAY)


@dataclass(frozen=True, slots=True)
class Location:
    name: str
    go_type: ClassVar[Type] = LOCATION

    def __str__(self) -> str:
        return self.name


UTC = Location("UTC")


@dataclass(frozen=True, slots=True, order=True)
class Time:
    """Nanoseconds since 1970; `offset` (seconds east of UTC) and `zone` say how it is written, and nothing else."""

    nanoseconds: int
    offset: int = field(default=0, compare=False)
    zone: str = field(default="UTC", compare=False)
    go_type: ClassVar[Type] = TIME

    def __str__(self) -> str:
        """As time.Time.String."""
        east = abs(self.offset) // 60
        shift = f"{'-' if self.offset < 0 else '+'}{east // 60:02d}{east % 60:02d}"
        return f"{self._written(' ')} {shift} {self.zone or shift}"

    def as_json(self) -> str:
        """Raises ValueError for an offset of a day or more, as Go does."""
        if abs(self.offset) >= _DAY // SECOND:
            problem = "Time.MarshalJSON: timezone hour outside of range [0,23]"
            raise ValueError(f"json: error calling MarshalJSON for type time.Time: {problem}")
        east = abs(self.offset) // 60
        shift = f"{'-' if self.offset < 0 else '+'}{east // 60:02d}:{east % 60:02d}"
        return f"{self._written('T')}{shift if self.offset else 'Z'}"

    def _written(self, between: str) -> str:
        (year, month, day), (hour, minute, second, nanosecond) = self.date, self.clock
        fraction = f".{nanosecond:09d}".rstrip("0") if nanosecond else ""
        return f"{year:04d}-{month:02d}-{day:02d}{between}{hour:02d}:{minute:02d}:{second:02d}{fraction}"

    @property
    def days(self) -> int:
        """Days since 1970 in its own zone."""
        return (self.nanoseconds + self.offset * SECOND) // _DAY

    @property
    def clock(self) -> tuple[int, int, int, int]:
        """Hour, minute, second, nanosecond."""
        seconds, nanosecond = divmod((self.nanoseconds + self.offset * SECOND) % _DAY, SECOND)
        return seconds // 3600, seconds // 60 % 60, seconds % 60, nanosecond

    @property
    def date(self) -> tuple[int, int, int]:
        """Year, month, day."""
        return _date_of(self.days)

    @property
    def year_day(self) -> int:
        return self.days - days_until(self.date[0], 1, 1) + 1

    @property
    def weekday(self) -> Named:
        return weekday((self.days + 4) % 7)

    @staticmethod
    def zero() -> Time:
        """The first of January of the year 1."""
        return Time(days_until(1, 1, 1) * _DAY)

    def plus(self, nanoseconds: int) -> Time:
        return Time(self.nanoseconds + nanoseconds, self.offset, self.zone)

    def since(self, other: Time) -> Duration:
        """The difference, capped at the longest duration that Go has."""
        return Duration(min(max(self.nanoseconds - other.nanoseconds, _LEAST), _MOST))


def days_until(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to that day; years begin in March, so that leap days come last."""
    years, months = (year, month - 3) if month > 2 else (year - 1, month + 9)
    return 365 * years + years // 4 - years // 100 + years // 400 + (153 * months + 2) // 5 + day - 1 - 719_468


def _date_of(days: int) -> tuple[int, int, int]:
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    months = (5 * day_of_year + 2) // 153
    month = months + 3 if months < 10 else months - 9
    return era * 400 + year_of_era + (month <= 2), month, day_of_year - (153 * months + 2) // 5 + 1
