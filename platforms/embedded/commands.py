"""What a person asks of a Rollout, checked before the engine does it. Pure.

The kubectl plugin does nothing, or something odd, where a command makes no sense; here it is refused with a sentence.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rollouts import commands
from rollouts.errors import UnknownRevision
from rollouts.model import Rollout
from rollouts.status import RolloutStatus
from rollouts.world import ReplicaSet
from seam.errors import UserError


def promote(rollout: Rollout, status: RolloutStatus, *, full: bool) -> RolloutStatus:
    """Resume or skip the current step, or all that are left. UserError where nothing would come of it."""
    problem = commands.nothing_to_promote(rollout, status, full=full)
    if problem is not None:
        raise UserError(problem)
    return commands.promote_full(rollout, status) if full else commands.promote(rollout, status)


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
    try:
        problem = commands.nothing_to_undo(rollout, replica_sets, revision)
    except UnknownRevision as error:
        raise UserError(str(error)) from error
    if problem is not None:
        raise UserError(problem)
    return commands.undo(rollout, replica_sets, revision)
