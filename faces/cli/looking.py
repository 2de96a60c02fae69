"""What one looks at: where a run stands, and what can be released and injected."""

import contextlib
import json
from typing import TYPE_CHECKING

import click

from faces.cli.asking import ask
from faces.cli.completing import workloads
from faces.cli.options import json_option
from faces.cli.place import Place, placed

if TYPE_CHECKING:
    from seam.platform import Platform
    from seam.views import PlatformView


@click.command(short_help="Show where each Rollout stands; with --watch, each change.")
@click.argument("workload", required=False, shell_complete=workloads)
@click.option(
    "--watch",
    is_flag=True,
    help="Go on until Ctrl-C: redraw at each change. Without a terminal: a line for each; with --json: a document.",
)
@placed
@json_option
def status(workload: str | None, watch: bool, place: Place, as_json: bool) -> None:
    """Show where every Rollout of a run stands, or WORKLOAD alone, and the page's address.

    What is not at rest is shown as a tree: its revisions with their pods, its analyses with what they measured.
    """
    from faces.cli.following import follow, only, to_json

    if watch:
        with contextlib.suppress(KeyboardInterrupt):  # that is how it ends
            ask(place, lambda platform: follow(platform, place, workload, as_json=as_json))
        return

    async def seen(platform: "Platform") -> "tuple[str, PlatformView]":
        return platform.name, only(await platform.view(), workload)

    name, view = ask(place, seen)
    if as_json:
        click.echo(json.dumps(to_json(name, view, place)))
        return
    from faces.cli.status import print_status
    from faces.cli.typed import aimed

    print_status(name, view, aimed(place, name))
    click.echo(f"The page: {place.page(view)}")


@click.command(short_help="List the releases that `--as` takes.")
@json_option
def releases(as_json: bool) -> None:
    """List the releases that `--as` takes: what is wrong with each, and how it should end."""
    from chaos.catalogue import RELEASES
    from faces.cli.lists import print_releases, release_to_json

    if as_json:
        click.echo(json.dumps([release_to_json(release) for release in RELEASES]))
    else:
        print_releases(RELEASES)


@click.command(short_help="List the faults that `inject` takes.")
@json_option
def faults(as_json: bool) -> None:
    """List the faults that `faces inject` takes: what each does, its fields, and an example."""
    from faces.cli.lists import kind_to_json, print_kinds
    from faces.faults.describing import describe

    kinds = describe()
    if as_json:
        click.echo(json.dumps([kind_to_json(kind, kinds) for kind in kinds]))
    else:
        print_kinds(kinds)


COMMANDS = (status, releases, faults)
