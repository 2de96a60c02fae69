"""Words that the shell can complete without waiting. Nothing here asks a run: whoever presses Tab would wait for it."""

import contextlib

import click
from click.shell_completion import CompletionItem


def releases(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The catalogue's releases, and files."""
    del context, parameter
    if "/" in incomplete or "." in incomplete:
        return [CompletionItem(incomplete, type="file")]
    from chaos.catalogue import RELEASES

    return [CompletionItem(one.name, help=one.summary) for one in RELEASES if one.name.startswith(incomplete)]


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
