"""What libraries log (a request that is retried, a watch that is restarted): nothing unless somebody asks for it.

Asked for with -v, -vv or FACES_LOG, it goes to stderr: what a command prints stays what it prints.
"""

import os
import sys
from collections.abc import Mapping

import click

VARIABLE = "FACES_LOG"
LEVELS = ("debug", "info", "warning", "error")
_KEPT = "faces.cli.logs"


def verbose_option() -> click.Option:
    """Given before the verb, after it, or both: it adds up."""
    return click.Option(
        ["-v", "--verbose"],
        count=True,
        expose_value=False,
        callback=_note,
        help=f"Print to stderr what libraries log; -vv prints more (or set {VARIABLE} to info or debug).",
    )


def level_of(verbose: int, environ: Mapping[str, str]) -> str | None:
    """The lowest level that is shown; None: nothing is. A flag counts more than the variable."""
    if verbose:
        return "info" if verbose == 1 else "debug"
    said = environ.get(VARIABLE, "").strip().lower()
    if said and said not in LEVELS:
        raise click.UsageError(f"{VARIABLE}={said!r} is no level; use one of {', '.join(LEVELS)}.")
    return said or None


def configure() -> None:
    """Show what is logged, if somebody asked for it. Else a library's own null handler keeps it silent."""
    context = click.get_current_context(silent=True)
    level = level_of(context.meta.get(_KEPT, 0) if context is not None else 0, os.environ)
    if level is None:
        return
    import logging

    logging.basicConfig(level=level.upper(), stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")


def _note(context: click.Context, _: click.Parameter, times: int) -> None:
    level_of(times, os.environ)  # refuses a bad level before anything starts
    context.meta[_KEPT] = context.meta.get(_KEPT, 0) + times
