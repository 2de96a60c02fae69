"""The releases of the recorded stories (tests/chaos/report/releases.py), with their pods: views for what is drawn."""

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from typing import Any

from rich.console import Console
from rich.text import Text

from chaos.record import Record
from seam.views import PlatformView, PodView, ReplicaSetView, RolloutView
from tests.chaos.report.releases import RELEASED_AT, rolled_back

OLD = ReplicaSetView(
    "smiley-7d9f8c6b5d",
    "old",
    3,
    "v3",
    2,
    2,
    tuple(PodView(f"smiley-7d9f8c6b5d-{letters}", ready=True) for letters in ("abcde", "fghij")),
    ("faces:dev",),
)
NEW = ReplicaSetView(
    "smiley-66b9c7d8f4",
    "new",
    4,
    "v4",
    2,
    1,
    (
        PodView("smiley-66b9c7d8f4-klmno", ready=True),
        PodView("smiley-66b9c7d8f4-pqrst", ready=False, restarts=3, waiting="CrashLoopBackOff"),
    ),
    ("faces:dev",),
)


def views_of(record: Record) -> list[tuple[float, RolloutView]]:
    """(when, view), with the record's events and pods as everybody sees them."""
    return [
        (seen.t, replace(seen.view, replica_sets=(OLD, NEW), events=tuple(e for e in record.events if e.t <= seen.t)))
        for seen in record.views
    ]


def view_at(t: float, record: Record | None = None) -> RolloutView:
    """smiley, `t` seconds after the bad release."""
    return [view for seen, view in views_of(record or rolled_back()) if seen <= RELEASED_AT + t][-1]


def resting(name: str = "color", **changes: Any) -> RolloutView:
    """A Rollout that serves everybody with v3, as after its first revision."""
    rest: dict[str, Any] = {
        "name": name,
        "phase": "Healthy",
        "message": "",
        "revision": 3,
        "current_hash": "old",
        "current_version": "v3",
        "current_step_index": 6,
        "canary_weight": 0,
        "stable_weight": 100,
        "release": None,
        "pause_reason": "",
        "measurements": (),
        "analysis_runs": (),
        "metrics": (),
        "events": (),
        "replica_sets": (OLD,),
    }
    return replace(view_at(2), **rest | changes)


def on_platform(*rollouts: RolloutView) -> PlatformView:
    return PlatformView("embedded", "an engine", "http://page/", "http://prometheus", rollouts)


def plain(lines: Sequence[Text]) -> str:
    return "\n".join(line.plain.rstrip() for line in lines)


def printed(lines: Sequence[Text], **settings: Any) -> str:
    """What a terminal gets."""
    written = StringIO()
    console = Console(file=written, force_terminal=True, width=80, highlight=False, **settings)
    for line in lines:
        console.print(line, no_wrap=True)
    return written.getvalue()
