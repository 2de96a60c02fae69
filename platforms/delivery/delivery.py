"""One run that Argo CD delivers from a repository: its commits, and what Argo CD makes of them.

Nothing is kept on this machine: where the repository is stands in the Application, and each command clones it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from platforms.delivery.application import REFRESH, complaint, is_synced, own_repository
from platforms.delivery.git import Clone, Rejected, Remote, cloned
from platforms.delivery.repository import (
    BRANCH,
    Commit,
    Wanted,
    patch_of,
    release_file,
    released_by,
    rollout_file,
    subject,
    version_after,
    wanted,
)
from platforms.kube import delivered
from platforms.kube.client import Cluster
from platforms.kube.resources import APPLICATIONS, Object
from platforms.kube.views import delivery_view
from seam.documents import single
from seam.errors import PlatformFailed, UserError
from seam.releases import PodChange

_SYNC_LIMIT_S = 90.0
_LOOK_S = 0.25
_TRIES = 3
Done = TypeVar("Done")


class Delivery:
    """`kubectl` is a command with the options that say which cluster."""

    def __init__(self, cluster: Cluster, kubectl: Sequence[str], run: str) -> None:
        self._cluster, self._kubectl, self.run = cluster, kubectl, run

    async def application(self) -> Object:
        """As it is now. UserError if the run is not delivered from a repository."""
        found = await delivered.application_of(self._cluster, self.run)
        if found is None:
            raise UserError(
                f"The run {self.run} is not delivered from a repository; `faces gitops up` starts one that is."
            )
        return found

    # --- commits --------------------------------------------------------------------------------------------

    async def begin(self, remote: Remote, files: Mapping[str, str]) -> Commit:
        """The first commit of a run."""

        async def shipped(clone: Clone) -> Commit:
            return await clone.commit(files, f"{self.run}: the app as it ships")

        return await _pushed(remote, shipped)

    async def release(
        self, workload: str, name: str, change: PodChange, version: str | None, known: Iterable[str]
    ) -> tuple[str, Commit]:
        """Commit a release and push it; returns its version. `known` are the versions that the cluster has seen."""
        seen = list(known)

        async def released(clone: Clone) -> tuple[str, Commit]:
            rollout, path = rollout_file(self.run, workload), release_file(self.run, workload)
            chosen = version or version_after(seen, clone.read(path))
            clone.read(rollout)
            patch = patch_of(single(clone.folder / rollout), name, chosen, change)
            return chosen, await clone.commit({path: patch}, subject(workload, name, chosen))

        return await _pushed(await self._remote(), released)

    async def revert(self, workload: str, commit: str | None = None) -> tuple[Commit, Commit, Wanted]:
        """Take a commit back, by default the newest release of a workload.

        Returns that commit, the one that takes it back, and what the repository says of the workload since.
        """

        async def reverted(clone: Clone) -> tuple[Commit, Commit, Wanted]:
            path = release_file(self.run, workload)
            clone.read(path)
            bad = _chosen(await clone.log(path), workload, commit)
            new = await clone.revert(bad.sha)
            return bad, new, wanted(clone.read(path))

        return await _pushed(await self._remote(), reverted)

    async def head(self) -> Commit:
        """The newest commit of the repository."""
        async with cloned(await self._remote()) as clone:
            return await clone.head()

    async def _remote(self) -> Remote:
        source = (await self.application())["spec"]["source"]
        return self.remote(source["repoURL"], source["targetRevision"])

    def remote(self, repository: str, branch: str = BRANCH) -> Remote:
        """Where this machine reaches a repository that Argo CD knows under an address."""
        if repository != own_repository(self.run):
            return Remote(repository, branch, own=False)
        # Its server has no way in but through the API server, which asks who one is.
        pod = ("--container=git", "deployment/git")
        inside = ("exec", "--stdin", f"--namespace={self.run}", *pod, "--", "%S", "/srv/delivery.git")
        words = [word.replace("%", "%%").replace(" ", "% ") for word in self._kubectl]
        return Remote("ext::" + " ".join([*words, *inside]), branch, own=True)

    # --- Argo CD ----------------------------------------------------------------------------------------------

    async def synced(self, commit: Commit) -> Object:
        """Have Argo CD look at once; return when the cluster is as the commit says.

        Whether that is good is for others to see. PlatformFailed has Argo CD's own complaint.
        """
        await self.refresh()
        now: Object = {}
        try:
            async with asyncio.timeout(_SYNC_LIMIT_S):
                while not is_synced(now := await self.application(), commit.sha):
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            seen = delivery_view(now)
            why = complaint(now) or f"it is {seen.sync or 'not looked at'} at {seen.commit[:7] or 'no commit'}"
            raise PlatformFailed(
                f"Argo CD has not delivered commit {commit.short} within {_SYNC_LIMIT_S:.0f} s: {why}"
            ) from None
        return now

    async def refresh(self) -> None:
        name = (await self.application())["metadata"]["name"]
        await self._cluster.patch(APPLICATIONS.path(delivered.NAMESPACE, name), REFRESH)


async def _pushed(remote: Remote, change: Callable[[Clone], Awaitable[Done]], tries: int = _TRIES) -> Done:
    """Push what `change` commits; make it again, on what others have pushed meanwhile."""
    try:
        async with cloned(remote) as clone:
            done = await change(clone)
            await clone.push()
            return done
    except Rejected:
        if tries <= 1:
            raise
    return await _pushed(remote, change, tries - 1)


def _chosen(releases: Sequence[Commit], workload: str, commit: str | None) -> Commit:
    """The commit of that hash (or of its beginning), else the newest release among them."""
    if commit is not None:
        found = next((one for one in releases if one.sha.startswith(commit)), None)
        if found is None:
            shown = ", ".join(f"{one.short} ({one.subject})" for one in releases[:5])
            raise UserError(f"No commit {commit} has changed {workload}; there are {shown}.")
        return found
    newest = releases[0] if releases else None
    if newest is None or released_by(newest.subject) != workload:
        last = f"the last commit that changed it is {newest.short} ({newest.subject})" if newest else "there is none"
        raise UserError(f"{workload} has no release to take back: {last}. Name another one with --commit.")
    return newest
