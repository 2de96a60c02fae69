"""The AnalysisRuns of a canary: created, judged, cancelled, cleaned up. Argo: rollout/analysis.go.

What all kinds of runs have in common is here as well; those of blue-green: rollouts/bluegreen/analysis.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.actions import CreateAnalysisRun, DeleteAnalysisRun, TerminateAnalysisRun
from rollouts.analysis.model import AnalysisRun, Phase, RunKind
from rollouts.analysis_arguments import free_name, request_run, run_name
from rollouts.status import AnalysisRunReference, CanaryStatus, PauseReason, RolloutStatus
from rollouts.steps import before_starting_step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rollouts.model import RolloutAnalysis
    from rollouts.single_pass import Pass

_BAD = (Phase.FAILED, Phase.ERROR)


def reconcile_analysis(work: Pass) -> None:
    """Judge the current runs; the verdict becomes a pause or an abort of this pass."""
    work.step_run = observed_run(work, work.status.canary.current_step_analysis_run_status)
    work.background_run = observed_run(work, work.status.canary.current_background_analysis_run_status)
    before = (work.step_run, work.background_run)
    if _nothing_to_analyse(work):
        terminate(work, before)
        work.step_run = work.background_run = None
    else:
        work.step_run, work.background_run = _step_run(work), _background_run(work)
    current = (*before, work.step_run, work.background_run)
    others = [run for run in work.observed.analysis_runs if run not in current]
    work.canary = CanaryStatus(
        weights=work.canary.weights,
        current_step_analysis_run_status=reference_to(work.step_run),
        current_background_analysis_run_status=reference_to(work.background_run),
    )
    if others:
        terminate(work, others)
        keep_history(work, others)
    _emit_changes(work)


def delete_runs_of(work: Pass, pod_template_hash: str) -> None:
    """Runs go with the ReplicaSet that they judged, unless they are current."""
    current = (
        work.status.canary.current_step_analysis_run_status,
        work.status.canary.current_background_analysis_run_status,
        work.status.blue_green.pre_promotion_analysis_run_status,
        work.status.blue_green.post_promotion_analysis_run_status,
    )
    names = {reference.name for reference in current if reference is not None}
    for run in work.observed.analysis_runs:
        if run.pod_template_hash == pod_template_hash and run.name not in names:
            _delete(work, run)


def _nothing_to_analyse(work: Pass) -> bool:
    status = work.status
    return (
        status.fully_promoted
        or work.pausing.aborted
        or status.promote_full
        or work.rolls_back_to_stable
        or work.rolls_back_within_window
        or not status.stable_rs
    )


def _step_run(work: Pass) -> AnalysisRun | None:
    """The run of the current step. Frozen while anything pauses the Rollout."""
    run, status = work.step_run, work.status
    if status.pause_conditions or status.abort:
        return run
    step, index = work.step, work.index
    analysis = None if step is None else step.analysis
    of_earlier_step = run is not None and run.step_index != index
    if analysis is None or not analysis.templates or of_earlier_step:
        terminate(work, (run,))
        return None
    if run is None or asks_for_new_run(run, status):
        return create_run(work, analysis, RunKind.STEP, index)
    apply_verdict(work, run, "Step-based")
    return run


def _background_run(work: Pass) -> AnalysisRun | None:
    """The run that goes along with the whole update, pauses included."""
    run, status, analysis = work.background_run, work.status, work.rollout.canary.analysis
    if analysis is None or not analysis.templates:
        terminate(work, (run,))
        return None
    if before_starting_step(work.rollout, status):
        return None
    if status.paused_because(PauseReason.INCONCLUSIVE_ANALYSIS_RUN):
        return run
    if run is None or asks_for_new_run(run, status):
        return create_run(work, analysis, RunKind.BACKGROUND)
    apply_verdict(work, run, "Background")
    return run


def asks_for_new_run(run: AnalysisRun, status: RolloutStatus) -> bool:
    """Whether somebody resumed after an inconclusive run, or retried after an abort."""
    paused = status.paused_because(PauseReason.CANARY_PAUSE_STEP) or status.paused_because(PauseReason.BLUE_GREEN_PAUSE)
    if status.controller_pause and not paused:
        return run.status.phase is Phase.INCONCLUSIVE
    return status.aborted_at is not None


def apply_verdict(work: Pass, run: AnalysisRun, kind: str) -> None:
    if run.status.phase is Phase.INCONCLUSIVE:
        work.pausing.added.append(PauseReason.INCONCLUSIVE_ANALYSIS_RUN)
    elif run.status.phase in _BAD:
        why = f": {run.status.message}" if run.status.message else ""
        work.pausing.add_abort(f"{kind} analysis phase error/failed{why}")


def create_run(work: Pass, analysis: RolloutAnalysis, kind: RunKind, step_index: int | None = None) -> AnalysisRun:
    """Order a new run, unless one of the same name is still running: it was ordered in an earlier pass."""
    runs = {run.name: run for run in work.observed.analysis_runs}
    unfinished = [name for name, run in runs.items() if not run.status.phase.completed]
    name = free_name(run_name(work, kind, step_index), runs.keys() - unfinished)
    if name in runs:
        return runs[name]
    work.actions.append(CreateAnalysisRun(request_run(work, analysis, kind, name, step_index)))
    return AnalysisRun(name, kind, work.new.pod_template_hash, metrics=(), step_index=step_index)


def observed_run(work: Pass, reference: AnalysisRunReference | None) -> AnalysisRun | None:
    if reference is None:
        return None
    for run in work.observed.analysis_runs:
        if run.name == reference.name:
            return run
    return None


def reference_to(run: AnalysisRun | None) -> AnalysisRunReference | None:
    return None if run is None else AnalysisRunReference(run.name, run.status.phase, run.status.message)


def terminate(work: Pass, runs: Iterable[AnalysisRun | None]) -> None:
    for run in runs:
        if run is not None and not run.terminate and not run.status.phase.completed:
            action = TerminateAnalysisRun(run.name)
            if action not in work.actions:
                work.actions.append(action)


def keep_history(work: Pass, others: list[AnalysisRun]) -> None:
    """Delete runs whose ReplicaSet is gone, and the oldest beyond the limits (utils/analysis/filter.go)."""
    if not others:
        return
    limits = work.rollout.spec.analysis
    hashes = {replica_set.pod_template_hash for replica_set in work.replica_sets}
    good = bad = 0
    for run in reversed(others):
        if run.pod_template_hash not in hashes:
            _delete(work, run)
        elif run.status.phase is Phase.SUCCESSFUL:
            good += 1
            if good > limits.successful_run_history_limit:
                _delete(work, run)
        elif run.status.phase.completed:
            bad += 1
            if bad > limits.unsuccessful_run_history_limit:
                _delete(work, run)


def _delete(work: Pass, run: AnalysisRun) -> None:
    action = DeleteAnalysisRun(run.name)
    if action not in work.actions:
        work.actions.append(action)


def _emit_changes(work: Pass) -> None:
    before = work.status.canary
    emit_change(work, before.current_step_analysis_run_status, work.step_run, RunKind.STEP)
    emit_change(work, before.current_background_analysis_run_status, work.background_run, RunKind.BACKGROUND)


def emit_change(work: Pass, before: AnalysisRunReference | None, run: AnalysisRun | None, kind: RunKind) -> None:
    if run is None or run.status.phase is Phase.PENDING:
        return  # nobody assessed it yet
    phase = run.status.phase
    if before is not None and (before.name != run.name or before.status is phase):
        return
    previous = "NoPreviousStatus" if before is None else before.status
    shown = "" if previous is Phase.PENDING else previous
    message = f"{kind} Analysis Run '{run.name}' Status New: '{phase}' Previous: '{shown}'"
    work.emit(f"AnalysisRun{phase}", message, kind="Warning" if phase in _BAD else "Normal")
