"""`faces cluster`: a real Kubernetes to release on. Which kinds of platform make one is the registry's to say."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from faces.cli.groups import Grouped
from faces.cli.options import json_option
from faces.cli.typed import typed
from platforms.registry import PLATFORMS, cluster_maker

if TYPE_CHECKING:
    from collections.abc import Callable

    from seam.provider import ClusterMaker

_MAKERS = {name: can.summary for name, can in PLATFORMS.items() if can.clusters}
_kind = click.Choice(list(_MAKERS))


@click.group(cls=Grouped, short_help="Make a Kubernetes cluster to release on, or take it away.")
def cluster() -> None:
    """Make a real Kubernetes cluster with Argo Rollouts, Traefik and Prometheus, and take it away again."""


@cluster.command(short_help="Make a cluster and leave it running.")
@click.option(
    "--on", type=_kind, required=True, help=" ".join(f"{name}: {summary}." for name, summary in _MAKERS.items())
)
@click.option("--name", help="The cluster's name (default: its kind's).")
@click.option(
    "--from",
    "origin",
    type=click.Choice(sorted({origin for can in PLATFORMS.values() for origin in can.origins})),
    help="With --on kind: what goes in. upstream: the images that the projects publish, by your Docker daemon; "
    "registries: all is built here, and Docker runs in a box of its own (default: upstream if Docker and its registry "
    "answer).",
)
@click.option(
    "--preload", is_flag=True, help="With --on kind: fetch every image first; the cluster then works offline."
)
@click.option("--install", is_flag=True, help="Install what the host lacks (with apt-get) instead of listing it.")
@click.option(
    "--with",
    "extra",
    default="",
    metavar="NAMES",
    help="What it has on top, with commas: argocd, for `faces gitops`; linkerd, with --on kind --from upstream.",
)
@json_option
def up(on: str, name: str | None, origin: str | None, preload: bool, install: bool, extra: str, as_json: bool) -> None:
    """Make a cluster and leave it running.

    The first time this builds every program from source, which takes about 20 minutes; after that it takes one or two.
    """
    from seam.provider import Wishes

    wanted = tuple(one.strip() for one in extra.split(",") if one.strip())
    _refuse_what_it_cannot(on, origin, preload, wanted)
    say: Callable[[str], None] = (lambda _: None) if as_json else click.echo
    made = cluster_maker(on).make(name, say, install=install, wishes=Wishes(origin, preload, wanted))
    if as_json:
        shown = {"name": made.name, "kubeconfig": str(made.kubeconfig), "kubectl": str(made.kubectl)}
        click.echo(json.dumps(shown))
        return
    click.echo(f"The cluster {made.name} is up. For kubectl:\nexport KUBECONFIG={made.kubeconfig}")
    click.echo(f"Next: {typed(f'demo --on {on} --cluster {made.name}')}")
    click.echo(f"End it: {typed(f'cluster down --name {made.name}')}")


@cluster.command(short_help="End a cluster. Nothing of it is left.")
@click.option("--on", type=_kind, help="The kind of cluster (default: any).")
@click.option("--name", help="Which cluster, if several are up.")
@click.option(
    "--logs", type=click.Path(path_type=Path, file_okay=False), help="Copy what its programs logged to this folder."
)
@json_option
def down(on: str | None, name: str | None, logs: Path | None, as_json: bool) -> None:
    """End a cluster. No process, mount, interface, rule, control group or file of it is left."""
    from seam.errors import UserError

    known: dict[str, ClusterMaker] = {}
    for maker in map(cluster_maker, [on] if on is not None else _MAKERS):
        known |= dict.fromkeys(maker.clusters(), maker)
    if name is None and len(known) > 1:
        raise UserError(f"Several clusters are there ({', '.join(known)}); choose one with --name.")
    chosen = name if name is not None else next(iter(known), None)
    if chosen is None or chosen not in known:
        which = f"No cluster named {name!r} is" if name is not None else "No cluster is"
        _show(f"{which} up: there is nothing to end.", None, as_json=as_json)
        return
    known[chosen].end(chosen, logs)
    _show(f"The cluster {chosen} is down.", chosen, as_json=as_json)


def _refuse_what_it_cannot(on: str, origin: str | None, preload: bool, extra: tuple[str, ...]) -> None:
    from seam.errors import UserError

    can = PLATFORMS[on]
    for option, given in (("from", origin is not None), ("preload", preload)):
        if given and not can.origins:
            choosy = " or ".join(name for name, one in PLATFORMS.items() if one.origins)
            raise UserError(f"--{option} is for --on {choosy}; leave it out with --on {on}.")
    if unknown := next((name for name in extra if name not in can.extras), None):
        known = ", ".join(sorted(can.extras)) or "nothing"
        raise UserError(f"A cluster of the kind {on} cannot have {unknown!r} on top; there is {known}.")


def _show(sentence: str, name: str | None, *, as_json: bool) -> None:
    click.echo(json.dumps({"action": "cluster down", "name": name, "message": sentence}) if as_json else sentence)
