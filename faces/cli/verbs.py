"""What people say about a run that is up: one command for each verb of the `Platform`."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import click

from faces.cli.options import json_option, rate_option, shape_option, workload_argument
from faces.cli.place import Place, placed
from faces.cli.running import run

if TYPE_CHECKING:
    from seam.platform import Platform


@click.command()
@placed
def down(place: Place) -> None:
    """End a run; nothing of it is left."""
    _ask(place, lambda platform: platform.down())


@click.command()
@workload_argument
@click.option("--as", "release", default="errors-40", show_default=True, help="good, errors-40, slow-p99, hang, ...")
@click.option("--version", help="Its version (default: the next number).")
@placed
@json_option
def release(workload: str, release: str, version: str | None, place: Place, as_json: bool) -> None:
    """Push a new version of WORKLOAD."""
    from chaos.catalogue import find, pod_change

    wanted = find(release)
    told = _ask(place, lambda platform: platform.release(workload, wanted.name, pod_change(wanted), version))
    shown = {"workload": workload, "version": told, "release": wanted.name}
    click.echo(json.dumps(shown) if as_json else f"{workload} {told} goes out: {wanted.summary}")


@click.command()
@workload_argument
@click.option("--full", is_flag=True, help="Skip every step and analysis that is left.")
@placed
def promote(workload: str, full: bool, place: Place) -> None:
    """Go on: past a pause, an inconclusive analysis, or the current step."""
    _ask(place, lambda platform: platform.promote(workload, full=full))


@click.command()
@workload_argument
@placed
def abort(workload: str, place: Place) -> None:
    """Send all traffic back to the stable version."""
    _ask(place, lambda platform: platform.abort(workload))


@click.command()
@workload_argument
@placed
def retry(workload: str, place: Place) -> None:
    """Try an aborted release again, from its first step."""
    _ask(place, lambda platform: platform.retry(workload))


@click.command()
@workload_argument
@click.option("--to-revision", type=click.IntRange(1), help="Which one (default: the one before).")
@placed
def undo(workload: str, to_revision: int | None, place: Place) -> None:
    """Go back to the template of an earlier revision."""
    _ask(place, lambda platform: platform.undo(workload, to_revision))


@click.command()
@placed
@json_option
def status(place: Place, as_json: bool) -> None:
    """Where every rollout stands."""
    view = _ask(place, lambda platform: platform.view())
    if as_json:
        from seam.wire import platform_to_json

        click.echo(json.dumps(platform_to_json(place.lasting(view))))
        return
    from faces.cli.status import print_status

    print_status(view)
    click.echo(f"The page: {place.page(view)}")


@click.command()
@workload_argument
@click.argument("faults", required=False)
@click.option("--as", "release", help="Take the faults of a release from the catalogue, e.g. errors-40.")
@click.option("--version", help="Only replicas of this version.")
@placed
@json_option
def inject(
    workload: str, faults: str | None, release: str | None, version: str | None, place: Place, as_json: bool
) -> None:
    """Switch FAULTS (JSON, e.g. '{"error": {"fraction": 40}}') on in running replicas."""
    from chaos.catalogue import find, pod_change

    if (faults is None) == (release is None):
        raise click.UsageError("Give either FAULTS as JSON or --as with a release's name.")
    wanted = json.loads(pod_change(find(release)).env["FAULTS"]) if release is not None else _faults(faults or "")
    pods = _ask(place, lambda platform: platform.inject(workload, wanted, version))
    click.echo(json.dumps({"pods": pods}) if as_json else f"Injected into {', '.join(pods)}.")


@click.command()
@workload_argument
@click.option("--version", help="Only replicas of this version.")
@placed
@json_option
def clear(workload: str, version: str | None, place: Place, as_json: bool) -> None:
    """Switch every fault off in running replicas."""
    pods = _ask(place, lambda platform: platform.clear(workload, version))
    click.echo(json.dumps({"pods": pods}) if as_json else f"Cleared in {', '.join(pods)}.")


@click.command()
@rate_option
@shape_option
@click.option("--web", is_flag=True, help="With Locust's own web page.")
@placed
def load(rate: float, shape: str, web: bool, place: Place) -> None:
    """Send visitors to the page of a run, until Ctrl-C."""

    async def visit(platform: "Platform") -> int:
        url = (await platform.view()).gui.removesuffix("/faces/")
        command = [sys.executable, "-P", "-m", "loadgen", "--url", url, "--rate", f"{rate:g}", "--shape", shape]
        visitors = await asyncio.create_subprocess_exec(*command, *(["--web"] if web else []))
        try:
            return await visitors.wait()
        finally:
            if visitors.returncode is None:
                visitors.terminate()
                await visitors.wait()

    sys.exit(_ask(place, visit))


VERBS = (status, release, promote, abort, retry, undo, inject, clear, load, down)


def _faults(text: str) -> dict[str, Any]:
    try:
        faults = json.loads(text)
    except json.JSONDecodeError as error:
        raise click.UsageError(f"FAULTS is not JSON: {error}.") from error
    if not isinstance(faults, dict):
        raise click.UsageError('FAULTS has to be a JSON object, such as \'{"error": {"fraction": 40}}\'.')
    return faults


def _ask(place: Place, verb: Callable[["Platform"], Coroutine[Any, Any, Any]]) -> Any:
    async def ask() -> Any:
        async with await place.find() as platform:
            return await verb(platform)

    return run(ask())
