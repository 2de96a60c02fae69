"""A run on a cluster whose releases are commits: Argo CD delivers, Argo Rollouts decides. The rest is as without it."""

import asyncio
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from platforms.delivery.application import application, own_repository, project, server
from platforms.delivery.delivery import Delivery
from platforms.delivery.repository import BRANCH, files
from platforms.kube import delivered
from platforms.kube.applying import Kinds, apply, kinds_of
from platforms.kube.client import APPLY
from platforms.kube.kubeconfig import Kubeconfig
from platforms.kube.placing import GENERATE, placed
from platforms.kube.platform import ClusterPlatform, Say
from platforms.kube.resources import APP_PROJECTS, APPLICATIONS, DEPLOYMENTS, Object
from seam.errors import PlatformFailed, UserError
from seam.releases import PodChange

_SERVER_LIMIT_S = 60.0
_LOOK_S = 0.3
_REPO_SERVER = "argocd-repo-server"


class DeliveredPlatform(ClusterPlatform):
    """`start` fills a repository and makes an Application; a release is a commit that is pushed, and synced."""

    @cached_property
    def delivery(self) -> Delivery:
        which = Kubeconfig(self._settings.kubeconfig, self._settings.context).options
        return Delivery(self._cluster, [self._settings.kubectl, *which], self._run)

    async def release(self, workload: str, name: str, change: PodChange, version: str | None = None) -> str:
        """Commit it, and return when Argo CD has synced the commit."""
        self.check_possible(name, change)
        view = await self.rollout(workload)
        known = [view.current_version, *(one.version for one in view.replica_sets)]
        chosen, commit = await self.delivery.release(workload, name, change, version, known)
        await self.delivery.synced(commit)
        return chosen

    async def _come_up(self, services: Mapping[str, Mapping[str, str]], say: Say) -> None:
        self._git_image = await self._image()
        await super()._come_up(services, say)

    async def _put(self, rendered: list[dict[str, Any]], kinds: Kinds, say: Say) -> None:
        secrets = [one for one in rendered if _is_generated(one)]
        # What is made up for a run is not for a repository: the cluster gets it, and Argo CD does not know of it.
        await apply(self._cluster, secrets, kinds, self._run)
        repository = self._settings.repository or own_repository(self._run)
        if self._settings.repository is None:
            await self._serve_repository()
        say(f"Committing them to {repository}.")
        shipped = files(self._run, [placed(one, self._run) for one in rendered if not _is_generated(one)])
        commit = await self.delivery.begin(self.delivery.remote(repository), shipped)
        # The project first: an Application that names one that is not there yet says so in an error.
        for kind, one in (
            (APP_PROJECTS, project(self._run, repository)),
            (APPLICATIONS, application(self._run, repository, BRANCH)),
        ):
            path = kind.path(delivered.NAMESPACE, self._run)
            await self._cluster.patch(path, one, APPLY, {"force": "true", "fieldValidation": "Strict"})
        say(f"Argo CD delivers commit {commit.short}.")
        await self.delivery.synced(commit)

    async def _image(self) -> str:
        """The image of Argo CD's repository server, which is on the cluster's nodes and has git."""
        found = await self._cluster.find(DEPLOYMENTS.path(delivered.NAMESPACE, _REPO_SERVER))
        if found is None:
            raise UserError(
                f"Argo CD is not in the cluster: there is no Deployment {_REPO_SERVER} in namespace "
                f"{delivered.NAMESPACE}. `faces cluster up --on bare --with argocd` makes a cluster that has it."
            )
        return str(found["spec"]["template"]["spec"]["containers"][0]["image"])

    async def _serve_repository(self) -> None:
        objects = server(self._run, self._git_image)
        await apply(self._cluster, objects, await kinds_of(self._cluster, objects), self._run)
        try:
            async with asyncio.timeout(_SERVER_LIMIT_S):
                while not _is_available(await self._cluster.get(DEPLOYMENTS.path(self._run, "git"))):
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise PlatformFailed(
                f"The repository's server in namespace {self._run} is not ready after {_SERVER_LIMIT_S:.0f} s."
            ) from None


def _is_available(deployment: Object) -> bool:
    return bool((deployment.get("status") or {}).get("availableReplicas"))


def _is_generated(document: Object) -> bool:
    annotations = document["metadata"].get("annotations") or {}
    return document["kind"] == "Secret" and GENERATE in annotations
