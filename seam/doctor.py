"""What a doctor finds: one line for each check, and what to do about it.

A kind of platform whose capabilities say `doctor` has one. A check whose subject is not there is skipped, and says why;
what could not be looked at is a warning, never ok.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from seam.provider import Options


class Result(StrEnum):
    """From the best to the worst, but for the first: nothing was there to be looked at."""

    SKIPPED = "skipped"
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen, as the rest of a line, and the next step for what is wrong, as a sentence."""

    result: Result
    saw: str
    next: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The finding of one check. `group` is the part of the platform that it is about."""

    check: str
    group: str
    finding: Finding

    @property
    def result(self) -> Result:
        return self.finding.result

    def to_json(self) -> dict[str, Any]:
        found = self.finding
        return {
            "check": self.check,
            "group": self.group,
            "result": found.result.value,
            "saw": found.saw,
            "next": found.next,
        }


class Doctor(Protocol):
    async def examine(self, options: Options) -> list[Diagnosis]:
        """Look at everything once, change nothing; returns in some seconds, whatever does not answer.

        Raises UserError for options that lead nowhere: no such kubeconfig, no run of that name.
        """
        ...
