"""What a command means where it leaves something open, and how it is named while it is carried out. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from chaos.catalogue import find
from presenter import actions
from presenter.actions import Action
from seam.errors import UserError
from seam.views import PlatformView, RolloutView


def first_workload(rollouts: Sequence[RolloutView]) -> str:
    """The one that is meant before anything was released."""
    names = [one.name for one in rollouts if one.steps] or [one.name for one in rollouts]
    return "smiley" if "smiley" in names else names[0]


def workloads(view: PlatformView) -> list[str]:
    """Those that can be released step by step, the others after them."""
    return [one.name for one in sorted(view.rollouts, key=lambda one: (not one.steps, one.name))]


def faults_of(action: actions.Inject, workload: str) -> Mapping[str, Any]:
    if action.release is None:
        return action.faults
    plans = [plan.faults for plan in find(action.release).faults if plan.workload in (None, workload)]
    faults = {kind: one for plan in plans for kind, one in plan.items()}
    if not faults:
        raise UserError(f"{action.release} has no faults that can be switched on in running pods of {workload}.")
    return faults


def pods_in_words(names: Sequence[str]) -> str:
    return f"{len(names)} {'pod' if len(names) == 1 else 'pods'}"


def doing(action: Action) -> str:
    kind = next(name for name, one in actions.KINDS.items() if isinstance(action, one))
    words = {"release": f"Releasing {getattr(action, 'release', '')}", "reset": "Back to the beginning"}
    return f"{words.get(kind, kind.capitalize())} …"
