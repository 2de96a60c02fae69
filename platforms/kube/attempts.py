"""Which AnalysisRuns of a revision are about the present attempt to release it. Pure.

A retry keeps the revision, and the runs of the attempt that was aborted stay. They say nothing about the new attempt.
"""

from collections.abc import Iterable

from platforms.kube.consistency import named_runs, phase_of_run
from platforms.kube.gate import RUN_KIND
from platforms.kube.objects import is_promoted, label, seconds
from platforms.kube.resources import Object


def of_present_attempt(rollout: Object, runs: Iterable[Object]) -> list[Object]:
    """`runs` are those of the present revision; returned in the order of their creation.

    An attempt has ended with the end of a run that aborts it, or that the abort ended; a later run is of the next one.
    The API cuts timestamps to seconds: a run of the same second is taken to be of the same attempt.
    """
    status, current = rollout.get("status") or {}, {name for name, _ in named_runs(rollout)}
    attempt: list[Object] = []
    ended: float | None = None
    for run in sorted(runs, key=_created):
        if ended is not None and _created(run) > ended:
            attempt, ended = [], None
        attempt.append(run)
        if run["metadata"]["name"] not in current and _ends_an_attempt(run):
            ended = max(_completed(run), ended or 0.0)
    goes_on = not (status.get("abort") or status.get("promoteFull") or is_promoted(rollout))
    return [] if goes_on and ended is not None else attempt


def _ends_an_attempt(run: Object) -> bool:
    """A background analysis is terminated by an abort or a promotion alone, a step's also when the step is skipped."""
    stopped = bool(run["spec"].get("terminate")) and label(run, RUN_KIND) == "Background"
    return stopped or phase_of_run(run) in ("Failed", "Error")


def _created(run: Object) -> float:
    return seconds(run["metadata"]["creationTimestamp"])


def _completed(run: Object) -> float:
    """When it ended. Infinity for one that was terminated and goes on: no other run was created after its end.

    A run that could not begin has no such time.
    """
    completed = (run.get("status") or {}).get("completedAt")
    if completed:
        return seconds(completed)
    return _created(run) if phase_of_run(run) in ("Failed", "Error") else float("inf")
