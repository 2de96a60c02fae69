"""What one pass decides about pauses and the abort, and what of it ends up in the status.

Argo: rollout/pause.go. Decisions are gathered while the pass runs and written once, at its end.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec.structs import replace

from rollouts.status import PauseCondition, PauseReason, RolloutStatus


@dataclass(slots=True)
class PauseDecisions:
    """Gathered in the order of the pass; `abort_message` says why, and is empty for an abort by hand."""

    already_aborted: bool
    added: list[PauseReason] = field(default_factory=list)
    removed: set[PauseReason] = field(default_factory=set)
    cleared: bool = False
    abort_added: bool = False
    abort_removed: bool = False
    abort_message: str = ""

    @property
    def aborted(self) -> bool:
        return not self.abort_removed and (self.abort_added or self.already_aborted)

    def add_abort(self, message: str) -> None:
        """The last message of a pass wins: background analysis is judged after step analysis."""
        self.abort_added = True
        self.abort_message = message

    def clear(self) -> None:
        """Drop every pause and the abort, because a new update began or one was promoted."""
        self.cleared = self.abort_removed = True

    def applied_to(self, draft: RolloutStatus, previous: RolloutStatus, now: float) -> RolloutStatus:
        """The draft with its abort and pause fields; pauses do not survive an abort."""
        if self.abort_added or (self.already_aborted and not self.abort_removed):
            aborted_at = int(now) if previous.aborted_at is None else previous.aborted_at
            return replace(draft, abort=True, aborted_at=aborted_at)
        if draft.abort or draft.aborted_at is not None:
            draft = replace(draft, abort=False, aborted_at=None)
        return draft if self.cleared else self._with_pauses(draft, previous, now)

    def _with_pauses(self, draft: RolloutStatus, previous: RolloutStatus, now: float) -> RolloutStatus:
        if not previous.pause_conditions and not self.added:
            # controllerPause without a pause meant that a human resumed; this pass has seen it.
            return draft
        known = {pause.reason for pause in previous.pause_conditions}
        kept = [pause for pause in previous.pause_conditions if pause.reason not in self.removed]
        fresh = [PauseCondition(reason, int(now)) for reason in self.added if reason not in known]
        if not kept and not fresh:
            return draft
        paused_by_controller = previous.controller_pause or bool(fresh)
        return replace(draft, pause_conditions=(*kept, *fresh), controller_pause=paused_by_controller)
