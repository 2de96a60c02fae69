"""Every version of the catalogue ends as it says: the bad ones that a network can show are rolled back, by a metric
that should see them, the others are promoted, and so is every good one.

Those that need the same around them share a platform, one after the other. What went wrong is told of all of them.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

import pytest

from chaos.catalogue import Outcome, Release
from chaos.catalogue.shipped import FAMILIES
from chaos.record import End
from chaos.report.outcome import ending_of
from e2e.changes import all_of, annotate, expect_progress_within, pause_for
from e2e.runs import Pushed
from e2e.stage import Stage, StartStage
from seam.releases import Scene, needs_own_mesh

# What Traefik cannot show, beside identities, policies and retries; or a crowd that a cluster cannot bear here.
_OWN_MESH = {"slow-body", "slow-accept", "background-errors", "in-a-burst", "few-visitors"}
_AT_A_TIME = 8
_PAUSE_S, _LIMIT_S, _DEADLINE_S = 5, 60, 8


def groups() -> Iterator[tuple[str, Scene, Sequence[Release]]]:
    """(name, what they need, releases): few enough that several groups run side by side."""
    for family, releases in FAMILIES.items():
        for number, (_, same) in enumerate(groupby(releases, key=_around)):
            chosen = list(same)
            for first in range(0, len(chosen), _AT_A_TIME):
                part = chosen[first : first + _AT_A_TIME]
                yield f"{family}-{number}-{first}", part[0].scene, part


def _around(release: Release) -> tuple[object, ...]:
    scene = release.scene
    return (sorted(scene.services), repr(scene.services), scene.rate, scene.shape)


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("scene", "releases"), [pytest.param(s, r, id=name) for name, s, r in groups()])
async def test_each_release_ends_as_the_catalogue_says(
    stage: StartStage, scene: Scene, releases: Sequence[Release], request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--platform") != "embedded":
        releases = [release for release in releases if shown_anywhere(release)]
    change = all_of(pause_for(_PAUSE_S), annotate(scene.services), expect_progress_within(_DEADLINE_S))
    if not releases:
        return
    async with stage(rate=max(scene.rate, 12), change=change, shape=scene.shape) as on:
        wrong = [said for release in releases if (said := await _released(on, release))]
    assert not wrong, "\n".join(wrong)


def shown_anywhere(release: Release) -> bool:
    """Whether a cluster without a mesh shows it as well."""
    return not needs_own_mesh(release.pods) and not release.scene.services and release.name not in _OWN_MESH


async def _released(on: Stage, release: Release) -> str:
    """What was not as the catalogue says; empty if all was."""
    pushed = await on.push(release, release.scene.workload)
    ended = await on.session.watch(pushed.run, _LIMIT_S * on.pace.patience, unattended=True)
    outcome = ending_of(pushed.run.progress).outcome
    if outcome is not release.expected:
        return f"{release.name}: {outcome}, expected {release.expected}; {pushed.now}"
    if release.seen_by and not _blamed(pushed) & set(release.seen_by):
        return f"{release.name}: seen by {_blamed(pushed)}, expected one of {release.seen_by}"
    if release.expected is Outcome.UNDECIDED and ended is not End.STUCK:
        return f"{release.name}: {ended}, expected to be stuck; {pushed.now}"
    if release.expected is Outcome.ROLLED_BACK:
        await on.well_again(pushed)
    if outcome is Outcome.PROMOTED and release.bad:
        await _good_again(on, release.scene.workload)
    return ""


async def _good_again(on: Stage, workload: str) -> None:
    """At once, so that the next one is not judged beside a bad one."""
    pushed = await on.push("good", workload)
    await on.platform.promote(workload, full=True)
    await on.watch(pushed)


def _blamed(pushed: Pushed) -> set[str]:
    """The metrics that failed."""
    return {measured.metric for measured in pushed.run.progress.measurements if measured.phase == "Failed"}
