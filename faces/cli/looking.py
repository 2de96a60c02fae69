"""What one looks at: where a run stands, and what can be released and injected."""

import json
from typing import TYPE_CHECKING

import click

from faces.cli.asking import ask
from faces.cli.options import json_option
from faces.cli.place import Place, placed

if TYPE_CHECKING:
    from seam.platform import Platform
    from seam.views import PlatformView


@click.command(short_help="Show where each Rollout stands.")
@placed
@json_option
def status(place: Place, as_json: bool) -> None:
    """Show where every Rollout of a run stands, and the page's address."""

    async def seen(platform: "Platform") -> "tuple[str, PlatformView]":
        return platform.name, await platform.view()

    name, view = ask(place, seen)
    if as_json:
        from seam.wire import platform_to_json

        click.echo(json.dumps(platform_to_json(place.lasting(view)) | {"name": name}))
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
