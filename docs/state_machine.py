"""docs/state-machine.svg: what a Rollout can be and what moves it, as the engine moves it in the scenarios by hand.

    PYTHONPATH=. .venv/bin/python docs/state_machine.py        (needs Graphviz: apt-get install graphviz)

Nobody has drawn it: every arrow was taken by the engine in at least one scenario of conformance/scenarios.
"""

import contextlib
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from chaos.report.palette import BLUE, GREEN, GREY, INK, RED, YELLOW
from conformance.scenario import Deed, Scenario, load
from conformance.virtual import START, states
from rollouts.errors import Invalid
from rollouts.simulation import State
from rollouts.status import RolloutStatus

FILE = Path(__file__).parent / "state-machine.svg"

_PROGRESSING, _HEALTHY = "Progressing", "Healthy"
_STEP, _PREVIEW, _INCONCLUSIVE, _BY_HAND = (
    "CanaryPauseStep",
    "BlueGreenPause",
    "InconclusiveAnalysisRun",
    "manually paused",
)
_ABORTED, _LATE = "RolloutAborted", "ProgressDeadlineExceeded"
# The states by phase, and the colour and shape of a phase: colour never speaks alone.
_STATES = {
    _HEALTHY: ("Healthy", GREEN, "doubleoctagon"),
    _PROGRESSING: ("Progressing", BLUE, "box"),
    _STEP: ("Paused", YELLOW, "ellipse"),
    _PREVIEW: ("Paused", YELLOW, "ellipse"),
    _INCONCLUSIVE: ("Paused", YELLOW, "ellipse"),
    _BY_HAND: ("Paused", YELLOW, "ellipse"),
    _ABORTED: ("Degraded", RED, "octagon"),
    _LATE: ("Degraded", RED, "octagon"),
}
# An eviction is felt a moment after it was ordered; whatever comes by itself takes longer.
_AT_ONCE_S = 0.05
# What the world brings about when nobody did anything, by the state that it leads to.
_BY_ITSELF = {
    _HEALTHY: "promoted",
    _STEP: "pause step",
    _PREVIEW: "preview is ready",
    _INCONCLUSIVE: "analysis inconclusive",
    _ABORTED: "analysis failed",
    _LATE: "no progress in time",
}


class Move(NamedTuple):
    """From one state to another; `cause` is a deed, or what came by itself."""

    before: str
    after: str
    cause: str


def moves(scenarios: Iterable[Scenario]) -> dict[Move, str]:
    """Every move that the engine makes in them, and the name of the first scenario that shows it."""
    found: dict[Move, str] = {}
    for scenario in scenarios:
        with contextlib.suppress(Invalid):  # what is refused moves nowhere
            for move in _moves_of(states(scenario), scenario.script):
                found.setdefault(move, scenario.name)
    return found


def _moves_of(seen: Iterable[State], script: Iterable[Deed]) -> Iterator[Move]:
    deeds = {START + deed.moment: deed for deed in script}
    before = ""
    for state in seen:
        after = _name(state.status)
        if before and before != after:
            # Only what comes first after a deed, and at once, is its doing.
            moment = next((at for at in deeds if at <= state.t < at + _AT_ONCE_S), None)
            yield Move(before, after, _cause(deeds.pop(moment, None) if moment else None, before, after))
        before = after


def _name(status: RolloutStatus) -> str:
    """A phase, or where there are several kinds of it, the reason that its message begins with."""
    reason = status.message.partition(":")[0]
    return reason if reason in _STATES else str(status.phase)


def _cause(deed: Deed | None, before: str, after: str) -> str:
    if deed is None or deed.answer is not None:
        return _by_itself(before, after)
    if deed.command is not None:
        return deed.command.replace("-full", " --full")
    if deed.set is not None:
        return ", ".join(f"spec.{field}" for field in deed.set)
    if deed.restart is not None:
        return "spec.restartAt"
    return "release" if deed.release is not None else "undo"


def _by_itself(before: str, after: str) -> str:
    if before == _LATE:
        return "progress"
    return _BY_ITSELF[after] if after != _PROGRESSING else "time is over"


def dot(found: Mapping[Move, str]) -> str:
    """The picture in Graphviz's language; each arrow carries everything that moves a Rollout that way."""
    causes = defaultdict(list)
    for move in sorted(found):
        causes[move.before, move.after].append(move.cause)
    return "\n".join(
        [
            "digraph Rollout {",
            '  graph [rankdir=LR, nodesep=0.45, ranksep=1.1, bgcolor=white, fontname="DejaVu Sans"]',
            f'  node [style=filled, fontname="DejaVu Sans", fontsize=12, color="{INK}", fontcolor="{INK}"]',
            f'  edge [fontname="DejaVu Sans", fontsize=9, color="{GREY}", fontcolor="{INK}"]',
            *(_node(state) for state in _STATES),
            *(
                f'  "{before}" -> "{after}" [label="{_lines(those)}"]'
                for (before, after), those in sorted(causes.items())
            ),
            "}",
            "",
        ]
    )


def _node(state: str) -> str:
    phase, colour, shape = _STATES[state]
    label = phase if phase == state else rf"{phase}\n{state}"
    return f'  "{state}" [label="{label}", fillcolor="{colour}66", shape={shape}]'


def _lines(causes: Iterable[str]) -> str:
    return "\\n".join(causes)


def main() -> None:
    picture = dot(moves(load()))
    try:
        drawn = subprocess.run(["dot", "-Tsvg"], input=picture, text=True, capture_output=True, check=True)
    except FileNotFoundError:
        sys.exit("Graphviz is missing, which draws the picture: apt-get install graphviz")
    FILE.write_text(drawn.stdout)


if __name__ == "__main__":
    main()
