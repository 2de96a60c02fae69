"""`faces doctor`: what is wrong with a platform, one line for each check."""

import json
import sys
import time
from typing import TYPE_CHECKING

import click

from faces.cli.options import json_option
from faces.cli.place import Place, placed
from faces.cli.running import run
from faces.cli.typed import with_commands
from platforms.registry import doctor as doctor_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seam.doctor import Diagnosis

# Told apart by their shape: no colour is needed to read them.
_MARKS = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "–"}
_STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red", "skipped": "dim"}


@click.command(short_help="Check what can be wrong with a platform; exit 1 if anything is.")
@placed
@json_option
def doctor(place: Place, as_json: bool) -> None:
    """Check what can be wrong with a platform, its mesh and its measurements, and say what to do about it.

    Nothing is changed. Exit code 1 if a check failed; a warning or a skipped check is no failure.
    """
    began = time.monotonic()
    found: list[Diagnosis] = run(doctor_of(place.on).examine(place.options))
    if as_json:
        click.echo(json.dumps([one.to_json() for one in found]))
    else:
        _print(found, place, time.monotonic() - began)
    sys.exit(1 if any(one.result == "failed" for one in found) else 0)


def _print(found: "Sequence[Diagnosis]", place: Place, took_s: float) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    width = max((len(one.check) for one in found), default=0)
    group = ""
    for one in found:
        if one.group != group:
            group = one.group
            console.print(Text(group, "bold"))
        style, saw = _STYLES[one.result], with_commands(one.finding.saw, place)
        saw = f"skipped: {saw}" if one.result == "skipped" else saw
        console.print(Text.assemble((f"  {_MARKS[one.result]} ", style), f"{one.check:{width}}  ", saw), soft_wrap=True)
        if one.finding.next:
            console.print(Text(f"{'':{width + 6}}{with_commands(one.finding.next, place)}"), soft_wrap=True)
    console.print(Text(summary(found, took_s), "bold"), soft_wrap=True)


def summary(found: "Iterable[Diagnosis]", took_s: float) -> str:
    """`2 checks failed, 1 warning; 12 ok, 4 skipped, in 1.2 s.`"""
    results = [one.result.value for one in found]
    count = {result: results.count(result) for result in _MARKS}
    bad = [f"{count['failed']} check{'' if count['failed'] == 1 else 's'} failed"] if count["failed"] else []
    bad += [f"{count['warning']} warning{'' if count['warning'] == 1 else 's'}"] if count["warning"] else []
    head = ", ".join(bad) or "Nothing is wrong"
    return f"{head}; {count['ok']} ok, {count['skipped']} skipped, in {took_s:.1f} s."
