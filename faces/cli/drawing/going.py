"""What is going on, and what is waited for and how long: in the words that the page has for it.

`now` is in seconds since the epoch, by the clock of whoever made the views.
"""

import math
import re

from faces.cli.drawing.steps import present_step, seconds_of
from seam.views import MetricView, RolloutView

_OPEN = ("Running", "Pending")
_PAUSED_BY = ("RolloutPaused", "RolloutStepCompleted")


def next_words(view: RolloutView, now: float) -> str:
    """`first measurement in 12 s`, `measuring now`; empty where nothing will be measured."""
    waiting = [metric for metric in view.metrics if metric.run and metric.phase in _OPEN]
    times = [metric.next_at for metric in waiting if metric.next_at is not None]
    measuring = any(metric.phase == "Running" and metric.next_at is None for metric in waiting)
    if not times:
        return "measuring now" if measuring else ""
    left = _whole(min(times) - now)
    if left == 0 or measuring:
        return "measuring now"
    return f"{'next' if view.measurements else 'first'} measurement in {left} s"


def pause_words(view: RolloutView, now: float) -> str:
    """`pause: 8 s left`; empty where nobody pauses, or nobody knows since when."""
    seconds = seconds_of(present_step(view)) if view.phase == "Paused" else None
    began = next((event.t for event in reversed(view.events) if event.reason in _PAUSED_BY), None)
    if seconds is None or began is None:
        return ""
    return f"pause: {_whole(began + seconds - now)} s left"


def doing(view: RolloutView) -> str:
    """`watching v2 at 30 %`, of a release that is under way."""
    new = view.current_version
    if view.pause_reason == "InconclusiveAnalysisRun" or view.pauses_until_promoted:
        return f"{new} waits for a person: promote it, or send it back"
    if not view.canary_weight:
        own = next((one for one in view.replica_sets if one.pod_template_hash == view.current_hash), None)
        ready = f": {own.ready} of {own.desired} ready" if own is not None and own.desired else ""
        return f"{new} is starting{ready}"
    if "analysis" in (present_step(view) or {}):
        return f"{new} is checked before it may go on"
    return f"watching {new} at {view.canary_weight} %"


def going_on(view: RolloutView, now: float) -> list[str]:
    """What it does and what is waited for, each in a few words; nothing of a release that is over."""
    if view.settled or view.aborted or view.phase not in ("Progressing", "Paused"):
        return []
    return [words for words in (doing(view), next_words(view, now), pause_words(view, now)) if words]


def bad_words(metric: MetricView | None) -> str:
    """`bad 1 of 2`: how often it failed, and how often it has to until the release is given up.

    Empty where failures are not counted.
    """
    if metric is None or metric.failure_limit < 0:
        return ""
    return f"bad {metric.failed} of {metric.failure_limit + 1}"


def completed_steps(view: RolloutView, since: float) -> int:
    """How many steps were completed, by its events since then."""
    told = [
        int(found[1])
        for event in view.events
        if event.reason == "RolloutStepCompleted"
        and event.t >= since
        and (found := re.search(r"step (\d+)/", event.message))
    ]
    at = 0 if view.aborted else view.current_step_index or 0
    return max([at, *told])


def weights_told(view: RolloutView, since: float) -> list[tuple[float, int]]:
    """(when, the canary's percentage) of each change since then, by its events."""
    told = [event for event in view.events if event.reason == "TrafficWeightUpdated" and event.t >= since]
    return [(event.t, int(found[1])) for event in told if (found := re.search(r"to (\d+)$", event.message))]


def ended_at(view: RolloutView, since: float, otherwise: float) -> float:
    """When a release that is over had ended, by its events."""
    if view.aborted:
        weights = weights_told(view, since)
        return weights[-1][0] if weights and weights[-1][1] == 0 else otherwise
    told = [event.t for event in view.events if event.reason == "RolloutCompleted" and event.t >= since]
    return told[-1] if told else otherwise


def released_at(view: RolloutView, otherwise: float) -> float:
    """When the present revision began, by its events."""
    return _began(view) or otherwise


def in_words(seconds: float) -> str:
    """`22.7 s`, `1 min 20 s`: how long something took."""
    if seconds < 60:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def _began(view: RolloutView) -> float:
    ends = f" revision {view.revision}"
    began = [event.t for event in view.events if event.reason == "RolloutUpdated" and event.message.endswith(ends)]
    return began[-1] if began else 0.0


def _whole(seconds: float) -> int:
    return max(0, math.ceil(seconds))
