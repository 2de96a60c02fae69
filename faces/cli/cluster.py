"""`faces cluster`: a real Kubernetes to release on."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

name_option = click.option("--name", help="Which cluster (default: bare; with `down`, the one that is up).")


@click.group()
def cluster() -> None:
    """A real Kubernetes with Argo Rollouts, Prometheus and what Traefik needs, made and taken away."""


@cluster.command()
@click.option(
    "--on",
    type=click.Choice(["bare"]),
    required=True,
    help="bare: on this very Linux machine, as root, in namespaces of its own; no Docker.",
)
@name_option
@click.option("--install", is_flag=True, help="Install what the host lacks (apt-get) instead of naming it.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def up(on: str, name: str | None, install: bool, as_json: bool) -> None:
    """Make a cluster and leave it running. The first time builds its programs, some 20 minutes; then a minute."""
    del on  # the only one there is
    from platforms.bare import cluster as bare
    from platforms.bare import host

    say: Callable[[str], None] = (lambda _: None) if as_json else click.echo
    if install:
        host.install(say)
    made = bare.up(name or bare.DEFAULT, say)
    shown = {"name": made.layout.name, "kubeconfig": str(made.kubeconfig), "kubectl": str(made.kubectl)}
    if as_json:
        click.echo(json.dumps(shown))
    else:
        click.echo(f"export KUBECONFIG={made.kubeconfig}\nThe cluster is called {made.layout.name}.")


@cluster.command()
@name_option
@click.option("--logs", type=click.Path(path_type=Path, file_okay=False), help="Keep what its programs said here.")
def down(name: str | None, logs: Path | None) -> None:
    """End a cluster; no process, mount, interface, rule, control group or file of it is left."""
    from platforms.bare import cluster as bare
    from platforms.bare.layout import Layout, clusters
    from seam.errors import UserError

    known = clusters()
    if name is None and len(known) > 1:
        raise UserError(f"Several clusters are there ({', '.join(known)}); choose one with --name.")
    if not known or (name is not None and name not in known):
        click.echo("There is no such cluster: nothing to end.", err=True)
        sys.exit(0)
    chosen = name or known[0]
    if logs is not None:
        bare.keep_logs(Layout.of(chosen), logs)
    bare.down(chosen)
