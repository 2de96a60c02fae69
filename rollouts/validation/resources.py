"""The usual rules of Kubernetes about what a container wants and may use, in its order.

k8s.io/kubernetes: pkg/apis/core/validation/validation.go (validateResourceRequirements).
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from rollouts.errors import Invalid
from rollouts.golang.text import quote
from rollouts.schema.names import qualified_name_problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Quantity = int | float | str | None

_SMALL = {suffix: Fraction(10) ** -power for suffix, power in (("n", 9), ("u", 6), ("m", 3))}
_LARGE = {suffix: Fraction(10) ** (3 * i) for i, suffix in enumerate(("", "k", "M", "G", "T", "P", "E"))}
_OF_TWO = {f"{suffix}i": Fraction(2) ** (10 * i) for i, suffix in enumerate("KMGTPE", 1)}
_SUFFIXES_OF_TEN = _SMALL | _LARGE
_SUFFIXES = _SUFFIXES_OF_TEN | _OF_TWO
_QUANTITY = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))([numkMGTPE]|[KMGTPE]i|[eE]([+-]?\d+))?", re.ASCII)
_STANDARD = ("cpu", "memory", "ephemeral-storage")


def of_resources(resources: Mapping[str, Mapping[str, Quantity]], at: str) -> Iterator[Invalid]:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for name, quantity in limits.items():
        yield from _of_resource(name, quantity, f"{at}.limits[{name}]")
    for name, quantity in requests.items():
        yield from _of_resource(name, quantity, f"{at}.requests[{name}]")
        if name in limits and amount(quantity) > amount(limits[name]):
            yield Invalid(f"{at}.requests", f"must be less than or equal to {name} limit of {canonical(limits[name])}")


def _of_resource(name: str, quantity: Quantity, at: str) -> Iterator[Invalid]:
    problem = qualified_name_problem(name)
    if problem is None and "/" not in name and name not in _STANDARD and not name.startswith("hugepages-"):
        problem = "must be a standard resource type or fully qualified"
    if problem is not None:
        yield Invalid(at, f"Invalid value: {quote(name)}: {problem}")
    if amount(quantity) < 0:
        yield Invalid(at, f"Invalid value: {quote(str(quantity))}: must be greater than or equal to 0")


def canonical(quantity: Quantity) -> str:
    """A quantity as Kubernetes shows it: a whole number, and as large a suffix as it can have (`1.5` is `1500m`)."""
    number, binary = amount(quantity), str(quantity).endswith("i")
    suffixes = _OF_TWO | {"": Fraction(1)} if binary else _SUFFIXES_OF_TEN
    for suffix, size in sorted(suffixes.items(), key=lambda one: -one[1]):
        if number and (number / size).denominator == 1:
            return f"{number / size}{suffix}"
    return str(quantity) if number else "0"


def amount(quantity: Quantity) -> Fraction:
    """The number that a quantity stands for: `500m` is a half, `1Ki` is 1024; 0 for what is none."""
    match = _QUANTITY.fullmatch(str(quantity))
    if match is None:
        return Fraction(0)
    number, suffix, exponent = match.groups()
    return Fraction(number) * (Fraction(10) ** int(exponent) if exponent else _SUFFIXES[suffix or ""])
