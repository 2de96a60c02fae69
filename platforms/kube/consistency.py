"""Whether a Rollout's state is ahead of the AnalysisRuns that are known. Pure.

Rollouts and AnalysisRuns arrive on different streams, and the controller reacts to a run within some 20 ms. So the
abort of a Rollout may arrive before the failure that is the reason for it.
"""

from collections.abc import Iterable, Iterator

from platforms.kube.resources import Object

_UNFINISHED = ("", "Pending", "Running")
# Where a Rollout's status names its current AnalysisRuns.
_REFERENCES = (
    ("canary", "currentBackgroundAnalysisRunStatus"),
    ("canary", "currentStepAnalysisRunStatus"),
    ("blueGreen", "prePromotionAnalysisRunStatus"),
    ("blueGreen", "postPromotionAnalysisRunStatus"),
)


def is_ahead_of_runs(rollout: Object, before: Object | None, runs: Iterable[Object]) -> bool:
    """Whether AnalysisRuns have to be read before this state of the Rollout can be shown.

    They do where the status names a run as ended that is not known to have ended; and where the update has just ended,
    as the controller then no longer names the runs that it has reacted to. `before` is the Rollout's state until now.
    """
    ended = {str(run["metadata"]["name"]) for run in runs if phase_of_run(run) not in _UNFINISHED}
    named_as_ended = {name for name, phase in named_runs(rollout) if phase not in _UNFINISHED}
    return not named_as_ended <= ended or _outcome(rollout) not in (None, _outcome(before))


def named_runs(rollout: Object) -> Iterator[tuple[str, str]]:
    """(name, phase) of the AnalysisRuns that are current, after the Rollout's status."""
    status = rollout.get("status") or {}
    for strategy, field in _REFERENCES:
        reference = (status.get(strategy) or {}).get(field)
        if reference:
            yield reference["name"], reference.get("status") or ""


def phase_of_run(run: Object) -> str:
    return str((run.get("status") or {}).get("phase") or "")


def _outcome(rollout: Object | None) -> tuple[str, str] | None:
    """How the update of which pod template ended; None while it is under way."""
    status = (rollout or {}).get("status") or {}
    current = status.get("currentPodHash", "")
    if status.get("abort"):
        return "aborted", current
    return ("promoted", current) if current and current == status.get("stableRS") else None
