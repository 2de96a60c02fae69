"""Judge an answer as the person in front of the page would.

The face workload answers 200 with a cursing face when one of its backends failed, so the status alone says nothing.
A tile is good when it is the expected JSON, has something to paint, and reports no errors. How long is too long is
not judged here: the log keeps the time, and the report applies the limit.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from loadgen.samples import Kind

LONGEST_REASON: Final = 80


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` is 0 for no answer; `broken` says why an answer never came, or never ended."""

    status: int
    body: bytes = b""
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`error` None means good. A version is None where the answer does not name one."""

    error: str | None = None
    smiley: str | None = None
    color: str | None = None
    face: str | None = None


def judge(kind: Kind, answer: Answer) -> Verdict:
    if answer.broken is not None:
        return Verdict(error=answer.broken)
    if answer.status != 200:
        return Verdict(error=f"HTTP {answer.status}")
    return Verdict() if kind == "page" else _judge_tile(answer.body)


def _judge_tile(body: bytes) -> Verdict:
    try:
        tile = json.loads(body)
    except (ValueError, RecursionError):
        return Verdict(error="not JSON")
    if not isinstance(tile, dict):
        return Verdict(error="not a tile")
    versions = tile.get("versions")
    seen: dict[str, Any] = versions if isinstance(versions, dict) else {}
    return Verdict(
        error=_fault_of(tile),
        smiley=_version(seen.get("smiley")),
        color=_version(seen.get("color")),
        face=_version(seen.get("face")),
    )


def _fault_of(tile: dict[str, Any]) -> str | None:
    errors = tile.get("errors", [])  # face leaves it out when there are none
    if not isinstance(errors, list):
        return "not a tile"
    if errors:
        return shorten(str(errors[0])) or "unnamed error"
    return None if tile.get("smiley") and tile.get("color") else "nothing to paint"


def _version(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def shorten(reason: str) -> str:
    """One line of at most 80 characters: reasons are counted in the report, so they stay few and short."""
    line = " ".join(reason.split())
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"
