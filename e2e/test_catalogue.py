"""Every version of the catalogue ends as it says: the bad ones that a network can show are rolled back, by a metric
that should see them, the others are promoted, and so is every good one.

Those that need the same around them share a platform, one after the other. What went wrong is told of all of them.
"""

from collections.abc import Sequence

import pytest

from chaos.catalogue import Outcome, Release
from chaos.record import End
from chaos.report.outcome import ending_of
from e2e.hurried import groups, surroundings
from e2e.runs import Pushed
from e2e.stage import Stage, StartStage

# What a cluster without a mesh shows as well. Traefik has no identities, no policy and no retries by status, and an
# answer that was cut in its body is a success to it. The rest is left out because each release takes its time there.
_ANYWHERE = (
    *("good", "slower-20ms", "errors-10", "errors-100", "edge-errors", "wrong-answer", "too-many-requests"),
    *("not-found", "grpc-unavailable", "slow-p99", "hang", "reset", "fin", "refuse", "crash-loop"),
)
_LIMIT_S = 90


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "releases" in metafunc.fixturenames:
        names = () if metafunc.config.getoption("--platform") == "embedded" else _ANYWHERE
        found = [pytest.param(releases, id=name) for name, releases in groups(names)]
        metafunc.parametrize("releases", found)


@pytest.mark.timeout(500)
async def test_each_release_ends_as_the_catalogue_says(stage: StartStage, releases: Sequence[Release]) -> None:
    scene = releases[0].scene
    async with stage(rate=scene.rate, change=surroundings(releases), shape=scene.shape) as on:
        wrong = [said for release in releases if (said := await _released(on, release))]
    assert not wrong, "\n".join(wrong)


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
    """The metrics that failed. The gate asks what success-rate asks: which of them sees few errors first is chance."""
    failed = {measured.metric for measured in pushed.run.progress.measurements if measured.phase == "Failed"}
    return failed | ({"success-rate"} if "gate" in failed else set())
