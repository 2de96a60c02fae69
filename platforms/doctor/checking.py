"""How checks are written and run. Pure.

A check is a function from what was observed to a finding. It may raise NotThere or NotSeen in the place of a finding,
and need not know which of the things that it reads have been looked at in vain.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from seam.doctor import Diagnosis, Finding, Result

Seen = TypeVar("Seen")
Thing = TypeVar("Thing")

_ORDER = list(Result)


class NotThere(Exception):  # noqa: N818 - an answer, not a defect
    """The subject of a check does not exist; the text says so, and the check is skipped."""


class NotSeen(Exception):  # noqa: N818 - an answer, not a defect
    """The subject of a check could not be looked at; the text says why, and that is a warning."""


@dataclass(frozen=True, slots=True)
class Look(Generic[Thing]):
    """What came of looking for something: it, or why there is none (`absent`), or why nobody knows (`hidden`)."""

    found: Thing | None = None
    absent: str = ""
    hidden: str = ""

    def value(self) -> Thing:
        """Raises NotThere or NotSeen."""
        if self.found is not None:
            return self.found
        if self.absent:
            raise NotThere(self.absent)
        raise NotSeen(self.hidden or "nobody has looked")


@dataclass(frozen=True, slots=True)
class Check(Generic[Seen]):
    """`decide` is pure. `group` is the part of the platform that it is about, as a heading."""

    name: str
    group: str
    decide: Callable[[Seen], Finding]


def examine(checks: Iterable[Check[Seen]], seen: Seen) -> list[Diagnosis]:
    return [Diagnosis(check.name, check.group, _finding(check, seen)) for check in checks]


def _finding(check: Check[Seen], seen: Seen) -> Finding:
    try:
        return check.decide(seen)
    except NotThere as absent:
        return Finding(Result.SKIPPED, str(absent))
    except NotSeen as hidden:
        return Finding(Result.WARNING, f"not looked at: {hidden}")
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # An object that nobody has foreseen must not take the other checks with it.
        return Finding(Result.WARNING, f"not looked at: an object has an unknown shape ({error!r})")


def ok(saw: str) -> Finding:
    return Finding(Result.OK, saw)


def warning(saw: str, next_step: str = "") -> Finding:
    return Finding(Result.WARNING, saw, next_step)


def failed(saw: str, next_step: str) -> Finding:
    return Finding(Result.FAILED, saw, next_step)


def together(findings: Iterable[Finding], otherwise: str) -> Finding:
    """Of many findings the worst, and how many more are as bad; `otherwise` says what is well if none is bad."""
    bad = [one for one in findings if one.result in (Result.WARNING, Result.FAILED)]
    if not bad:
        return ok(otherwise)
    worst = max((one.result for one in bad), key=_ORDER.index)
    first, *others = [one for one in bad if one.result is worst]
    more = f" (and {len(others)} more like it)" if others else ""
    return Finding(worst, first.saw + more, first.next)


def listed(names: Iterable[str], most: int = 3) -> str:
    """`a, b, c and 4 more`."""
    every = list(names)
    shown, rest = every[:most], len(every) - most
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")


def some(count: int, what: str) -> str:
    """`1 pod`, `3 pods`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
