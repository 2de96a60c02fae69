"""The pause before the switch. Argo: rollout/bluegreen.go (reconcileBlueGreenPause), rollout/pause.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.analysis.model import Phase
from rollouts.bluegreen.fast_track import is_fast_tracked
from rollouts.bluegreen.sizes import has_wanted_pods, is_halted
from rollouts.status import PauseReason

if TYPE_CHECKING:
    from rollouts.single_pass import Pass

_PAUSE = PauseReason.BLUE_GREEN_PAUSE


def reconcile_pause(work: Pass) -> None:
    """Begin the pause once the preview is there and its analysis has passed, and end it when its time is over."""
    if work.status.abort or not has_wanted_pods(work) or is_halted(work):
        return
    if not _is_wanted(work):
        work.pausing.removed.add(_PAUSE)
        return
    if not pre_promotion_passed(work):
        return
    pause, seconds = work.status.paused_because(_PAUSE), work.rollout.blue_green.auto_promotion_seconds
    if pause is None:
        if not work.status.controller_pause:  # else a human has just ended it
            work.pausing.added.append(_PAUSE)
    elif pause_is_over(work):
        work.pausing.removed.add(_PAUSE)
    elif seconds > 0:
        work.wake_after(pause.start_time + seconds)


def pause_is_over(work: Pass) -> bool:
    """Whether the pause, if there is to be one, was there and has ended: by a human, or by autoPromotionSeconds.

    Argo: rollout/pause.go (CompletedBlueGreenPause).
    """
    status, blue_green = work.status, work.rollout.blue_green
    if work.pausing.added:
        return False
    if status.blue_green.scale_up_preview_check_point:
        return True
    pause = status.paused_because(_PAUSE)
    if not blue_green.auto_promotion_enabled:
        return status.controller_pause and pause is None
    if blue_green.auto_promotion_seconds == 0:
        return True
    return pause is not None and work.now > pause.start_time + blue_green.auto_promotion_seconds


def pre_promotion_passed(work: Pass) -> bool:
    if work.rollout.blue_green.pre_promotion_analysis is None:
        return True
    return work.pre_run is not None and work.pre_run.status.phase is Phase.SUCCESSFUL


def _is_wanted(work: Pass) -> bool:
    blue_green = work.rollout.blue_green
    if is_fast_tracked(work) or work.status.blue_green.scale_up_preview_check_point:
        return False
    return not blue_green.auto_promotion_enabled or blue_green.auto_promotion_seconds > 0
