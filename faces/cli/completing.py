"""Words that the shell can complete without waiting. Nothing here asks a run: whoever presses Tab would wait for it."""

import contextlib
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def releases(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The catalogue's releases, and files."""
    del context, parameter
    if "/" in incomplete or "." in incomplete:
        return [CompletionItem(incomplete, type="file")]
    from chaos.catalogue import RELEASES

    return [CompletionItem(one.name, help=one.summary) for one in RELEASES if one.name.startswith(incomplete)]


def fault_kinds(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    del context, parameter
    from faces.faults.describing import describe

    return [CompletionItem(kind.name, help=kind.summary) for kind in describe() if kind.name.startswith(incomplete)]


def faults_in_short(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Each fault with the values of its example, which one then changes, and what narrows a fault down."""
    del parameter
    from faces.cli.short_form import completions
    from faces.faults.describing import describe

    offered = completions(describe())
    behind = _name_before(context.params.get("faults") or (), offered)
    return [
        CompletionItem(word.removeprefix(behind), help=summary)
        for word, summary in offered.items()
        if word.startswith(behind + incomplete)
    ]


def _name_before(words: "Sequence[str]", offered: "Iterable[str]") -> str:
    """`cells=`, if the word to complete stands behind that.

    bash makes three words of `cells=ed`, and click takes the `=` away where nothing stands behind it.
    """
    *_, before, last = ("", "", *words)
    name = f"{before if last == '=' else last}="
    return name if any(word.startswith(name) for word in offered) else ""


def workloads(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Those of the shipped manifests, which have a file each."""
    del context, parameter
    from manifests import BASE

    shipped = BASE.glob(f"{incomplete}*.yaml")
    return [CompletionItem(file.stem) for file in sorted(shipped) if "kind: Rollout\n" in file.read_text()]


def run_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Runs that are up on this machine."""
    del parameter
    from platforms.registry import DEFAULT, capabilities, provider
    from seam.errors import UserError

    on = context.params.get("on") or DEFAULT
    with contextlib.suppress(UserError, OSError):
        if not capabilities(on).kubernetes:  # else nobody here knows, and to find that out takes a second
            return [CompletionItem(name) for name in provider(on).names() if name.startswith(incomplete)]
    return []
