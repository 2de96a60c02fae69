"""`python -m conformance`: scenarios and tables of questions on both sides, and where they disagree."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from conformance import conditions, manifests, shapes, virtual
from conformance.control_plane import control_plane
from conformance.generate import generate
from conformance.page import Compared, markdown
from conformance.real import AT_A_TIME, RealController
from conformance.report import Outcome, as_json, sentences
from conformance.scenario import Scenario, load
from conformance.table import Table
from conformance.trace import differences
from seam.errors import PlatformError

# A busy machine makes the real controller late, and times are compared: who disagrees is played again with more room.
AT_A_TIME_AGAIN = (2, 1, 1)
Say = Callable[[str], None]

# Each asks all of its questions, and some random ones: it gets the number of random scenarios, the seed, and `say`.
TABLES: Mapping[str, Callable[[int, int, Say], Table]] = {
    "conditions": conditions.compare,
    "fields": shapes.compare,
    "manifests": manifests.compare,
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", multiple=True, metavar="NAME", help="This scenario or table alone (may be given again).")
@click.option("--generated", type=click.IntRange(0), default=0, help="Play so many random ones, too.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the random ones.")
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures here, as Markdown.")
@click.option("--logs", type=click.Path(path_type=Path), help="Keep what the programs say in this folder.")
@click.option("--json", "machines", is_flag=True, help="For machines.")
def main(
    only: tuple[str, ...],
    generated: int,
    seed: int,
    page: Path | None,
    logs: Path | None,
    machines: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Ask the real controller and the embedded engine; exit code 1 if they decide otherwise."""
    scenarios, tables = _chosen(only, generated, seed)
    say: Say = (lambda _: None) if machines else click.echo
    asked = [TABLES[name](generated, seed, say) for name in tables]
    outcome = Outcome(_played(scenarios, logs, say) if scenarios else [], asked)
    if page is not None:
        page.write_text(markdown(outcome.scenarios, outcome.tables))
    click.echo(as_json(outcome) if machines else "\n".join(sentences(outcome)))
    sys.exit(0 if outcome.decided_alike else 1)


def _chosen(only: tuple[str, ...], generated: int, seed: int) -> tuple[list[Scenario], list[str]]:
    scenarios = [*load(), *generate(generated, seed)]
    unknown = set(only) - {scenario.name for scenario in scenarios} - set(TABLES)
    if unknown:
        raise click.UsageError(
            f"There is no {', '.join(sorted(unknown))}: --only takes a scenario of conformance/scenarios, "
            f"or {', '.join(TABLES)}."
        )
    return [one for one in scenarios if not only or one.name in only], [
        one for one in TABLES if not only or one in only
    ]


def _played(scenarios: list[Scenario], logs: Path | None, say: Say) -> list[Compared]:
    with tempfile.TemporaryDirectory(prefix="faces-conformance-") as temporary:
        try:
            return asyncio.run(_compared(scenarios, Path(temporary), say))
        finally:
            if logs is not None:
                shutil.copytree(temporary, logs, ignore=_all_but_logs, dirs_exist_ok=True)


async def _compared(scenarios: list[Scenario], folder: Path, say: Say) -> list[Compared]:
    async with control_plane(folder, say) as cluster:
        controller = RealController(cluster)
        compared = await _round(controller, scenarios, AT_A_TIME, say)
        for at_a_time in AT_A_TIME_AGAIN:
            doubtful = [index for index, one in enumerate(compared) if not one.decided_alike]
            if not doubtful:
                break
            say(f"{len(doubtful)} disagree; they are played again.")
            again = await _round(controller, [compared[index].scenario.again for index in doubtful], at_a_time, say)
            for index, one in zip(doubtful, again, strict=True):
                compared[index] = one
    return compared


async def _round(controller: RealController, scenarios: list[Scenario], at_a_time: int, say: Say) -> list[Compared]:
    done: list[str] = []

    def told(scenario: Scenario) -> None:
        done.append(scenario.name)
        say(f"{len(done):4} of {len(scenarios)}  {scenario.name}")

    embedded = {scenario.name: virtual.play(scenario) for scenario in scenarios}
    played = await controller.play(scenarios, told, at_a_time)
    return [Compared(one, tuple(differences(played[one.name], embedded[one.name]))) for one in scenarios]


def _all_but_logs(_: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".log")]


if __name__ == "__main__":
    try:
        main()
    except PlatformError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
