"""What no release of the catalogue brings: a version that never runs, and nobody who can measure."""

import time
from itertools import pairwise
from pathlib import Path

import pytest

from e2e.changes import all_of, ask_a_prometheus_that_is_away, expect_progress_within, pause_at_30_percent_for
from e2e.stage import StartStage

UNMEASURED = str(Path(__file__).parent / "releases" / "unmeasured.yaml")


@pytest.mark.timeout(90)
async def test_a_version_that_crashes_at_its_start_gets_no_visitor_times_out_and_undo_heals(stage: StartStage) -> None:
    async with stage(change=expect_progress_within(10)) as on:
        began = time.time()
        crashing = await on.push("crash-loop")
        stuck = await on.until(lambda view: view.phase == "Degraded")
        new = next(replicas for replicas in stuck.replica_sets if replicas.version == crashing.version)
        assert stuck.message == f'ProgressDeadlineExceeded: ReplicaSet "{new.name}" has timed out progressing.'
        assert not stuck.aborted
        assert (new.ready, stuck.current_step_index, stuck.stable_version) == (0, 0, "v1")

        await on.platform.undo("smiley")
        healed = await on.until(lambda view: view.phase == "Healthy")
        assert (healed.current_version, healed.stable_version) == ("v1", "v1")
        assert on.weights("smiley") == [0]
        seen = await on.samples(began, time.time())
        assert seen
        assert not [sample for sample in seen if not sample.ok]


@pytest.mark.timeout(120)
async def test_a_release_that_cannot_be_measured_is_aborted_after_five_errors_in_a_row(stage: StartStage) -> None:
    """An error is asked again ten seconds later, whatever the interval is."""
    change = all_of(ask_a_prometheus_that_is_away, pause_at_30_percent_for(100))
    async with stage(change=change) as on:
        release = await on.push(UNMEASURED)
        await on.watch(release, limit_s=90)
        last = release.ended
        assert last.aborted
        assert last.message.startswith(
            "RolloutAborted: Rollout aborted update to revision 2: Background analysis phase error/failed: "
        )
        assert "assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4)" in last.message
        assert [run.phase for run in last.analysis_runs] == ["Error"]
        for metric in ("success-rate", "latency-p99-ms"):
            errors = [measured for measured in release.measurements if measured.metric == metric]
            assert [error.phase for error in errors] == ["Error"] * 5
            assert all(9 <= later.t - earlier.t < 15 for earlier, later in pairwise(errors))
        assert release.weights == [0, 30, 0]
        seen = await on.samples(release.released_at, time.time())
        assert seen
        assert not [sample for sample in seen if not sample.ok]
