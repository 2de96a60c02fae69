"""The versions of the catalogue, hurried: what they need around them, and a platform for many of them in a row.

Windows hold some hundred requests at the usual rate, so that chance alone fails no version of 1 % errors. Slow answers
need more: what is under way at a window's ends lowers the share of what was answered.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path

from chaos.catalogue.shipped import FAMILIES
from chaos.experiment import Session, open_session
from e2e.changes import all_of, annotate, expect_progress_within, measure_over, pause_for
from e2e.manifests import Change, write
from platforms.registry import provider
from seam.provider import Options, StartRequest
from seam.releases import Outcome, Release

_AT_A_TIME = 6
_SETTLED_S = 2
# The seconds that an analysis looks back, and that a pause lasts.
_USUAL, _OF_SLOW_ONES = (6, 6), (15, 12)
_DEADLINE_S = 10


def groups(names: Iterable[str] = ()) -> Iterator[tuple[str, Sequence[Release]]]:
    """(name, releases that need the same around them), few enough that several groups run side by side."""
    wanted = set(names)
    for family, releases in FAMILIES.items():
        chosen = [release for release in releases if not wanted or release.name in wanted]
        for number, (_, same) in enumerate(groupby(chosen, key=_around)):
            together = list(same)
            for first in range(0, len(together), _AT_A_TIME):
                yield f"{family}-{number}-{first}", together[first : first + _AT_A_TIME]


def surroundings(releases: Sequence[Release]) -> Change:
    """What is changed in the manifests for releases of one group."""
    window, pause = _OF_SLOW_ONES if releases[0] in FAMILIES["times"] else _USUAL
    changes = [measure_over(window), pause_for(pause), annotate(releases[0].scene.services)]
    if releases[0].expected is Outcome.UNDECIDED:
        changes.append(expect_progress_within(_DEADLINE_S))
    return all_of(*changes)


@asynccontextmanager
async def hurried(releases: Sequence[Release]) -> AsyncIterator[Session]:
    """A fresh run for releases of one group; measurable when this begins, and gone afterwards."""
    scene = releases[0].scene
    with tempfile.TemporaryDirectory() as folder:
        manifests = write(Path(folder) / "manifests", surroundings(releases))
        starting = provider("embedded").begin(Options(), StartRequest(manifests, attached=True))
        async with await starting.wait_until_ready(lambda _: None) as platform:
            try:
                async with open_session(platform, scene.rate, scene.shape, Path(folder) / "visitors.ndjson") as session:
                    await platform.measured()
                    await asyncio.sleep(_SETTLED_S)
                    yield session
            finally:
                await platform.down()


def _around(release: Release) -> tuple[object, ...]:
    """What a platform has to be like; the workload is not part of it."""
    scene = release.scene
    return repr(scene.services), scene.rate, scene.shape, release.expected is Outcome.UNDECIDED
