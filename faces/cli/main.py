"""The front door: every command of `faces`, and how its errors are reported."""

import json
import sys
from pathlib import Path

import click

from faces.cli import changing, looking
from faces.cli.cluster import cluster
from faces.cli.completion import completion
from faces.cli.demonstrate import demo
from faces.cli.doctor import doctor
from faces.cli.gitops import gitops
from faces.cli.groups import Grouped
from faces.cli.logs import verbose_option
from faces.cli.options import grid_option, json_option, on_grid
from faces.cli.place import Place, placed_to_start
from faces.cli.presenting import present
from faces.cli.releasing import release
from faces.cli.replaying import replay
from faces.cli.reporting import report
from faces.cli.running import run, say
from faces.cli.typed import aimed, typed, with_commands
from faces.cli.visiting import load
from faces.cli.watching import watch

_START = (
    ("demo", "a bad version is rolled back"),
    ("demo --auto --out report", "the same, unattended, for CI"),
    ("demo --wait", "a speaker drives it"),
    ("up", "start the app and leave it up"),
)
_SECTIONS = {
    "Start and stop": ("demo", "up", "present", "down", "cluster"),
    "Release": ("release", "promote", "abort", "retry", "undo", "gitops"),
    "Look": ("watch", "status", "doctor", "report", "replay", "releases", "faults"),
    "Disturb": ("load", "inject", "clear"),
}
_EXIT_CODES = (
    ("0", "It worked. For `demo --auto`: the release ended as expected, and visitors recovered."),
    ("1", "It did not: a release that ended otherwise, a program or a cluster that failed."),
    ("2", "A mistake in the command or in its input. One sentence on stderr says what to change."),
    ("130", "Ended by Ctrl-C or a signal."),
)


@click.group(
    cls=Grouped,
    start=_START,
    sections=_SECTIONS,
    exit_codes=_EXIT_CODES,
    params=[verbose_option()],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="faces", message="faces %(version)s")
def cli() -> None:
    """Release a bad version of a small app, and watch it being measured and rolled back: progressive delivery, to see
    and to test.
    """


@cli.command()
@placed_to_start
@grid_option
@json_option
def up(place: Place, manifests: Path | None, grid: tuple[int, int] | None, as_json: bool) -> None:
    """Start the app, and leave it running when it is ready."""
    starting = place.begin(manifests)

    async def start() -> None:
        progress = (lambda _: None) if as_json else say
        async with await starting.wait_until_ready(progress) as platform:
            view = await platform.view()
        if as_json:
            from seam.wire import platform_to_json

            shown = platform_to_json(place.lasting(view))
            click.echo(json.dumps(shown | {"gui": on_grid(shown["gui"], grid), "name": starting.name}))
            return
        click.echo(f"The run {starting.name} is up.\nThe page: {on_grid(place.page(view), grid)}")
        if place.capabilities.lasting_addresses:
            click.echo(f"Prometheus: {view.prometheus}")
        here = aimed(place, starting.name)
        click.echo(f"Next: {typed('release smiley --as errors-40', here)}")
        click.echo(f"End it: {typed('down', here)}")

    run(start())


_BESIDE = (gitops, doctor, load, present, report, replay, watch, cluster, completion)
for command in (demo, release, *changing.COMMANDS, *looking.COMMANDS, *_BESIDE):
    cli.add_command(command)


def main() -> None:
    """A person's mistakes are one sentence and exit code 2; failures are one sentence and 1."""
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
        click.echo(with_commands(str(error)), err=True)
        sys.exit(code)


def _exit_code(error: Exception) -> int | None:
    """2 for a person's mistakes, 1 for failures, None for a defect. Imported only now: nobody waits for the classes."""
    from seam.errors import PlatformError, UserError

    if isinstance(error, UserError):
        return 2
    return 1 if isinstance(error, PlatformError) else None
