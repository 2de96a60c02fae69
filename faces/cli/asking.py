"""How a command asks a run, and how it says what it did."""

import json
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import click

from faces.cli.done import Done
from faces.cli.place import Place
from faces.cli.running import run

if TYPE_CHECKING:
    from seam.platform import Platform
    from seam.views import RolloutView


def ask(place: Place, verb: Callable[["Platform"], Coroutine[Any, Any, Any]]) -> Any:
    """What `verb` says of the run that is up. Raises NotRunning, with the command that helps."""

    async def asked() -> Any:
        async with await place.find() as platform:
            return await verb(platform)

    return run(asked())


def change(place: Place, workload: str, verb: Callable[["Platform"], Coroutine[Any, Any, None]]) -> "RolloutView":
    """Do something to a Rollout; returns how it was before."""

    async def changed(platform: "Platform") -> "RolloutView":
        before = await platform.rollout(workload)
        await verb(platform)
        return before

    before: RolloutView = ask(place, changed)
    return before


def show(done: Done, *, as_json: bool) -> None:
    click.echo(json.dumps(done.to_json()) if as_json else done.sentence)
