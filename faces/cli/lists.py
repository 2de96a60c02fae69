"""The catalogue of releases and the kinds of faults, for people and as JSON."""

import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from faces.cli.typed import typed
from seam.releases import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from faces.faults.describing import Kind, Setting
    from seam.releases import Release

_WIDTH = 100
# How a release should end, in a word for people.
_ENDS = {"promoted": "promoted", "rolled_back": "rolled back", "paused": "paused", "undecided": "not decided"}


def release_to_json(release: "Release") -> dict[str, Any]:
    return {
        "name": release.name,
        "summary": release.summary,
        "bad": release.bad,
        "expected": release.expected.value,
        "seen_by": list(release.seen_by),
        "felt": release.felt,
        "unseen": release.unseen,
        "workload": release.scene.workload,
    }


def print_releases(releases: "Iterable[Release]") -> None:
    releases = list(releases)
    width = max(len(release.name) for release in releases)
    for release in releases:
        seen_by = f", seen by {' or '.join(release.seen_by)}" if release.seen_by else ""
        missed = ", because no analysis sees it" if release.bad and release.expected is Outcome.PROMOTED else ""
        text = f"{release.summary} Expected: {_ENDS[release.expected]}{seen_by}{missed}."
        click.echo(_beside(release.name.ljust(width), text))
    click.echo()
    click.echo(f"Release one:         {typed('release smiley --as NAME')}")
    click.echo(f"See one in a demo:   {typed('demo --as NAME')}")
    click.echo("Both take a file of your own as well: --as FILE.yaml")


def kind_to_json(kind: "Kind", kinds: "Sequence[Kind]") -> dict[str, Any]:
    from faces.cli.short_form import example

    return {**asdict(kind), "short": example(kind, kinds)}


def print_kinds(kinds: "Iterable[Kind]") -> None:
    from faces.cli.short_form import example
    from faces.faults.describing import COMMON

    kinds = list(kinds)
    for kind in kinds:
        click.echo(kind.name)
        only = "" if len(kind.protocols) > 1 else " HTTP only: color, which speaks gRPC, refuses it."
        click.echo(textwrap.fill(f"{kind.summary}{only}", _WIDTH, initial_indent="  ", subsequent_indent="  "))
        _print_fields(field for field in kind.fields if field.name not in COMMON)
        for one in (example(kind, kinds), f"'{kind.example}'"):
            command = typed(f"inject smiley {one}")
            click.echo(f"    {command}")
        click.echo()
    click.echo(
        "Three more fields narrow a fault down. One that meets no single request, as refuse, takes the last alone:"
    )
    _print_fields(field for field in kinds[0].fields if field.name in COMMON)
    click.echo(f"\nSwitch every fault off again: {typed('clear smiley')}")


def _print_fields(fields: "Iterable[Setting]") -> None:
    for field in fields:
        default = f"; default {field.default:g}" if field.default is not None else ""
        click.echo(_beside(f"    {field.name:13}", f"{field.description} ({field.values}{default})"))


def _beside(head: str, text: str) -> str:
    """`head  text`, whose further lines begin where its first one does."""
    return textwrap.fill(text, _WIDTH, initial_indent=f"{head}  ", subsequent_indent=" " * (len(head) + 2))
