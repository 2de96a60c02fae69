"""The command `faces demo`: what its options mean. What it does is in demo.py, imported while the platform comes up."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from faces.cli.checks import check_out, check_workload
from faces.cli.completing import releases, workloads
from faces.cli.options import (
    compare_option,
    grid_option,
    link_option,
    listen_option,
    present_port_option,
    promote_pauses_option,
    rate_option,
    script_option,
    shape_option,
    timeout_option,
)
from faces.cli.place import Place, placed_to_start
from faces.cli.running import run
from faces.cli.typed import aimed, typed

if TYPE_CHECKING:
    from chaos.report import Report
    from presenter.listening import Listen


@click.command(short_help="Show a release: measured, then promoted or rolled back.")
@click.option(
    "--as",
    "release",
    default="errors-40",
    show_default=True,
    shell_complete=releases,
    help="Which release goes out as v2: a name that `faces releases` lists, or FILE.yaml.",
)
@click.option(
    "--auto",
    is_flag=True,
    help="Run unattended; exit 0 if the release ended as expected and visitors recovered, 1 if not.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where report.json, report.html and the record go (default with --auto: report).",
)
@click.option(
    "--workload",
    shell_complete=workloads,
    help="Which workload gets the release (default: smiley, or the one that the release is made for).",
)
@link_option
@compare_option
@timeout_option
@promote_pauses_option
@rate_option
@shape_option
@click.option(
    "--wait", is_flag=True, help="Release nothing by itself: wait for the speaker, and print the presenter's address."
)
@script_option
@listen_option
@present_port_option
@grid_option
@click.option("--no-browser", is_flag=True, help="Do not open the page.")
@placed_to_start
@click.pass_context
def demo(
    context: click.Context,
    release: str,
    auto: bool,
    out: Path | None,
    workload: str | None,
    link: str | None,
    compare: Path | None,
    timeout: float,
    promote_pauses: bool,
    rate: float | None,
    shape: str | None,
    wait: bool,
    script: str,
    listen: "Listen | None",
    present_port: int | None,
    grid: tuple[int, int] | None,
    no_browser: bool,
    place: Place,
    manifests: Path | None,
) -> None:
    """Start the app, send visitors, push a release, and watch it being measured and rolled back, or promoted."""
    from chaos.catalogue import find

    if promote_pauses and not auto:
        raise click.UsageError("--promote-pauses is for --auto: in an attended demo you promote with `faces promote`.")
    _refuse_pointless(context, wait=wait)
    if wait:
        from faces.cli.presenting import Asked, wait_for_the_speaker

        browser = not no_browser and sys.stdout.isatty()
        wait_for_the_speaker(place, manifests, Asked(script, listen, present_port, rate, shape, grid, out, browser))
        return
    wanted = find(release)
    scene = wanted.scene
    workload = workload or scene.workload
    out = out or (Path("report") if auto else None)
    check_workload(manifests, workload, wanted)
    if out is not None:
        check_out(out)
    other = _read(compare) if compare is not None else None
    starting = place.begin(manifests, attached=True, services=scene.services)

    from chaos.experiment import Experiment
    from faces.cli.demo import Plan
    from faces.cli.demo import demo as demonstrate
    from faces.cli.story import Story, StoryConsole

    experiment = Experiment(
        release=wanted,
        workload=workload,
        rate=rate or scene.rate,
        shape=shape or scene.shape,
        unattended=auto,
        promote_pauses=promote_pauses,
        limit_s=timeout,
    )
    plan = Plan(
        experiment,
        typed=lambda words: typed(words, aimed(place, starting.name)),
        out=out,
        link=link,
        compare=other,
        grid=grid,
        browser=not no_browser and not auto and sys.stdout.isatty(),
    )
    with Story(StoryConsole(highlight=False)) as story:
        sys.exit(run(demonstrate(starting, plan, story)))


# What means something without --wait alone, and the other way round.
_WITHOUT_WAIT = ("release", "auto", "workload", "link", "compare", "timeout")
_WITH_WAIT = ("script", "listen", "present_port")


def _refuse_pointless(context: click.Context, *, wait: bool) -> None:
    given = click.core.ParameterSource.COMMANDLINE
    for name in _WITHOUT_WAIT if wait else _WITH_WAIT:
        if context.get_parameter_source(name) is given:
            option = "as" if name == "release" else name.replace("_", "-")
            why = "is not for --wait, where the speaker decides" if wait else "is for --wait; add it"
            raise click.UsageError(f"--{option} {why}, or leave this out." if not wait else f"--{option} {why}.")


def _read(compare: Path) -> "Report":
    """A file that is no report is refused before anything starts."""
    from chaos.report import read_report

    return read_report(compare)
