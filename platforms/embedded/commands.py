"""What a person asks of a Rollout, checked before the engine does it. Pure.

The kubectl plugin does nothing, or something odd, where a command makes no sense; here it is refused with a sentence.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rollouts import commands
from rollouts.model import Rollout
from rollouts.status import RolloutStatus
from rollouts.world import ReplicaSet
from seam.errors import UserError


def promote(rollout: Rollout, status: RolloutStatus, *, full: bool) -> RolloutStatus:
    """Resume or skip the current step, or all that are left. UserError where nothing would come of it."""
    promoted = commands.promote_full(rollout, status) if full else commands.promote(rollout, status)
    if rollout.spec.paused:
        return promoted
    if status.fully_promoted:
        raise UserError(f"Rollout {rollout.name} is fully promoted: there is nothing to promote.")
    if full:
        return promoted
    if status.abort:
        raise UserError(f"Rollout {rollout.name} was aborted: retry it, or promote it in full.")
    if promoted == status:
        raise UserError(
            f"Rollout {rollout.name} is not paused and has no step left to skip: there is nothing to promote."
        )
    return promoted


def abort(rollout: Rollout, status: RolloutStatus, now: float) -> RolloutStatus:
    if status.fully_promoted:
        raise UserError(f"Rollout {rollout.name} is fully promoted: there is nothing to abort.")
    return commands.abort(status, now)


def retry(rollout: Rollout, status: RolloutStatus) -> RolloutStatus:
    if not status.abort:
        raise UserError(f"Rollout {rollout.name} was not aborted: there is nothing to retry.")
    return commands.retry(status)


def undo(rollout: Rollout, replica_sets: Sequence[ReplicaSet], revision: int | None) -> Mapping[str, Any]:
    """The pod template of `revision`, by default of the one before the newest. UserError names those that exist."""
    revisions = sorted(replica_set.revision for replica_set in replica_sets)
    if not revision and len(revisions) < 2:
        raise UserError(f"Rollout {rollout.name} has no earlier revision: there is nothing to undo.")
    if revision and revision not in revisions:
        raise UserError(f"There is no revision {revision}; there {_are(revisions)}.")
    template = commands.undo(rollout, replica_sets, revision)
    if template == rollout.spec.bare_template:
        raise UserError(f"Revision {revision} is the present one; there {_are(revisions)}.")
    return template


def _are(revisions: Sequence[int]) -> str:
    """`is 1`, `are 1, 2 and 4`."""
    *others, last = map(str, revisions)
    return f"are {', '.join(others)} and {last}" if others else f"is {last}"
