"""What one does to a run: decide, disturb, end. One command for each verb of the `Platform`."""

import json
from typing import TYPE_CHECKING, Any

import click

from faces.cli.asking import ask, change, show
from faces.cli.completing import fault_kinds, faults_in_short, releases
from faces.cli.options import json_option, workload_argument
from faces.cli.place import Place, placed

if TYPE_CHECKING:
    from seam.platform import Platform


@click.command()
@placed
@json_option
def down(place: Place, as_json: bool) -> None:
    """End a run. Nothing of it is left."""
    from faces.cli.done import Done
    from seam.errors import NotRunning

    async def end(platform: "Platform") -> str:
        await platform.down()
        return platform.name

    try:
        name = ask(place, end)
    except NotRunning:
        # No mistake: whoever cleans up does not know how far others came.
        none = f"No such run is up ({place.words()})" if place.words() else "No run is up"
        nothing = f"{none}: there is nothing to end."
        show(Done(nothing, {"action": "down", "name": None}), as_json=as_json)
        return
    show(Done(f"The run {name} is down.", {"action": "down", "name": name}), as_json=as_json)


@click.command(short_help="Continue past a pause or a step, or with --full to the end.")
@workload_argument
@click.option("--full", is_flag=True, help="Skip every step, pause and analysis that is left.")
@placed
@json_option
def promote(workload: str, full: bool, place: Place, as_json: bool) -> None:
    """Continue a release: past its pause or an inconclusive analysis, or past the current step."""
    from faces.cli.done import promoted

    before = change(place, workload, lambda platform: platform.promote(workload, full=full))
    show(promoted(before, full=full), as_json=as_json)


@click.command()
@workload_argument
@placed
@json_option
def abort(workload: str, place: Place, as_json: bool) -> None:
    """Abort a release: all traffic goes back to the stable version."""
    from faces.cli.done import aborted

    show(aborted(change(place, workload, lambda platform: platform.abort(workload))), as_json=as_json)


@click.command()
@workload_argument
@placed
@json_option
def retry(workload: str, place: Place, as_json: bool) -> None:
    """Try an aborted release again, from its first step."""
    from faces.cli.done import retried

    show(retried(change(place, workload, lambda platform: platform.retry(workload))), as_json=as_json)


@click.command(short_help="Go back to an earlier revision.")
@workload_argument
@click.option("--to-revision", type=click.IntRange(1), help="Which revision (default: the one before the newest).")
@placed
@json_option
def undo(workload: str, to_revision: int | None, place: Place, as_json: bool) -> None:
    """Go back to the pod template of an earlier revision. If that one is not stable, it is released step by step."""
    from faces.cli.done import undone

    before = change(place, workload, lambda platform: platform.undo(workload, to_revision))
    show(undone(before, to_revision), as_json=as_json)


@click.command(short_help="Switch faults on in running pods.")
@workload_argument
@click.argument("faults", nargs=-1, shell_complete=faults_in_short)
@click.option(
    "--as", "release", shell_complete=releases, help="The faults of a release from `faces releases`, e.g. errors-40."
)
@click.option("--version", help="Only in pods of this version (default: in all of WORKLOAD's).")
@placed
@json_option
def inject(
    workload: str, faults: tuple[str, ...], release: str | None, version: str | None, place: Place, as_json: bool
) -> None:
    """Switch faults on in running pods of WORKLOAD, without a release. Other faults that were on are switched off.

    FAULTS are words such as error=40% or tail_latency=10%:2s, several at once, or one JSON object such as
    '{"error": {"fraction": 40}}'. `faces faults` lists every fault in both forms.

    KIND=VALUE:VALUE gives a fault's fields in the order of `faces faults`. FIELD=VALUE gives a field of the fault
    before it; before the first fault, of all of them. Units are %, ms and s; a number without one has the field's own.

    Examples: `error=40% cells=edge` fails 40 % of the requests for the tiles at the edge; `error=40% hang=5%` are two
    faults; `user=alice error=40% hang=5%` are both for one user alone.
    """
    from faces.cli.done import injected

    if bool(faults) == (release is not None):
        raise click.UsageError("Give either FAULTS, such as error=40%, or --as with a release's name.")
    wanted = _faults_of(release, workload) if release is not None else _faults(faults, workload)
    pods = ask(place, lambda platform: platform.inject(workload, wanted, version))
    show(injected(workload, wanted, pods), as_json=as_json)


@click.command(short_help="Switch faults off in running pods.")
@workload_argument
@click.argument("kinds", nargs=-1, shell_complete=fault_kinds)
@click.option("--version", help="Only in pods of this version (default: in all of WORKLOAD's).")
@placed
@json_option
def clear(workload: str, kinds: tuple[str, ...], version: str | None, place: Place, as_json: bool) -> None:
    """Switch faults off in running pods: every one, or only those of the KINDS that are named, such as error."""
    from faces.cli.done import cleared
    from faces.faults import KINDS
    from seam.errors import UserError

    if unknown := next((kind for kind in kinds if kind not in KINDS), None):
        raise UserError(
            f"There is no fault {unknown!r}; there are {', '.join(KINDS)}. For example `faces clear {workload} error`."
        )
    pods = ask(place, lambda platform: platform.clear(workload, version, kinds))
    show(cleared(workload, pods, kinds), as_json=as_json)


COMMANDS = (down, promote, abort, retry, undo, inject, clear)


def _faults(words: tuple[str, ...], workload: str) -> dict[str, Any]:
    if words[0].lstrip().startswith(("{", "[")):
        if len(words) > 1:
            raise click.UsageError('FAULTS as JSON is one word: put it into quotes, \'{"error": {"fraction": 40}}\'.')
        return _faults_as_json(words[0], workload)
    from faces.cli.short_form import ShortFormError, parse
    from faces.faults.describing import describe
    from seam.errors import UserError

    try:
        return parse(words, describe())
    except ShortFormError as error:
        raise UserError(str(error)) from error


def _faults_as_json(text: str, workload: str) -> dict[str, Any]:
    from seam.errors import UserError

    try:
        faults = json.loads(text)
    except json.JSONDecodeError as error:
        raise click.UsageError(f"FAULTS is not JSON: {error}.") from error
    if not isinstance(faults, dict):
        raise click.UsageError('FAULTS has to be a JSON object, such as \'{"error": {"fraction": 40}}\'.')
    if not faults:
        raise UserError(
            "Nothing was injected: FAULTS names no fault. `faces faults` lists them; "
            f"`faces clear {workload}` switches them off."
        )
    return faults


def _faults_of(name: str, workload: str) -> dict[str, Any]:
    """The faults that a release has in this workload, whenever they would be on."""
    from chaos.catalogue import find
    from seam.errors import UserError

    faults: dict[str, Any] = {}
    for plan in find(name).faults:
        if plan.workload in (None, workload):
            faults |= plan.faults
    if not faults:
        raise UserError(
            f"Nothing was injected: the release {name} has no faults that can be switched on in running pods of "
            f"{workload}. `faces faults` lists the faults."
        )
    return faults
