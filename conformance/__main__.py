"""`python -m conformance`: compare the engine with Argo Rollouts, in scenarios and in tables of questions."""

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
from conformance.report import Outcome, sentences, to_json
from conformance.scenario import Scenario, load
from conformance.table import Table
from conformance.trace import differences
from seam.errors import PlatformError

# Times are compared, and a busy machine makes the real controller late: disagreements are repeated, fewer at a time.
AT_A_TIME_AGAIN = (2, 1, 1)
Say = Callable[[str], None]

# Each asks all of its questions and some random ones. Arguments: the number of random scenarios, the seed, `say`.
TABLES: Mapping[str, Callable[[int, int, Say], Table]] = {
    "conditions": conditions.compare,
    "fields": shapes.compare,
    "manifests": manifests.compare,
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", multiple=True, metavar="NAME", help="Only this scenario or table (may be repeated).")
@click.option("--generated", type=click.IntRange(0), default=0, help="Also play this many random scenarios.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the random scenarios.")
@click.option(
    "--page", type=click.Path(path_type=Path, dir_okay=False), help="Write the results to this file, as Markdown."
)
@click.option("--logs", type=click.Path(path_type=Path), help="Keep the logs of the programs in this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(
    only: tuple[str, ...],
    generated: int,
    seed: int,
    page: Path | None,
    logs: Path | None,
    as_json: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Compare the embedded engine with the real Argo Rollouts; exit code 1 if their decisions differ."""
    scenarios, tables = _chosen(only, generated, seed)
    say: Say = (lambda _: None) if as_json else click.echo
    asked = [TABLES[name](generated, seed, say) for name in tables]
    outcome = Outcome(_played(scenarios, logs, say) if scenarios else [], asked)
    if page is not None:
        page.write_text(markdown(outcome.scenarios, outcome.tables))
    click.echo(to_json(outcome) if as_json else "\n".join(sentences(outcome)))
    sys.exit(0 if outcome.decided_alike else 1)


def _chosen(only: tuple[str, ...], generated: int, seed: int) -> tuple[list[Scenario], list[str]]:
    scenarios = [*load(), *generate(generated, seed)]
    unknown = set(only) - {scenario.name for scenario in scenarios} - set(TABLES)
    if unknown:
        raise click.UsageError(
            f"There is no {', '.join(sorted(unknown))}; give --only the name of a scenario in conformance/scenarios, "
            f"or one of {', '.join(TABLES)}."
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
            say(f"{len(doubtful)} disagree and are repeated.")
            again = await _round(controller, [compared[index].scenario.again for index in doubtful], at_a_time, say)
            for index, one in zip(doubtful, again, strict=True):
                compared[index] = one
    return compared


async def _round(controller: RealController, scenarios: list[Scenario], at_a_time: int, say: Say) -> list[Compared]:
    done: list[str] = []

    def count(scenario: Scenario) -> None:
        done.append(scenario.name)
        say(f"{len(done):4} of {len(scenarios)}  {scenario.name}")

    embedded = {scenario.name: virtual.play(scenario) for scenario in scenarios}
    played = await controller.play(scenarios, count, at_a_time)
    return [Compared(one, tuple(differences(played[one.name], embedded[one.name]))) for one in scenarios]


def _all_but_logs(_: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".log")]


if __name__ == "__main__":
    try:
        main()
    except PlatformError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
