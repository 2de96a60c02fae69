"""What people do to a Rollout, as patches of its status. Argo: pkg/kubectl-argo-rollouts/cmd.

`spec.paused` is not status: a promote of a Rollout whose spec is paused has to unset it there as well.

Argo's plugin does nothing, and does not say so, where there is nothing to do. Whoever asked for it should be told:
`nothing_to_promote` and `nothing_to_undo` have the sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from rollouts.analysis.model import Phase
from rollouts.errors import UnknownRevision
from rollouts.hashing import without_hash_label
from rollouts.steps import current_index

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
        problem = "has no pause to end and no step to skip: promote it in full to skip what it still waits for."
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
    return f"Rollout {rollout.name} already has the pod template of revision {chosen.revision}."


def no_such_revision(name: str, revisions: Iterable[int], wanted: int | None) -> str:
    """Why the Rollout `name` cannot go back to revision `wanted` (None: to the one before), and where it can go."""
    known = [str(revision) for revision in sorted(revisions)]
    if not known:
        return f"Rollout {name} has no revision yet: there is nothing to go back to."
    if wanted is None:
        return f"Rollout {name} has only revision {known[0]}: there is nothing to go back to."
    *most, last = known
    there_are = f"there are {', '.join(most)} and {last}" if most else f"there is only {last}"
    return f"There is no revision {wanted}; {there_are}."


def _of_revision(rollout: Rollout, replica_sets: Sequence[ReplicaSet], revision: int | None) -> ReplicaSet:
    newest_first = sorted(replica_sets, key=lambda one: one.revision, reverse=True)
    found = newest_first[1:2] if not revision else [one for one in newest_first if one.revision == revision]
    if not found:
        known = [one.revision for one in newest_first]
        raise UnknownRevision(no_such_revision(rollout.name, known, revision or None))
    return found[0]


def _next_index(rollout: Rollout, status: RolloutStatus) -> int | None:
    index = current_index(rollout, status)
    return None if index is None else min(index + 1, len(rollout.steps))
