"""What people do to a Rollout, as patches of its status. Argo: pkg/kubectl-argo-rollouts/cmd.

`spec.paused` is not status: a promote of a Rollout whose spec is paused has to unset it there as well.
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


def undo(rollout: Rollout, replica_sets: Sequence[ReplicaSet], to_revision: int | None = None) -> Mapping[str, Any]:
    """The pod template of an earlier revision, by default of the one before the newest.

    Raises UnknownRevision, with a sentence, when there is no such revision.
    """
    by_revision = sorted(replica_sets, key=lambda one: one.revision, reverse=True)
    if not to_revision:
        if len(by_revision) < 2:
            raise UnknownRevision(f'no revision found for rollout "{rollout.name}"')
        return without_hash_label(by_revision[1].template)
    for replica_set in by_revision:
        if replica_set.revision == to_revision:
            return without_hash_label(replica_set.template)
    raise UnknownRevision(f"unable to find specified revision {to_revision} in history")


def _next_index(rollout: Rollout, status: RolloutStatus) -> int | None:
    index = current_index(rollout, status)
    return None if index is None else min(index + 1, len(rollout.steps))
