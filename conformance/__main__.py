"""`python -m conformance`: every scenario on both controllers, and where they disagree."""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from conformance import real, virtual
from conformance.control_plane import control_plane
from conformance.scenario import Scenario, load
from conformance.trace import Difference, Trace, differences
from platforms.errors import PlatformError


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", multiple=True, metavar="NAME", help="Play this scenario (may be given again).")
@click.option("--logs", type=click.Path(path_type=Path), help="Keep what the programs say in this folder.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def main(only: tuple[str, ...], logs: Path | None, as_json: bool) -> None:  # noqa: FBT001 - click passes it by name
    """Play every scenario on the real controller and on the embedded engine; exit code 1 if they decide otherwise."""
    scenarios = load()
    unknown = set(only) - {scenario.name for scenario in scenarios}
    if unknown:
        raise click.UsageError(f"There is no scenario {', '.join(sorted(unknown))} in conformance/scenarios.")
    chosen = [scenario for scenario in scenarios if not only or scenario.name in only]
    embedded = {scenario.name: virtual.play(scenario) for scenario in chosen}
    with tempfile.TemporaryDirectory(prefix="faces-conformance-") as temporary:
        try:
            played = asyncio.run(_played(chosen, Path(temporary), say=(lambda _: None) if as_json else click.echo))
        finally:
            if logs is not None:
                shutil.copytree(temporary, logs, ignore=_all_but_logs, dirs_exist_ok=True)
    found = {name: differences(played[name], embedded[name]) for name in played}
    if as_json:
        click.echo(json.dumps({name: [str(one) for one in differing] for name, differing in found.items()}))
    else:
        _tell(chosen, found)
    sys.exit(1 if any(one.decisive for differing in found.values() for one in differing) else 0)


async def _played(scenarios: list[Scenario], folder: Path, say: Callable[[str], None]) -> dict[str, Trace]:
    done: list[str] = []

    def told(scenario: Scenario) -> None:
        done.append(scenario.name)
        say(f"{len(done):4} of {len(scenarios)}  {scenario.name}")

    async with control_plane(folder, say) as cluster:
        return await real.RealController(cluster).play(scenarios, told)


def _all_but_logs(_: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".log")]


def _tell(scenarios: list[Scenario], found: dict[str, list[Difference]]) -> None:
    for scenario in scenarios:
        for difference in found[scenario.name]:
            mark = "✗" if difference.decisive else "·"
            click.echo(f"{mark} {scenario.name} (rule {scenario.rule}), {difference}")
    agreed = [name for name, differing in found.items() if not any(one.decisive for one in differing)]
    worded = [name for name in agreed if found[name]]
    click.echo(
        f"{len(agreed)} of {len(found)} scenarios decided alike, {len(agreed) - len(worded)} of them in the same words."
    )


if __name__ == "__main__":
    try:
        main()
    except PlatformError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
