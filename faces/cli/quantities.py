"""One value as a person types it: `40`, `40%`, `2s`, `0,50,200ms`, `edge`. The setting itself says what it may be."""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from faces.faults.describing import Setting

# So many digits that a float holds them all: what is read is what was typed.
_NUMBER = re.compile(r"([+-]?[0-9]{1,12}(?:\.[0-9]{1,6})?)(.*)", re.DOTALL)
# What else can be typed for a unit, and how many of the unit one of it is.
_OTHER_UNITS: "Mapping[str, Mapping[str, Decimal]]" = {
    "ms": {"s": Decimal(1000)},
    "s": {"ms": Decimal("0.001")},
    "requests/s": {"/s": Decimal(1)},
}


class QuantityError(ValueError):
    """Why this is no value of the setting: a sentence that goes on with what it may be."""


def read(setting: "Setting", text: str) -> Any:
    """The value as JSON. In a list, a number without a unit has the next one's: `1,2s` is 1 s and 2 s."""
    if not setting.many:
        return _read_one(setting, text, "")
    parts = text.split(",")
    values, unit = [], ""
    for part in reversed(parts):
        found = _NUMBER.fullmatch(part)
        unit = (found[2] if found else "") or unit
        values.append(_read_one(setting, part, unit))
    return values[::-1]


def written(setting: "Setting", value: Any) -> str:
    """The text that `read` reads as this value."""
    if setting.type == "text":
        return str(value)
    if setting.many:
        return f"{','.join(_digits(one) for one in value)}{setting.unit}"
    if setting.unit == "ms" and value and value % 1000 == 0:
        return f"{_digits(value / 1000)}s"
    return f"{_digits(value)}{'/s' if setting.unit == 'requests/s' else setting.unit}"


def _read_one(setting: "Setting", text: str, unit: str) -> Any:
    if not text:
        raise QuantityError(f"{setting.name} has no value; it may be")
    if setting.type == "text":
        if setting.choices and text not in setting.choices:
            raise _refused(setting, text)
        return text
    number = _number(setting, text, unit)
    low, above, high = setting.minimum, setting.exclusive_minimum, setting.maximum
    if (
        (low is not None and number < Decimal(str(low)))
        or (above is not None and number <= Decimal(str(above)))
        or (high is not None and number > Decimal(str(high)))
    ):
        raise _refused(setting, text)
    return int(number) if number == number.to_integral_value() else float(number)


def _number(setting: "Setting", text: str, unit: str) -> Decimal:
    found = _NUMBER.fullmatch(text)
    factor = _factor(setting.unit, found[2] or unit or setting.unit) if found else None
    if found is None or factor is None:
        raise _refused(setting, text)
    number = Decimal(found[1]) * factor
    if setting.type == "integer" and number != number.to_integral_value():
        raise QuantityError(f"{setting.name} has to be a whole number, not {text}:")
    return number


def _refused(setting: "Setting", text: str) -> QuantityError:
    return QuantityError(f"{setting.name} cannot be {text}; it may be")


def _factor(unit: str, typed: str) -> Decimal | None:
    return Decimal(1) if typed == unit else _OTHER_UNITS.get(unit, {}).get(typed)


def _digits(number: float) -> str:
    return f"{Decimal(str(number)).normalize():f}"
