"""`faces completion`: the script that completes words in the shell is click's own."""

import click
from click.shell_completion import get_completion_class

from faces.cli.typed import NAME, typed

_VARIABLE = f"_{NAME.upper()}_COMPLETE"
_USE = {
    "bash": ('eval "$({})"', "~/.bashrc"),
    "zsh": ('eval "$({})"', "~/.zshrc, below `compinit`"),
    "fish": ("{} | source", "~/.config/fish/config.fish"),
}


@click.command(short_help="Print the script that completes commands in your shell.")
@click.argument("shell", type=click.Choice(list(_USE)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands, options and names in your shell.

    Its first lines say how to use it.
    """
    script_for = get_completion_class(shell)
    assert script_for is not None
    script = script_for(context.find_root().command, {}, NAME, _VARIABLE).source()
    call, file = _USE[shell]
    click.echo(f"# To complete {NAME} in this shell, run this line; for every new shell, put it into {file}:")
    click.echo(f"#   {call.format(typed(f'completion {shell}'))}")
    click.echo(script)
