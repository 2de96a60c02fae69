"""A group of commands whose help starts with where to begin, and lists the commands by what they are for.

Click knows groups of commands, but no headings among them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from faces.cli.logs import verbose_option
from faces.cli.typed import typed

Rows = Sequence[tuple[str, str]]


class Grouped(click.Group):
    """`sections` are headings with names of commands, in the order of the help; `start` are commands that one can
    paste, without the program's name, each with what it does; `exit_codes` come last.
    """

    def __init__(
        self,
        *args: Any,
        sections: Mapping[str, Sequence[str]] | None = None,
        start: Rows = (),
        exit_codes: Rows = (),
        **settings: Any,
    ) -> None:
        super().__init__(*args, **settings)
        self._sections, self._start, self._exit_codes = sections or {}, start, exit_codes

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """People type `-v` behind the verb as well as before it."""
        if not isinstance(cmd, click.Group):
            cmd.params.append(verbose_option())
        super().add_command(cmd, name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        named = [name for names in self._sections.values() for name in names]
        return [*named, *(name for name in super().list_commands(ctx) if name not in named)]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_help_text(ctx, formatter)
        _write(formatter, "Start here", [(typed(command), does) for command, does in self._start])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands first: they are what one looks for."""
        self.format_commands(ctx, formatter)
        click.Command.format_options(self, ctx, formatter)
        _write(formatter, "Exit codes", self._exit_codes)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        shown = {name: command for name in self.list_commands(ctx) if (command := self.get_command(ctx, name))}
        named = {name for names in self._sections.values() for name in names}
        sections = {**self._sections, "More" if named else "Commands": [name for name in shown if name not in named]}
        width = max(map(len, shown), default=0)
        for heading, names in sections.items():
            _write(
                formatter,
                heading,
                [(name.ljust(width), shown[name].get_short_help_str(limit=200)) for name in names if name in shown],
            )


def _write(formatter: click.HelpFormatter, heading: str, rows: Rows) -> None:
    if rows:
        with formatter.section(heading):
            formatter.write_dl(rows, col_max=48)
