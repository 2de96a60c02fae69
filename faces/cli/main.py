"""The front door: every command of `faces`, and how its mistakes are told."""

import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from faces.cli.cluster import cluster

if TYPE_CHECKING:
    from platforms.platform import Platform

MANIFESTS = Path(__file__).resolve().parents[2] / "manifests" / "base"

name_option = click.option("--name", help="Which run, when several are up.")
json_option = click.option("--json", "as_json", is_flag=True, help="For machines.")
workload_argument = click.argument("workload")
manifests_option = click.option(
    "--manifests",
    type=click.Path(path_type=Path, file_okay=False),
    default=MANIFESTS,
    help="The folder of manifests to run (default: the shipped ones).",
)
port_option = click.option("--port", type=click.IntRange(1, 65535), help="Where the page is (default: 8080 or next).")
shape_option = click.option(
    "--shape",
    type=click.Choice(["steady", "ramp", "burst"]),
    default="steady",
    show_default=True,
    help="How the number of visitors changes.",
)
seed_option = click.option("--seed", type=int, help="Makes faults and names repeatable.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def cli() -> None:
    """Self-healing progressive delivery, to see and to test: a bad version goes out and is rolled back by itself."""


@cli.command()
@click.option("--as", "release", default="errors-40", show_default=True, help="What goes out as v2.")
@click.option("--auto", is_flag=True, help="Tell the story, judge it and exit: 0 if all is well at the end, 1 if not.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Where report.json and report.html go.")
@click.option("--workload", default="smiley", show_default=True, help="Which workload gets the release.")
@click.option(
    "--rate",
    type=click.FloatRange(0, 1000, min_open=True),
    default=40.0,
    show_default=True,
    help="Requests per second.",
)
@shape_option
@click.option("--no-browser", is_flag=True, help="Do not open the page.")
@click.option("--name", help="A name for this run (default: demo, demo-2, ...).")
@manifests_option
@port_option
@seed_option
def demo(
    release: str,
    auto: bool,
    out: Path | None,
    workload: str,
    rate: float,
    shape: str,
    no_browser: bool,
    name: str | None,
    manifests: Path,
    port: int | None,
    seed: int | None,
) -> None:
    """See a release go out, be measured, and be rolled back (or promoted), with visitors."""
    from chaos.catalogue import find
    from platforms.embedded.launch import launch
    from platforms.embedded.settings import Settings

    wanted = find(release)
    # First of all: what follows is imported while the platform is on its way up.
    launched = launch(Settings(str(manifests), port, attached=True, seed=seed), name)

    from faces.cli.demo import Plan, run
    from faces.cli.story import Story, StoryConsole

    plan = Plan(
        release=wanted,
        workload=workload,
        rate=rate,
        shape=shape,
        out=out or (Path("report") if auto else None),
        auto=auto,
        browser=not no_browser and not auto and sys.stdout.isatty(),
    )
    with Story(StoryConsole(highlight=False)) as story:
        sys.exit(_run(run(launched, plan, story)))


@cli.command()
@click.option("--name", help="A name for this run (default: demo, demo-2, ...).")
@manifests_option
@port_option
@seed_option
@json_option
def up(name: str | None, manifests: Path, port: int | None, seed: int | None, as_json: bool) -> None:
    """Start the platform and leave it running."""
    from platforms.embedded.platform import EmbeddedPlatform
    from platforms.embedded.settings import Settings

    async def start() -> None:
        settings = Settings(str(manifests), port, seed=seed)
        say = (lambda _: None) if as_json else click.echo
        async with await EmbeddedPlatform.start(settings, name, say) as platform:
            await platform.measured()
            view = await platform.view()
        if as_json:
            click.echo(json.dumps(view.to_json() | {"name": platform.folder.path.name}))
        else:
            click.echo(
                f"The page: {view.gui}\nPrometheus: {view.prometheus}\nThe run is called {platform.folder.path.name}."
            )

    _run(start())


@cli.command()
@name_option
def down(name: str | None) -> None:
    """End a run; nothing of it is left."""
    _command(name, lambda platform: platform.down())


@cli.command()
@workload_argument
@click.option("--as", "release", default="errors-40", show_default=True, help="good, errors-40, slow-p99, hang, ...")
@click.option("--version", help="Its version (default: the next number).")
@name_option
@json_option
def release(workload: str, release: str, version: str | None, name: str | None, as_json: bool) -> None:
    """Push a new version of WORKLOAD."""
    from chaos.catalogue import find, release_env

    wanted = find(release)
    env = release_env(wanted, version or "")
    if version is None:
        del env["VERSION"]
    told = _command(name, lambda platform: platform.release(workload, wanted.name, env))
    shown = {"workload": workload, "version": told, "release": wanted.name}
    click.echo(json.dumps(shown) if as_json else f"{workload} {told} goes out: {wanted.summary}")


@cli.command()
@workload_argument
@click.option("--full", is_flag=True, help="Skip every step and analysis that is left.")
@name_option
def promote(workload: str, full: bool, name: str | None) -> None:
    """Go on: past a pause, an inconclusive analysis, or the current step."""
    _command(name, lambda platform: platform.promote(workload, full=full))


@cli.command()
@workload_argument
@name_option
def abort(workload: str, name: str | None) -> None:
    """Send all traffic back to the stable version."""
    _command(name, lambda platform: platform.abort(workload))


@cli.command()
@workload_argument
@name_option
def retry(workload: str, name: str | None) -> None:
    """Try an aborted release again, from its first step."""
    _command(name, lambda platform: platform.retry(workload))


@cli.command()
@workload_argument
@click.option("--to-revision", type=click.IntRange(1), help="Which one (default: the one before).")
@name_option
def undo(workload: str, to_revision: int | None, name: str | None) -> None:
    """Go back to the template of an earlier revision."""
    _command(name, lambda platform: platform.undo(workload, to_revision))


@cli.command()
@name_option
@json_option
def status(name: str | None, as_json: bool) -> None:
    """Where every rollout stands."""
    view = _command(name, lambda platform: platform.view())
    if as_json:
        click.echo(json.dumps(view.to_json()))
        return
    from faces.cli.status import print_status

    print_status(view)


@cli.command()
@workload_argument
@click.argument("faults", required=False)
@click.option("--as", "release", help="Take the faults of a release from the catalogue, e.g. errors-40.")
@click.option("--version", help="Only replicas of this version.")
@name_option
@json_option
def inject(
    workload: str,
    faults: str | None,
    release: str | None,
    version: str | None,
    name: str | None,
    as_json: bool,
) -> None:
    """Switch FAULTS (JSON, e.g. '{"error": {"fraction": 40}}') on in running replicas."""
    from chaos.catalogue import find

    if (faults is None) == (release is None):
        raise click.UsageError("Give either FAULTS as JSON or --as with a release's name.")
    wanted = dict(find(release).faults) if release is not None else _faults(faults or "")
    pods = _command(name, lambda platform: platform.inject(workload, wanted, version))
    click.echo(json.dumps({"pods": pods}) if as_json else f"Injected into {', '.join(pods)}.")


@cli.command()
@workload_argument
@click.option("--version", help="Only replicas of this version.")
@name_option
@json_option
def clear(workload: str, version: str | None, name: str | None, as_json: bool) -> None:
    """Switch every fault off in running replicas."""
    pods = _command(name, lambda platform: platform.clear(workload, version))
    click.echo(json.dumps({"pods": pods}) if as_json else f"Cleared in {', '.join(pods)}.")


@cli.command()
@click.option(
    "--rate",
    type=click.FloatRange(0, 1000, min_open=True),
    default=40.0,
    show_default=True,
    help="Requests per second.",
)
@shape_option
@click.option("--web", is_flag=True, help="With Locust's own web page.")
@name_option
def load(rate: float, shape: str, web: bool, name: str | None) -> None:
    """Send visitors to the page of a run, until Ctrl-C."""
    view = _command(name, lambda platform: platform.view())
    url = view.gui.removesuffix("/faces/")
    command = [sys.executable, "-m", "loadgen", "--url", url, "--rate", f"{rate:g}", "--shape", shape]
    os.execv(sys.executable, [*command, "--web"] if web else command)  # noqa: S606 - this process becomes Locust


cli.add_command(cluster)


def _faults(text: str) -> dict[str, Any]:
    try:
        faults = json.loads(text)
    except json.JSONDecodeError as error:
        raise click.UsageError(f"FAULTS is not JSON: {error}.") from error
    if not isinstance(faults, dict):
        raise click.UsageError('FAULTS has to be a JSON object, such as \'{"error": {"fraction": 40}}\'.')
    return faults


def _command(name: str | None, verb: Callable[["Platform"], Coroutine[Any, Any, Any]]) -> Any:
    from platforms.embedded.platform import EmbeddedPlatform

    async def ask() -> Any:
        async with EmbeddedPlatform.find(name) as platform:
            return await verb(platform)

    return _run(ask())


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end; TERM ends it as gently as Ctrl-C does."""
    import asyncio

    async def with_signals() -> Any:
        task = asyncio.current_task()
        assert task is not None
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        return await work

    try:
        return asyncio.run(with_signals())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


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
    from chaos.catalogue import UnknownRelease
    from chaos.report import ReportError
    from platforms.errors import PlatformError, UserError

    if isinstance(error, UserError | UnknownRelease | ReportError):
        return 2
    return 1 if isinstance(error, PlatformError) else None
