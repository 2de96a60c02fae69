"""The steps of a release, in words, and where it stands among them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from seam.views import RolloutView

# Durations as Go writes them; the platform has refused what is none.
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Reached(Enum):
    """Where a release stands with one step; after an abort: whether it came so far."""

    DONE, NOW, LATER, ENDED_HERE, NEVER = range(5)


@dataclass(frozen=True, slots=True)
class Step:
    words: str
    reached: Reached


def seconds_of(step: Mapping[str, Any] | None) -> int | None:
    """A pause's seconds; None for one that a person ends, and for a step that is no pause."""
    duration = str(((step or {}).get("pause") or {}).get("duration") or "")
    if duration.isdigit():
        return int(duration)
    parts = _DURATION.findall(duration)
    return int(sum(float(amount) * _UNITS[unit] for amount, unit in parts)) if parts else None


def words_of(step: Mapping[str, Any]) -> str:
    """`30 %`, `watch 20 s`, `check`, `wait for a person`; the name of any other step."""
    if "setWeight" in step:
        return f"{step['setWeight']} %"
    if "pause" in step:
        seconds = seconds_of(step)
        return "wait for a person" if seconds is None else f"watch {_in_words(seconds)}"
    return "check" if "analysis" in step else next(iter(step), "step")


def present_step(view: RolloutView) -> Mapping[str, Any] | None:
    """None before the first step and past the last one."""
    index = view.current_step_index
    return view.steps[index] if index is not None and 0 <= index < len(view.steps) else None


def is_out(view: RolloutView) -> bool:
    """Whether there is a new version beside stable, going out or rolled back."""
    return view.current_hash != view.stable_hash


def step_of(view: RolloutView) -> str:
    """`1/9 (watch 20 s)`: how many steps are completed, of how many, and the present one."""
    step, index = present_step(view), view.current_step_index
    at = len(view.steps) if index is None else index
    under_way = step is not None and is_out(view) and not view.aborted
    return f"{at}/{len(view.steps)}{f' ({words_of(step)})' if step is not None and under_way else ''}"


def set_weight(view: RolloutView) -> int:
    """The canary's weight that the steps ask for now, as the kubectl plugin shows it: 100 at rest, 0 after an abort."""
    if view.aborted:
        return 0
    if not is_out(view) or not view.steps:
        return 100
    if view.current_step_index is None:  # a new version that the controller has not seen yet
        return 0
    asked = [step["setWeight"] for step in view.steps[: view.current_step_index + 1] if "setWeight" in step]
    if view.current_step_index >= len(view.steps):
        return 100
    return int(asked[-1]) if asked else 0


def actual_weight(view: RolloutView) -> int:
    """What the data plane has acknowledged; 100 at rest, where the newest version has everything."""
    return view.canary_weight if is_out(view) else 100


def stepper(view: RolloutView, reached: int) -> list[Step]:
    """Every step of the release. `reached` is how many are known to have been completed: an abort forgets it."""
    at = len(view.steps) if view.current_step_index is None else view.current_step_index
    return [Step(words_of(step), _reached(index, at, reached, view)) for index, step in enumerate(view.steps)]


def _reached(index: int, at: int, reached: int, view: RolloutView) -> Reached:
    if view.aborted:
        if index < reached:
            return Reached.DONE
        return Reached.ENDED_HERE if index == reached and reached > 0 else Reached.NEVER
    if not is_out(view) or index < at:
        return Reached.DONE
    return Reached.NOW if index == at else Reached.LATER


def _in_words(seconds: int) -> str:
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
