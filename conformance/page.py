"""docs/conformance.md: how far the embedded engine decides as Argo Rollouts does, from one run of both."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.scenario import AGAIN, Scenario
from conformance.table import Row, Table, counted
from conformance.trace import TOLERANCE_S, Difference

_HEAD = f"""# Same manifest, same decision

Written by `make conformance PAGE=1`, not by hand. Each scenario (a Rollout, the answers of its metrics, and what people
do to it by the second) is played twice: by the real Argo Rollouts v1.10.1 controller on a real API server, and by the
embedded engine on a virtual clock. Compared are the sequence of decisions (phase, step, weight, stable and current
version, abort, pauses), the times of them (within {TOLERANCE_S:g} s), the sizes of all ReplicaSets, the phases of all
AnalysisRuns and every measurement. Messages are compared as well, and counted apart: some pass by in the moments
between two decisions, in which only the real controller waits for anything. A scenario in which they disagree is played
again, up to three times and at last alone: on a busy machine the real controller is late, and people in the script are
not.
"""


@dataclass(frozen=True, slots=True)
class Compared:
    scenario: Scenario
    differences: tuple[Difference, ...]

    @property
    def decided_alike(self) -> bool:
        return not any(one.decisive for one in self.differences)

    @property
    def again(self) -> bool:
        """Whether it was played again, because the two disagreed the first time."""
        return self.scenario.name.endswith(AGAIN)

    @property
    def drawn(self) -> bool:
        """Whether it was drawn at random."""
        return self.scenario.rule == "any"


def markdown(compared: Sequence[Compared], tables: Sequence[Table] = ()) -> str:
    scenarios = _scenarios(compared) if compared else []
    return "\n".join([_HEAD, *scenarios, *(line for table in tables for line in _table(table))])


def _scenarios(compared: Sequence[Compared]) -> list[str]:
    by_hand = [one for one in compared if not one.drawn]
    drawn = [one for one in compared if one.drawn]
    return [
        "| scenarios | played | decided alike | in the same words, too | alike only when played again |",
        "|---|---:|---:|---:|---:|",
        *(_row(name, some) for name, some in (("by hand", by_hand), ("drawn at random", drawn)) if some),
        "",
        *_disagreements(compared),
        "## By hand",
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
    yield "## Decided otherwise"
    yield ""
    for one in otherwise:
        yield f"- **{one.scenario.name}** (rule {one.scenario.rule}): {one.scenario.what}"
        yield from (f"  - {' '.join(str(each).split())}" for each in one.differences if each.decisive)
    yield ""


def _sign(one: Compared) -> str:
    if not one.decided_alike:
        return "decided otherwise"
    return "other words" if one.differences else "the same"


def _number(one: Compared) -> list[int]:
    return [int(part) for part in one.scenario.rule.split(".")]


def _table(table: Table) -> Iterator[str]:
    by_hand, drawn = ([row for row in table.rows if row.drawn is at_random] for at_random in (False, True))
    yield from (f"## {table.name.capitalize()}", "", table.about, "")
    also = ("| refused by name ", "|---:") if table.apart else ("", "")
    yield from (
        f"| {table.name} | asked | judged alike | in the same words, too {also[0]}|",
        f"|---|---:|---:|---:{also[1]}|",
    )
    for name, some in (("by hand", by_hand), ("drawn at random", drawn)):
        if some:
            yield _counted(name, some) + (f" {sum(bool(row.apart) for row in some)} |" if table.apart else "")
    yield ""
    decisive = [row for row in table.rows if not row.judged_alike and not row.apart]
    worded = [row for row in by_hand if row.judged_alike and row.difference]
    for title, rows in (("judged otherwise", decisive), ("judged alike, in other words", worded)):
        if rows:
            yield from (f"### {table.name.capitalize()} {title}", "", *map(_told, rows), "")
    if table.apart:
        yield from (f"### What the engine refuses by name, by the number of {table.name}", "")
        yield from (f"- {feature}: {count}" for feature, count in table.apart.items())
        yield ""


def _counted(name: str, rows: Sequence[Row]) -> str:
    alike, worded = counted(rows)
    return f"| {name} | {len(rows)} | {alike} | {worded} |"


def _told(row: Row) -> str:
    return f"- {_code(row.asked)}\n  - Argo Rollouts: {_code(row.real)}\n  - embedded: {_code(row.embedded)}"


def _code(text: object) -> str:
    """A code span, whatever is in the text."""
    line = " ".join(str(text).split())
    longest = max(map(len, re.findall("`+", line)), default=0)
    fence, gap = "`" * (longest + 1), " " * bool(longest)
    return f"{fence}{gap}{line}{gap}{fence}"
