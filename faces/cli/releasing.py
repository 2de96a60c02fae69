"""`faces release`: push a new version, and return at once or watch it to its end."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from faces.cli.asking import ask, show
from faces.cli.checks import check_out
from faces.cli.options import (
    compare_option,
    json_option,
    link_option,
    promote_pauses_option,
    rate_option,
    release_option,
    shape_option,
    timeout_option,
    version_option,
    workload_argument,
)
from faces.cli.place import Place, placed
from faces.cli.typed import typed

if TYPE_CHECKING:
    from chaos.experiment import Experiment
    from seam.releases import Release

# What means something to a release that is watched, and nothing to one that is only pushed.
_FOR_WATCH = ("auto", "promote_pauses", "out", "link", "compare", "timeout", "rate", "shape")


@click.command(short_help="Release a new version; with --watch, follow it to its end.")
@workload_argument
@release_option
@version_option
@click.option(
    "--watch",
    is_flag=True,
    help="Send visitors and follow the release to its end; exit 0 if it ended as expected and visitors recovered.",
)
@click.option(
    "--auto", is_flag=True, help="With --watch: run unattended; what waits for a person ends it, with exit code 1."
)
@promote_pauses_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --watch: where report.json, report.html and the record go (default: nowhere).",
)
@link_option
@compare_option
@timeout_option
@rate_option
@shape_option
@click.option(
    "--by",
    type=click.Choice(["patch", "git"]),
    default="patch",
    show_default=True,
    help="How it gets into the cluster. git: as a commit, which Argo CD delivers (see `faces gitops`).",
)
@placed
@json_option
@click.pass_context
def release(
    context: click.Context,
    workload: str,
    release: str,
    version: str | None,
    watch: bool,
    auto: bool,
    promote_pauses: bool,
    out: Path | None,
    link: str | None,
    compare: Path | None,
    timeout: float,
    rate: float | None,
    shape: str | None,
    by: str,
    place: Place,
    as_json: bool,
) -> None:
    """Release a new version of WORKLOAD on a run that is up.

    Without --watch it returns at once; `faces status` shows what becomes of the release.
    """
    from chaos.catalogue import find

    _refuse_pointless(context, watch=watch, auto=auto, promote_pauses=promote_pauses, as_json=as_json)
    wanted = find(release)
    place = replace(place, by_git=by == "git")
    if not watch:
        push(place, workload, wanted, version, as_json=as_json)
        return
    if out is not None:
        check_out(out)

    from chaos.experiment import Experiment

    experiment = Experiment(
        release=wanted,
        workload=workload,
        version=version,
        rate=rate or wanted.scene.rate,
        shape=shape or wanted.scene.shape,
        unattended=auto,
        promote_pauses=promote_pauses,
        limit_s=timeout,
    )
    _watch(place, experiment, out, link, compare)


def _refuse_pointless(context: click.Context, *, watch: bool, auto: bool, promote_pauses: bool, as_json: bool) -> None:
    given = [
        name for name in _FOR_WATCH if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    ]
    if given and not watch:
        raise click.UsageError(f"--{given[0].replace('_', '-')} is for --watch; add it, or leave this out.")
    if promote_pauses and not auto:
        raise click.UsageError("--promote-pauses is for --auto: attended, you promote with `faces promote`.")
    if watch and as_json:
        raise click.UsageError("--json is not for --watch: use --out DIR, and read report.json there.")


def push(place: Place, workload: str, wanted: "Release", version: str | None, *, as_json: bool) -> None:
    """Release it and say so, without waiting for what becomes of it."""
    from chaos.catalogue import pod_change
    from faces.cli.done import Done
    from seam.errors import UserError

    if any(not plan.from_the_start for plan in wanted.faults):
        # Their pods cannot know of them, and without --watch nobody stays to switch them on.
        raise UserError(
            f"{wanted.name} has faults that are switched on while it goes out; add --watch, which does that, or use "
            f"`faces inject`."
        )
    given = ask(place, lambda platform: platform.release(workload, wanted.name, pod_change(wanted), version))
    facts = {"rollout": workload, "action": "release", "workload": workload, "version": given, "release": wanted.name}
    show(Done(f"{workload}: {given} goes out as {wanted.name}. {wanted.summary}", facts), as_json=as_json)


def _watch(place: Place, experiment: "Experiment", out: Path | None, link: str | None, compare: Path | None) -> None:
    from chaos.report import read_report
    from faces.cli.demo import Plan, release_and_watch
    from faces.cli.story import Story, StoryConsole

    other = read_report(compare) if compare is not None else None
    plan = Plan(experiment, typed=lambda words: typed(words, place), out=out, link=link, compare=other)
    with Story(StoryConsole(highlight=False)) as story:
        sys.exit(ask(place, lambda platform: release_and_watch(platform, plan, story)))
