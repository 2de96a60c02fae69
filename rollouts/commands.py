"""What people do to a Rollout, as patches of its status. Argo: pkg/kubectl-argo-rollouts/cmd.

`spec.paused` is not status: a promote of a Rollout whose spec is paused has to unset it there as well.

Argo's plugin does nothing, and does not say so, where there is nothing to do. Here a caller can say why:
`nothing_to_promote` and `nothing_to_undo` return the sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from rollouts.analysis.model import Phase
from rollouts.errors import UnknownRevision
from rollouts.hashing import without_hash_label
from rollouts.steps import current_index

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rollouts.model import Rollout
    from rollouts.status import RolloutStatus
    from rollouts.world import ReplicaSet


def abort(status: RolloutStatus, now: float) -> RolloutStatus:  # noqa: ARG001
    """Back to stable. The next pass, not the command, notes the time in abortedAt."""
    return replace(status, abort=True)


def retry(status: RolloutStatus) -> RolloutStatus:
    """Try the aborted update again, from its first step."""
    return replace(status, abort=False)


def promote(rollout: Rollout, status: RolloutStatus) -> RolloutStatus:
    """Resume a pause, or skip the current step if nothing is paused; never both.

    An inconclusive step analysis is skipped: to resume it alone would only run it again. On an aborted
    Rollout the index moves, the abort stays.
    """
    run = status.canary.current_step_analysis_run_status
    inconclusive = run is not None and run.status is Phase.INCONCLUSIVE
    skipped = replace(status, pause_conditions=(), current_step_index=_next_index(rollout, status))
    if not status.pause_conditions:
        return skipped
    if inconclusive and status.controller_pause:
        return replace(skipped, controller_pause=False)
    return replace(status, pause_conditions=())


def skip_current_step(rollout: Rollout, status: RolloutStatus) -> RolloutStatus:
    """On to the next step, whatever the current one waits for; a pause of the Rollout is not resumed by that."""
    return replace(status, current_step_index=_next_index(rollout, status))


def skip_all_steps(rollout: Rollout, status: RolloutStatus) -> RolloutStatus:
    return replace(status, current_step_index=len(rollout.steps) if rollout.steps else None)


def promote_full(rollout: Rollout, status: RolloutStatus) -> RolloutStatus:  # noqa: ARG001
    """Skip every step, pause and analysis that is left; nothing to do when all is promoted."""
    return status if status.fully_promoted else replace(status, promote_full=True)


def nothing_to_promote(rollout: Rollout, status: RolloutStatus, *, full: bool = False) -> str | None:
    """Why `promote` (or `promote_full`) would have no effect, in a sentence; None where it would have one."""
    if rollout.spec.paused or status.pause_conditions:
        return None
    problem = None
    if status.fully_promoted:
        problem = "is fully promoted: there is nothing to promote."
    elif full:
        problem = "is already being promoted in full." if status.promote_full else None
    elif status.abort:
        problem = "was aborted: retry it, or promote it in full."
    elif promote(rollout, status) == status:
        problem = "is not paused and has no step left to skip: there is nothing to promote."
    return problem and f"Rollout {rollout.name} {problem}"


def undo(rollout: Rollout, replica_sets: Sequence[ReplicaSet], to_revision: int | None = None) -> Mapping[str, Any]:
    """The pod template of an earlier revision, by default of the one before the newest.

    Raises UnknownRevision, with a sentence, when there is no such revision.
    """
    return without_hash_label(_of_revision(rollout, replica_sets, to_revision).template)


def nothing_to_undo(rollout: Rollout, replica_sets: Sequence[ReplicaSet], to_revision: int | None = None) -> str | None:
    """Why `undo` would change nothing, in a sentence; None where it would. Raises what `undo` raises."""
    chosen = _of_revision(rollout, replica_sets, to_revision)
    if without_hash_label(chosen.template) != rollout.spec.bare_template:
        return None
    return f"Revision {chosen.revision} is the present one; {_there_are(replica_sets)}."


def _of_revision(rollout: Rollout, replica_sets: Sequence[ReplicaSet], revision: int | None) -> ReplicaSet:
    newest_first = sorted(replica_sets, key=lambda one: one.revision, reverse=True)
    if not revision:
        if len(newest_first) < 2:
            raise UnknownRevision(f"Rollout {rollout.name} has no earlier revision: there is nothing to undo.")
        return newest_first[1]
    for replica_set in newest_first:
        if replica_set.revision == revision:
            return replica_set
    raise UnknownRevision(f"There is no revision {revision}; {_there_are(replica_sets)}.")


def _there_are(replica_sets: Sequence[ReplicaSet]) -> str:
    """`there are 1, 2 and 4`."""
    revisions = [str(revision) for revision in sorted(one.revision for one in replica_sets)]
    if len(revisions) < 2:
        return f"there is {revisions[0] if revisions else 'none yet'}"
    return f"there are {', '.join(revisions[:-1])} and {revisions[-1]}"


def _next_index(rollout: Rollout, status: RolloutStatus) -> int | None:
    index = current_index(rollout, status)
    return None if index is None else min(index + 1, len(rollout.steps))
