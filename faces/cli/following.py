"""`faces status --watch`: the trees redrawn at each change, or a line for each change, or a JSON document."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from faces.cli.place import Place
from seam.errors import UserError
from seam.views import PlatformView, RolloutView

if TYPE_CHECKING:
    from rich.text import Text

    from faces.cli.terminal import TerminalConsole
    from seam.platform import Platform

Show = Callable[[PlatformView], None]


async def follow(platform: "Platform", place: Place, workload: str | None, *, as_json: bool) -> None:
    """Show the present state and then each change, until the run ends or nobody reads any more."""
    with contextlib.suppress(BrokenPipeError), _shown(platform.name, place, as_json=as_json) as show:
        before: PlatformView | None = None
        async for everything in platform.watch_all(addresses=False):
            view = only(everything, workload)
            if view != before:
                show(view)
            before = view
        return
    # Whoever read has left: so that nothing is flushed into the closed pipe at the end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def only(view: PlatformView, workload: str | None) -> PlatformView:
    """The same with that one Rollout alone. UserError names those that there are."""
    if workload is None:
        return view
    found = tuple(one for one in view.rollouts if one.name == workload)
    if not found:
        known = ", ".join(one.name for one in view.rollouts)
        raise UserError(f"There is no Rollout {workload!r}; there are {known}.")
    return replace(view, rollouts=found)


@contextmanager
def _shown(name: str, place: Place, *, as_json: bool) -> Iterator[Show]:
    if as_json:
        yield lambda view: _print(json.dumps(to_json(name, view, place)))
        return
    from faces.cli.terminal import TerminalConsole

    console = TerminalConsole()
    if not console.can_be_redrawn:
        lines = Lines(name)
        yield lambda view: _print_all(lines.of(view, time.time()))
        return
    with _redrawn(name, console) as show:
        yield show


def to_json(name: str, view: PlatformView, place: Place) -> dict[str, object]:
    """What `faces status --json` prints."""
    from seam.wire import platform_to_json

    return platform_to_json(place.lasting(view)) | {"name": name}


def _print(line: str) -> None:
    print(line, flush=True)


def _print_all(lines: Iterable[str]) -> None:
    for line in lines:
        _print(line)


class Lines:
    """For a log: the trees once, then a line for each change, with its time."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: dict[str, RolloutView] = {}

    def of(self, view: PlatformView, now: float) -> Iterator[str]:
        from faces.cli.drawing.changes import changes
        from faces.cli.drawing.overview import overview

        if not self._known:
            yield from (line.plain.rstrip() for line in overview(self._name, view))
        at = time.strftime("%H:%M:%S", time.localtime(now))
        for rollout in view.rollouts:
            before = self._known.get(rollout.name, rollout)
            yield from (f"{at}  {rollout.name}  {change}" for change in changes(before, rollout))
            self._known[rollout.name] = rollout


@contextmanager
def _redrawn(name: str, console: "TerminalConsole") -> Iterator[Show]:
    """In the same place, as much as fits; what was shown last stays, whole."""
    from rich.console import Group
    from rich.live import Live

    from faces.cli.drawing.marks import cropped
    from faces.cli.drawing.overview import overview

    def drawn(view: PlatformView) -> "list[Text]":
        return [cropped(line, console.width) for line in overview(name, view, console.width)]

    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        yield lambda view: live.update(Group(*drawn(view)), refresh=True)
