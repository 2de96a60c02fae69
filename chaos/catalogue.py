"""The releases one can push: one good, the others bad in one way each.

A release is data, not code: its faults are the JSON that the app reads from its environment variable FAULTS,
so a release differs from its predecessor only in the pod template, as a real bad release would.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How a release ended, or that it has not ended."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    PAUSED = "paused"
    UNDECIDED = "undecided"


class UnknownRelease(LookupError):  # noqa: N818 (a sentence for the user, not a defect)
    """The catalogue has no release of this name. The user's mistake: do not retry."""


@dataclass(frozen=True, slots=True)
class Release:
    """A version one can push.

    `summary` is one sentence for people. `faults` is the JSON fault model (fractions are percentages of
    requests, `ms` are milliseconds), empty for a good version. `expected` is how an analysis worth its name
    ends it.
    """

    name: str
    summary: str
    faults: Mapping[str, Any]
    expected: Outcome


def _bad(name: str, summary: str, faults: Mapping[str, Any]) -> Release:
    return Release(name, summary, faults, Outcome.ROLLED_BACK)


RELEASES: tuple[Release, ...] = (
    Release("good", "A healthy version: every request is served well.", {}, Outcome.PROMOTED),
    _bad("errors-5", "Fails 5 % of its requests: few enough to be missed.", {"error": {"fraction": 5}}),
    _bad("errors-40", "Fails 40 % of its requests.", {"error": {"fraction": 40}}),
    _bad("errors-100", "Fails every request.", {"error": {"fraction": 100}}),
    _bad(
        "slow-p99",
        "Answers correctly, but 10 % of its requests take 800 ms longer.",
        {"tail_latency": {"fraction": 10, "ms": 800}},
    ),
    _bad(
        "hang",
        "Accepts every request and answers none: no error is ever counted.",
        {"hang": {"fraction": 100}},
    ),
)


def find(name: str) -> Release:
    """The release of this name; raises UnknownRelease, whose sentence lists the names and a close match."""
    for release in RELEASES:
        if release.name == name:
            return release
    names = [release.name for release in RELEASES]
    close = get_close_matches(name.lower(), names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise UnknownRelease(f"There is no release named {name!r}.{hint} The catalogue has: {', '.join(names)}.")


def release_env(release: Release, version: str) -> dict[str, str]:
    """The environment of the pod template that makes it this release.

    FAULTS is always written, so that a good release after a bad one takes the faults away.
    """
    faults = json.dumps(release.faults, sort_keys=True, separators=(",", ":"))
    return {"VERSION": version, "FAULTS": faults}
