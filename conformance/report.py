"""What is printed at the end of a run, as sentences or as JSON."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.page import Compared
from conformance.table import Table, counted
from conformance.trace import Difference


@dataclass(frozen=True, slots=True)
class Outcome:
    scenarios: Sequence[Compared]
    tables: Sequence[Table]

    @property
    def decided_alike(self) -> bool:
        return all(one.decided_alike for one in self.scenarios) and all(one.judged_alike for one in self.tables)


def sentences(outcome: Outcome) -> Iterator[str]:
    """All differences, then a line of figures for the scenarios and one for each table."""
    for one in outcome.scenarios:
        yield from (_marked(each, f"{one.scenario.name} (rule {one.scenario.rule}), ") for each in one.differences)
    for table in outcome.tables:
        yield from (_marked(each) for each in table.differences)
    if outcome.scenarios:
        yield _figures(outcome.scenarios)
    for table in outcome.tables:
        yield table.figures
        if table.apart:
            yield f"  Unsupported: {', '.join(f'{feature} ({count})' for feature, count in table.apart.items())}."


def to_json(outcome: Outcome) -> str:
    """The differences of each scenario, by its name; the figures and differences of each table, by its name."""
    scenarios = {one.scenario.name: [str(each) for each in one.differences] for one in outcome.scenarios}
    tables = {table.name: _counts(table) for table in outcome.tables}
    return json.dumps({"scenarios": scenarios, "tables": tables})


def _counts(table: Table) -> dict[str, object]:
    alike, worded = counted(table.rows)
    return {
        "asked": len(table.rows),
        "judgedAlike": alike,
        "inTheSameWords": worded,
        "refusedByName": table.apart,
        "differences": [str(each) for each in table.differences],
    }


def _marked(difference: Difference, of: str = "") -> str:
    return f"{'✗' if difference.decisive else '·'} {of}{difference}"


def _figures(compared: Sequence[Compared]) -> str:
    alike = [one for one in compared if one.decided_alike]
    worded, again = sum(not one.differences for one in alike), sum(one.again for one in alike)
    return (
        f"{len(alike)} of {len(compared)} scenarios: same decisions as Argo Rollouts, "
        f"{worded} with the same messages, too{f'; {again} only when repeated' if again else ''}."
    )
