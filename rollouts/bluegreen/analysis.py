"""The runs before and after the promotion. Argo: rollout/analysis.go.

A status keeps naming its runs, even once they were cancelled; only another template makes it forget them. So a run
that failed after a promotion still speaks when somebody retries, and aborts again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from rollouts.analysis.model import AnalysisRun, RunKind
from rollouts.analysis_runs import (
    apply_verdict,
    asks_for_new_run,
    create_run,
    emit_change,
    keep_history,
    reference_to,
    terminate,
)
from rollouts.bluegreen.skipping import skips_all, skips_post_promotion, skips_pre_promotion
from rollouts.status import PauseReason

if TYPE_CHECKING:
    from rollouts.model import RolloutAnalysis
    from rollouts.single_pass import Pass


def reconcile_analysis(work: Pass) -> None:
    """Judge the current runs; the verdict becomes a pause or an abort of this pass."""
    before = (work.pre_run, work.post_run)
    if skips_all(work):
        terminate(work, before)
    else:
        _reconcile_runs(work)
    work.blue_green = replace(
        work.blue_green,
        pre_promotion_analysis_run_status=reference_to(work.pre_run),
        post_promotion_analysis_run_status=reference_to(work.post_run),
    )
    current = {run.name for run in (*before, work.pre_run, work.post_run) if run is not None}
    others = [run for run in work.observed.analysis_runs if run.name not in current]
    terminate(work, others)
    keep_history(work, others)
    known = work.status.blue_green
    emit_change(work, known.post_promotion_analysis_run_status, work.post_run, RunKind.POST_PROMOTION)
    emit_change(work, known.pre_promotion_analysis_run_status, work.pre_run, RunKind.PRE_PROMOTION)


def _reconcile_runs(work: Pass) -> None:
    blue_green = work.rollout.blue_green
    skips = skips_pre_promotion(work, work.pre_run)
    work.pre_run = _run(work, work.pre_run, blue_green.pre_promotion_analysis, RunKind.PRE_PROMOTION, skips=skips)
    if work.pre_run is not None:
        apply_verdict(work, work.pre_run, "Blue/green pre-promotion")
    skips = skips_post_promotion(work, work.post_run)
    work.post_run = _run(work, work.post_run, blue_green.post_promotion_analysis, RunKind.POST_PROMOTION, skips=skips)
    if work.post_run is not None:
        apply_verdict(work, work.post_run, "Blue/green post-promotion")


def _run(
    work: Pass, run: AnalysisRun | None, analysis: RolloutAnalysis | None, kind: RunKind, *, skips: bool
) -> AnalysisRun | None:
    """The run of this kind: the one there is, or a new one. Frozen while an inconclusive one waits for a human."""
    if analysis is None or not analysis.templates:
        terminate(work, (run,))
        return None
    if skips:
        terminate(work, (run,))
        return run
    if work.status.paused_because(PauseReason.INCONCLUSIVE_ANALYSIS_RUN):
        return run
    if run is None or asks_for_new_run(run, work.status):
        return create_run(work, analysis, kind)
    return run
