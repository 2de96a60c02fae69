"""P99 before, during and after the release, in the figures at the top."""

from collections.abc import Sequence

from chaos.report.shape import PhaseDict

ENDS = ("before", "after")
AT_WORST = ", at worst"


def tails(phases: Sequence[PhaseDict]) -> list[tuple[str, float | None]]:
    """(name, P99 in ms) in order of time, where somebody visited; the phases of the release as one, with the worst.

    Percentiles cannot be added up, so the worst stands for all: no phase of the release had a higher one.
    """
    visited = [phase for phase in phases if phase["requests"]]
    release = [phase for phase in visited if phase["name"] not in ENDS]
    before, after = ([phase for phase in visited if phase["name"] == name] for name in ENDS)
    found: list[tuple[str, float | None]] = []
    for name, those in (("before", before), (f"during{AT_WORST}", release), ("after", after)):
        if those:
            seen = [phase["p99_ms"] for phase in those if phase["p99_ms"] is not None]
            label = "during" if len(those) == 1 and those is release else name
            found.append((label, max(seen, default=None)))
    return found
