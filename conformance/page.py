"""docs/conformance.md: how closely the embedded engine matches Argo Rollouts, from one run of both."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.scenario import AGAIN, Scenario
from conformance.table import Row, Table, counted
from conformance.trace import TOLERANCE_S, Difference

_HEAD = f"""# Same manifest, same decision

`make conformance PAGE=1` writes this page; do not edit it by hand. A scenario is a Rollout, the answers of its
metrics, and what people do to it, and when. It is played twice: by the real Argo Rollouts v1.10.1 controller on a real
API server, and by the embedded engine on a virtual clock. Both must make the same decisions in the same order (phase,
step, weight, stable and current version, abort, pauses) within {TOLERANCE_S:g} s, with the same sizes of all
ReplicaSets, phases of all AnalysisRuns, and measurements. Messages are compared as well, but counted separately: some
appear only for a moment between two decisions, where the real controller waits for the API and the engine does not. A
scenario in which the two disagree is repeated up to three times, the last time alone: on a busy machine the real
controller is late, but the script is not.
"""
_BY_HAND, _RANDOM = "written by hand", "random"


@dataclass(frozen=True, slots=True)
class Compared:
    scenario: Scenario
    differences: tuple[Difference, ...]

    @property
    def decided_alike(self) -> bool:
        return not any(one.decisive for one in self.differences)

    @property
    def again(self) -> bool:
        """Whether it was repeated, because the two disagreed the first time."""
        return self.scenario.name.endswith(AGAIN)

    @property
    def drawn(self) -> bool:
        """Whether it was generated at random."""
        return self.scenario.rule == "any"


def markdown(compared: Sequence[Compared], tables: Sequence[Table] = ()) -> str:
    scenarios = _scenarios(compared) if compared else []
    return "\n".join([_HEAD, *scenarios, *(line for table in tables for line in _table(table))])


def _scenarios(compared: Sequence[Compared]) -> list[str]:
    by_hand = [one for one in compared if not one.drawn]
    drawn = [one for one in compared if one.drawn]
    return [
        "| scenarios | played | same decisions | same messages, too | same only when repeated |",
        "|---|---:|---:|---:|---:|",
        *(_row(name, some) for name, some in ((_BY_HAND, by_hand), (_RANDOM, drawn)) if some),
        "",
        *_disagreements(compared),
        "## Scenarios written by hand",
        "",
        "| rule | scenario | |",
        "|---|---|---|",
        *(f"| {one.scenario.rule} | {one.scenario.what} | {_sign(one)} |" for one in sorted(by_hand, key=_number)),
        "",
    ]


def _row(name: str, some: Sequence[Compared]) -> str:
    alike = [one for one in some if one.decided_alike]
    worded, again = sum(not one.differences for one in alike), sum(one.again for one in alike)
    return f"| {name} | {len(some)} | {len(alike)} | {worded} | {again} |"


def _disagreements(compared: Sequence[Compared]) -> Iterator[str]:
    otherwise = [one for one in compared if not one.decided_alike]
    if not otherwise:
        return
    yield "## Different decisions"
    yield ""
    for one in otherwise:
        yield f"- **{one.scenario.name}** (rule {one.scenario.rule}): {one.scenario.what}"
        yield from (f"  - {' '.join(str(each).split())}" for each in one.differences if each.decisive)
    yield ""


def _sign(one: Compared) -> str:
    if not one.decided_alike:
        return "other decisions"
    return "other messages" if one.differences else "same"


def _number(one: Compared) -> list[int]:
    return [int(part) for part in one.scenario.rule.split(".")]


def _table(table: Table) -> Iterator[str]:
    by_hand, drawn = ([row for row in table.rows if row.drawn is at_random] for at_random in (False, True))
    yield from (f"## {table.name.capitalize()}", "", table.about, "")
    also = ("| refused as unsupported ", "|---:") if table.apart else ("", "")
    yield from (
        f"| {table.name} | asked | same verdict | same text, too {also[0]}|",
        f"|---|---:|---:|---:{also[1]}|",
    )
    for name, some in ((_BY_HAND, by_hand), (_RANDOM, drawn)):
        if some:
            yield _counted(name, some) + (f" {sum(bool(row.apart) for row in some)} |" if table.apart else "")
    yield ""
    decisive = [row for row in table.rows if not row.judged_alike and not row.apart]
    worded = [row for row in by_hand if row.judged_alike and row.difference]
    for title, rows in (("with different verdicts", decisive), ("with the same verdict and other text", worded)):
        if rows:
            yield from (f"### {table.name.capitalize()} {title}", "", *map(_told, rows), "")
    if table.apart:
        yield from (f"### What the engine refuses as unsupported, with the number of {table.name}", "")
        yield from (f"- {feature}: {count}" for feature, count in table.apart.items())
        yield ""


def _counted(name: str, rows: Sequence[Row]) -> str:
    alike, worded = counted(rows)
    return f"| {name} | {len(rows)} | {alike} | {worded} |"


def _told(row: Row) -> str:
    return f"- {_code(row.asked)}\n  - Argo Rollouts: {_code(row.real)}\n  - embedded: {_code(row.embedded)}"


def _code(text: object) -> str:
    """A code span for any text, even one with backquotes."""
    line = " ".join(str(text).split())
    longest = max(map(len, re.findall("`+", line)), default=0)
    fence, gap = "`" * (longest + 1), " " * bool(longest)
    return f"{fence}{gap}{line}{gap}{fence}"
