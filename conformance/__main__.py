"""`python -m conformance`: scenarios on both controllers, and where they disagree."""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from conformance import virtual
from conformance.control_plane import control_plane
from conformance.generate import generate
from conformance.page import Compared, markdown
from conformance.real import AT_A_TIME, RealController
from conformance.scenario import Scenario, load
from conformance.trace import differences
from platforms.errors import PlatformError

AT_A_TIME_AGAIN = 2


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", multiple=True, metavar="NAME", help="Play this scenario (may be given again).")
@click.option("--generated", type=click.IntRange(0), default=0, help="Play so many random ones, too.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the random ones.")
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures here, as Markdown.")
@click.option("--logs", type=click.Path(path_type=Path), help="Keep what the programs say in this folder.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def main(
    only: tuple[str, ...],
    generated: int,
    seed: int,
    page: Path | None,
    logs: Path | None,
    as_json: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Play scenarios on the real controller and on the embedded engine; exit code 1 if they decide otherwise."""
    chosen = _chosen(only, generated, seed)
    say: Callable[[str], None] = (lambda _: None) if as_json else click.echo
    with tempfile.TemporaryDirectory(prefix="faces-conformance-") as temporary:
        try:
            compared = asyncio.run(_compared(chosen, Path(temporary), say))
        finally:
            if logs is not None:
                shutil.copytree(temporary, logs, ignore=_all_but_logs, dirs_exist_ok=True)
    if page is not None:
        page.write_text(markdown(compared))
    if as_json:
        click.echo(json.dumps({one.scenario.name: [str(each) for each in one.differences] for one in compared}))
    else:
        _tell(compared)
    sys.exit(0 if all(one.decided_alike for one in compared) else 1)


def _chosen(only: tuple[str, ...], generated: int, seed: int) -> list[Scenario]:
    scenarios = [*load(), *generate(generated, seed)]
    unknown = set(only) - {scenario.name for scenario in scenarios}
    if unknown:
        raise click.UsageError(f"There is no scenario {', '.join(sorted(unknown))} in conformance/scenarios.")
    return [scenario for scenario in scenarios if not only or scenario.name in only]


async def _compared(scenarios: list[Scenario], folder: Path, say: Callable[[str], None]) -> list[Compared]:
    """Whoever disagrees is played again, almost alone: times are compared, on a machine that others use as well."""
    async with control_plane(folder, say) as cluster:
        controller = RealController(cluster)
        compared = await _round(controller, scenarios, AT_A_TIME, say)
        doubtful = [one.scenario for one in compared if not one.decided_alike]
        if doubtful:
            say(f"{len(doubtful)} disagree; they are played again.")
            renamed = [one.model_copy(update={"name": f"{one.name}-again"}) for one in doubtful]
            again = {one.scenario.name: one for one in await _round(controller, renamed, AT_A_TIME_AGAIN, say)}
            compared = [again.get(f"{one.scenario.name}-again", one) for one in compared]
    return compared


async def _round(
    controller: RealController, scenarios: list[Scenario], at_a_time: int, say: Callable[[str], None]
) -> list[Compared]:
    done: list[str] = []

    def told(scenario: Scenario) -> None:
        done.append(scenario.name)
        say(f"{len(done):4} of {len(scenarios)}  {scenario.name}")

    embedded = {scenario.name: virtual.play(scenario) for scenario in scenarios}
    played = await controller.play(scenarios, told, at_a_time)
    return [Compared(one, tuple(differences(played[one.name], embedded[one.name]))) for one in scenarios]


def _all_but_logs(_: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".log")]


def _tell(compared: list[Compared]) -> None:
    for one in compared:
        for difference in one.differences:
            mark = "✗" if difference.decisive else "·"
            click.echo(f"{mark} {one.scenario.name} (rule {one.scenario.rule}), {difference}")
    alike = [one for one in compared if one.decided_alike]
    worded, again = sum(not one.differences for one in alike), sum(one.again for one in alike)
    click.echo(
        f"{len(alike)} of {len(compared)} scenarios decided alike, {worded} of them in the same words"
        f"{f', {again} only when played again' if again else ''}."
    )


if __name__ == "__main__":
    try:
        main()
    except PlatformError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
