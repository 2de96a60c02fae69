"""How often is a good version rolled back? Good releases of every kind, one after the other, on the embedded platform.

PYTHONPATH=. .venv/bin/python bench/false_rollbacks.py [--releases 200] [--at-a-time 2]

The manifests are hurried (e2e/hurried.py: pauses and windows of 6 s), so each verdict rests on fewer requests than with
the shipped ones: a false rollback is likelier here. What is told is the number of false rollbacks out of so many
releases, and the largest rate that this leaves possible (Clopper and Pearson, 95 %).

On 2026-11-29, on two cores with compilers and other runs beside it (load 5 to 18): 0 of 200 in 39 minutes, 33 or 34 of
each of the six kinds; with 95 % confidence fewer than 1.49 % are rolled back.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Iterable
from itertools import cycle, islice

from chaos.catalogue.shipped import FAMILIES
from chaos.report.outcome import ending_of
from e2e.binomial import at_most_rate
from e2e.hurried import hurried
from seam.releases import Outcome, Release

_LIMIT_S, _IN_A_ROW = 120.0, 12
GOOD = FAMILIES["good"]


async def main(releases: int, at_a_time: int) -> int:
    jobs = asyncio.Queue[tuple[Release, ...]]()
    for part in _parts(islice(cycle(GOOD), releases)):
        jobs.put_nowait(part)
    ended: Counter[tuple[str, Outcome]] = Counter()
    await asyncio.gather(*(_worker(jobs, ended, releases) for _ in range(at_a_time)))
    _tell(ended)
    return int(any(outcome is not Outcome.PROMOTED for _, outcome in ended))


def _parts(releases: Iterable[Release]) -> list[tuple[Release, ...]]:
    """Releases that can share a platform, a few at a time."""
    by_scene: dict[str, list[Release]] = {}
    for release in releases:
        by_scene.setdefault(repr(release.scene), []).append(release)
    return [
        tuple(same[first : first + _IN_A_ROW]) for same in by_scene.values() for first in range(0, len(same), _IN_A_ROW)
    ]


async def _worker(jobs: asyncio.Queue[tuple[Release, ...]], ended: Counter[tuple[str, Outcome]], total: int) -> None:
    while not jobs.empty():
        part = jobs.get_nowait()
        async with hurried(part) as session:
            for release in part:
                run = await session.push(release, release.scene.workload)
                await session.watch(run, _LIMIT_S, unattended=True)
                outcome = ending_of(run.progress).outcome
                ended[release.name, outcome] += 1
                why = "" if outcome is Outcome.PROMOTED or run.last is None else f" ({run.last.message})"
                print(f"{ended.total()} of {total}: {release.name} {outcome}{why}", file=sys.stderr, flush=True)


def _tell(ended: Counter[tuple[str, Outcome]]) -> None:
    names = sorted({name for name, _ in ended})
    print(f"{'release':20} {'promoted':>9} {'others':>7}")
    for name in names:
        promoted = ended[name, Outcome.PROMOTED]
        others = sum(count for (one, _), count in ended.items() if one == name) - promoted
        print(f"{name:20} {promoted:9} {others:7}")
    total = ended.total()
    bad = total - sum(count for (_, outcome), count in ended.items() if outcome is Outcome.PROMOTED)
    most = at_most_rate(bad, total)
    print(f"{bad} of {total} good releases were not promoted; with 95 % confidence fewer than {most:.2%} are.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, default=200)
    parser.add_argument("--at-a-time", type=int, default=2)
    given = parser.parse_args()
    sys.exit(asyncio.run(main(given.releases, given.at_a_time)))
