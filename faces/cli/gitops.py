"""`faces gitops`: releases that are commits. Argo CD delivers them, Argo Rollouts decides what becomes of them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from faces.cli.asking import show
from faces.cli.groups import Grouped
from faces.cli.options import json_option, release_option, version_option, workload_argument
from faces.cli.place import Place, placed
from faces.cli.releasing import push
from faces.cli.running import run, say
from faces.cli.typed import aimed, typed

if TYPE_CHECKING:
    from platforms.delivery.repository import Commit, Wanted
    from seam.views import PlatformView


@click.group(cls=Grouped, short_help="Deliver releases as commits, by Argo CD.")
def gitops() -> None:
    """Deliver releases as commits: Argo CD brings them into the cluster, and Argo Rollouts decides what becomes of
    them. For a cluster with Argo CD, such as `faces cluster up --on bare --with argocd` makes.
    """


@gitops.command(short_help="Start the app from a repository, and leave it running.")
@click.option("--repo", help="The repository that Argo CD reads, as a URL (default: one of the run's own).")
@click.option(
    "--manifests",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of manifests to commit (default: the shipped ones).",
)
@placed
@json_option
def up(repo: str | None, manifests: Path | None, place: Place, as_json: bool) -> None:
    """Commit the app's manifests to a repository, have Argo CD deliver them, and leave the app running.

    Without --repo, the run has a repository of its own in its namespace, which ends with the run. With --repo, the
    manifests go into a folder with the run's name, on the branch main; git pushes as you would.
    """
    from platforms.delivery.provider import begin
    from seam.provider import StartRequest

    starting = begin(place.on, place.options, StartRequest(manifests), repo)

    async def start() -> None:
        progress = (lambda _: None) if as_json else say
        async with await starting.wait_until_ready(progress) as platform:
            view, head = await platform.view(), await platform.delivery.head()
        if as_json:
            click.echo(json.dumps({"name": starting.name, "commit": head.sha, "platform": view.platform}))
            return
        here = aimed(place, starting.name)
        click.echo(f"The run {starting.name} is up, delivered by commit {head.short}.\nThe page: {place.page(view)}")
        click.echo(f"Next: {typed('release smiley --as errors-40 --by git', here)}")
        click.echo(f"How it stands: {typed('gitops status', here)}")
        click.echo(f"End it: {typed('down', here)}")

    run(start())


@gitops.command(short_help="Release a new version as a commit.")
@workload_argument
@release_option
@version_option
@placed
@json_option
def release(workload: str, release: str, version: str | None, place: Place, as_json: bool) -> None:
    """Release a new version of WORKLOAD as a commit; the same as `faces release --by git`.

    It returns when Argo CD has synced the commit; `faces gitops status` shows what becomes of it.
    """
    from chaos.catalogue import find

    push(replace(place, by_git=True), workload, find(release), version, as_json=as_json)


@gitops.command(short_help="Take a release back, by a commit that reverts it.")
@click.argument("workload", default="smiley")
@click.option("--commit", help="Which commit, if not the newest release of WORKLOAD.")
@placed
@json_option
def revert(workload: str, commit: str | None, place: Place, as_json: bool) -> None:
    """Take a release of WORKLOAD back: `git revert`, pushed and synced. WORKLOAD is smiley, if none is named."""
    from faces.cli.done import Done

    async def taken_back() -> "tuple[Commit, Commit, Wanted]":
        async with await place.find_delivered() as platform:
            bad, new, says = await platform.delivery.revert(workload, commit)
            await platform.delivery.synced(new)
            return bad, new, says

    bad, new, says = run(taken_back())
    sentence = (
        f"Commit {new.short} takes {bad.short} ({bad.subject}) back: the repository says {says.version} of {workload}, "
        "and Argo CD has synced it."
    )
    facts = {"action": "gitops revert", "rollout": workload, "reverted": bad.sha, "commit": new.sha}
    show(Done(sentence, facts | {"version": says.version}), as_json=as_json)


@gitops.command(short_help="Show where repository, Argo CD and Rollouts stand.")
@placed
@json_option
def status(place: Place, as_json: bool) -> None:
    """Show the repository's newest commit, what Argo CD made of it, and where each Rollout stands.

    After a rollback in the cluster, both ways in which the repository can be made to agree are shown.
    """
    from platforms.delivery.application import to_json

    async def seen() -> "tuple[PlatformView, Commit, str]":
        async with await place.find_delivered() as platform:
            await platform.delivery.refresh()
            head, application = await platform.delivery.head(), await platform.delivery.application()
            return await platform.view(), head, application["spec"]["source"]["repoURL"]

    view, head, repository = run(seen())
    if as_json:
        click.echo(json.dumps(to_json(head, view.rollouts)))
        return
    _print_status(view, head, repository, place)


def _print_status(view: "PlatformView", head: "Commit", repository: str, place: Place) -> None:
    from platforms.delivery.application import delivery_of, standing, ways_out
    from seam.verdict import verdict

    now = delivery_of(view.rollouts)
    click.echo(f"Repository: {repository}, at {head.short} ({head.subject})")
    click.echo(f"Argo CD: {now.sync or 'Unknown'} at {now.commit[:7] or 'no commit'}, {now.health or 'Unknown'}")
    for rollout in view.rollouts:
        click.echo(f"{rollout.name}: {rollout.phase}. {verdict(rollout)}")
    click.echo(standing(now, head.sha, view.rollouts))
    for what, command in ways_out(view.rollouts):
        click.echo(f"- {what}: {typed(command, place)}")
