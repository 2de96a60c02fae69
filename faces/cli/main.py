"""The front door: every command of `faces`, and how its mistakes are told."""

import json
import sys
from pathlib import Path

import click

from faces.cli.cluster import cluster
from faces.cli.demonstrate import demo
from faces.cli.options import json_option
from faces.cli.place import Place, placed_to_start
from faces.cli.running import run
from faces.cli.verbs import VERBS


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="faces", message="faces %(version)s")
def cli() -> None:
    """Self-healing progressive delivery, to see and to test: a bad version goes out and is rolled back by itself."""


@cli.command()
@placed_to_start
@json_option
def up(place: Place, manifests: Path | None, as_json: bool) -> None:
    """Start the app on a platform, and leave it running."""
    starting = place.begin(manifests)

    async def start() -> None:
        progress = (lambda _: None) if as_json else click.echo
        async with await starting.wait_until_ready(progress) as platform:
            view = await platform.view()
        if as_json:
            from seam.wire import platform_to_json

            click.echo(json.dumps(platform_to_json(place.lasting(view)) | {"name": starting.name}))
        else:
            click.echo(f"The page: {place.page(view)}")
            if place.capabilities.lasting_addresses:
                click.echo(f"Prometheus: {view.prometheus}")
            click.echo(f"The run is called {starting.name}.")

    run(start())


for command in (demo, *VERBS, cluster):
    cli.add_command(command)


def main() -> None:
    """The person's mistakes are one sentence and exit code 2; ours are one sentence and 1."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
    except Exception as error:
        code = _exit_code(error)
        if code is None:
            raise
        click.echo(str(error), err=True)
        sys.exit(code)


def _exit_code(error: Exception) -> int | None:
    """2 for the person's mistakes, 1 for ours, None for a defect. Imported only now: nobody waits for the classes."""
    from chaos.report import ReportError
    from seam.errors import PlatformError, UserError

    if isinstance(error, UserError | ReportError):
        return 2
    return 1 if isinstance(error, PlatformError) else None
