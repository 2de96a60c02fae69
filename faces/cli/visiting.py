"""`faces load`: visitors for a run that is up."""

import contextlib
import sys
from typing import TYPE_CHECKING

import click

from faces.cli.asking import ask
from faces.cli.options import json_option, rate_option, shape_option
from faces.cli.place import Place, placed

if TYPE_CHECKING:
    from seam.platform import Platform


def _duration(context: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
    """The same words as the visitors take; refused here, where the option has its name."""
    del context, parameter
    if given is None:
        return None
    from argparse import ArgumentTypeError

    from loadgen.arguments import duration

    try:
        duration(given)
    except ArgumentTypeError as error:
        raise click.BadParameter(f"{error}.") from error
    return given


@click.command(short_help="Send simulated visitors to the page.")
@rate_option
@shape_option
@click.option("--duration", callback=_duration, help="Stop after this time, e.g. 60s or 5m (default: on Ctrl-C).")
@click.option("--web", is_flag=True, help="Also serve Locust's own page, to this machine only.")
@placed
@json_option
def load(rate: float | None, shape: str | None, duration: str | None, web: bool, place: Place, as_json: bool) -> None:
    """Send simulated visitors to the page of a run, until Ctrl-C; then print what they saw.

    Exit code 1 if not one request was answered.
    """
    from seam.releases import Scene

    usual = Scene()
    options = ["--rate", f"{rate or usual.rate:g}", "--shape", shape or usual.shape]
    options += ["--duration", duration] if duration else []
    options += ["--web"] if web else []
    options += ["--json"] if as_json else []
    sys.exit(ask(place, lambda platform: _visit(platform, options)))


async def _visit(platform: "Platform", options: list[str]) -> int:
    """Their exit code. They speak for themselves, and are told of Ctrl-C by the terminal."""
    import asyncio

    address = (await platform.view()).gui.removesuffix("/faces/")
    visitors = await asyncio.create_subprocess_exec(sys.executable, "-P", "-m", "loadgen", "--url", address, *options)
    try:
        return await visitors.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            visitors.terminate()  # a signal that came to this process alone; another one changes nothing
        return await visitors.wait()
