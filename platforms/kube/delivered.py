"""Whether Argo CD delivers a run: an Application with the run's label. It has to end before the run does."""

import asyncio

from platforms.kube.client import Cluster
from platforms.kube.placing import RUN
from platforms.kube.refusals import Refused
from platforms.kube.resources import APP_PROJECTS, APPLICATIONS, Object, Resource
from seam.errors import PlatformFailed

NAMESPACE = "argocd"
"""Where Argo CD is, and the Applications that it looks at."""
END_LIMIT_S = 120.0
_LOOK_S = 0.5


async def application_of(cluster: Cluster, run: str) -> Object | None:
    """The Application that delivers the run; None if there is none that the user may see."""
    return next(iter(await _of_run(cluster, APPLICATIONS, run)), None)


async def end(cluster: Cluster, run: str) -> None:
    """Delete what delivers the run, with what it has delivered; return when it is gone, at once if there is nothing.

    The project goes last: without it, Argo CD may not delete what the Application has delivered. PlatformFailed after
    END_LIMIT_S.
    """
    left = ""
    try:
        async with asyncio.timeout(END_LIMIT_S):
            for kind in (APPLICATIONS, APP_PROJECTS):
                while found := await _of_run(cluster, kind, run):
                    left = f"{kind.kind} {found[0]['metadata']['name']}"
                    for one in found:
                        if not one["metadata"].get("deletionTimestamp"):
                            await cluster.delete(kind.path(NAMESPACE, one["metadata"]["name"]))
                    await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        raise PlatformFailed(
            f"{left} in namespace {NAMESPACE} is still there after {END_LIMIT_S:.0f} s: its own controller takes it "
            "away, so see whether Argo CD runs."
        ) from None


async def _of_run(cluster: Cluster, kind: Resource, run: str) -> list[Object]:
    try:
        return list((await cluster.get(kind.path(NAMESPACE), {"labelSelector": f"{RUN}={run}"}))["items"])
    except Refused as refused:
        if refused.status in (403, 404):  # no Argo CD, or none of this user's
            return []
        raise
