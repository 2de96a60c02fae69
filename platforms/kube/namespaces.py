"""The namespace of a run: found or created, and deleted with everything in it."""

import asyncio
from collections.abc import Iterable

from platforms.kube import delivered
from platforms.kube.client import Cluster, Unreachable
from platforms.kube.placing import INJECT, RUN, is_meshed, namespace_of
from platforms.kube.refusals import Refused
from platforms.kube.resources import NAMESPACES, ROLLOUTS, Object, Resource, served
from seam.errors import PlatformFailed, UserError

GONE_LIMIT_S = 180.0
_LOOK_S = 0.5


async def is_free(cluster: Cluster, run: str) -> bool:
    """Whether the namespace is to be created: it does not exist, or is being deleted. Else the run is a guest in it."""
    found = await _find(cluster, run)
    return found is None or bool(found["metadata"].get("deletionTimestamp"))


async def is_up(cluster: Cluster, run: str) -> bool:
    """Whether anything of the run exists, be it only half of it, that is not being deleted."""
    found = await _find(cluster, run)
    if found is None or found["metadata"].get("deletionTimestamp"):
        return False
    if is_ours(found, run):
        return True
    rollouts = (await cluster.get(ROLLOUTS.path(run), _labelled(run)))["items"]
    return any("deletionTimestamp" not in rollout["metadata"] for rollout in rollouts)


async def check_guest(cluster: Cluster, run: str, rendered: Iterable[Object]) -> None:
    """Raises UserError for a namespace of somebody else that is no part of the mesh for which the manifests are.

    A guest changes nothing in it. One that the user may not read is not checked.
    """
    if not is_meshed(rendered):
        return
    try:
        found = await cluster.get(NAMESPACES.path(None, run))
    except Refused as refused:
        if refused.status != 403:
            raise
        return
    if not is_meshed([{"kind": NAMESPACES.kind, **found}]):
        raise UserError(
            f"Namespace {run} exists without the annotation {INJECT}=enabled, so no pod in it would be in the mesh; "
            f"set it with `kubectl annotate namespace {run} {INJECT}=enabled`, or choose another --name."
        )


async def prepare(cluster: Cluster, run: str, rendered: Iterable[Object], *, own: bool) -> None:
    """Wait until nothing is left of an earlier run; then create the namespace, if it is to be the run's `own`."""
    await delete_and_wait(cluster, run)
    if not own:
        return
    try:
        await cluster.create(NAMESPACES.path(), namespace_of(rendered, run))
    except Refused as refused:
        # After a request that was sent twice, 409 is success. It is not if the namespace is somebody else's.
        if refused.status != 409 or not is_ours(await cluster.get(NAMESPACES.path(None, run)), run):
            raise


async def delete_and_wait(cluster: Cluster, run: str) -> None:
    """Delete the run, and return when nothing is left of it. PlatformFailed names what is left after GONE_LIMIT_S."""
    left: list[str] = []
    try:
        async with asyncio.timeout(GONE_LIMIT_S):
            while left := await delete(cluster, run):
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        raise PlatformFailed(f"Still there after {GONE_LIMIT_S:.0f} s: {', '.join(left)}.") from None


async def delete(cluster: Cluster, run: str) -> list[str]:
    """Ask for the deletion of the run: of its namespace, if that was created for it, else of all that has its label.

    If Argo CD delivers the run, it is waited for until it does not. Returns what still exists, in words.
    """
    await delivered.end(cluster, run)  # all that is deleted before it would come back
    found = await _find(cluster, run)
    if found is None:
        return []
    if is_ours(found, run):
        if not found["metadata"].get("deletionTimestamp"):
            await cluster.delete(NAMESPACES.path(None, run))
        return [f"namespace {run}{remaining(found)}"]
    kinds = await _deletable(cluster)
    left = await asyncio.gather(*(_delete_all(cluster, kind, run) for kind in kinds))
    return [name for names in left for name in names]


def is_ours(namespace: Object, run: str) -> bool:
    """Whether it was created for the run, and may be deleted with it."""
    return bool((namespace["metadata"].get("labels") or {}).get(RUN) == run)


def remaining(namespace: Object) -> str:
    """Why a namespace is not gone yet, in the words of its controller, in brackets; "" if it gives no reason."""
    conditions = (namespace.get("status") or {}).get("conditions") or ()
    reasons = [one["message"].rstrip(".") for one in conditions if one["status"] == "True"]
    return f" ({'; '.join(reasons)})" if reasons else ""


async def _delete_all(cluster: Cluster, kind: Resource, run: str) -> list[str]:
    """Ask for the deletion of all objects of a kind, each after its dependents; returns those that still exist."""
    try:
        found = (await cluster.get(kind.path(run), _labelled(run)))["items"]
    except Refused as refused:
        if refused.status in (403, 404, 405):  # a user who may not list them has not created any
            return []
        raise
    for one in found:
        if not one["metadata"].get("deletionTimestamp"):
            await cluster.delete(kind.path(run, one["metadata"]["name"]), "Foreground")
    return [f"{kind.kind} {one['metadata']['name']} in namespace {run}" for one in found]


async def _deletable(cluster: Cluster) -> list[Resource]:
    """Every namespaced kind, without those of an API group whose server does not answer."""
    groups = (await cluster.get("/apis"))["groups"]
    paths = ["/api/v1"] + [f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups]
    answers = await asyncio.gather(*(cluster.get_once(path) for path in paths), return_exceptions=True)
    kinds = []
    for answer in answers:
        if not isinstance(answer, BaseException):
            kinds += [one for one in served(answer, verbs=("list", "delete")) if one.namespaced]
        elif not isinstance(answer, Unreachable | Refused):
            raise answer
    return kinds


async def _find(cluster: Cluster, run: str) -> Object | None:
    """The namespace, or None. One that the user may not read is taken for somebody else's."""
    try:
        return await cluster.find(NAMESPACES.path(None, run))
    except Refused as refused:
        if refused.status != 403:
            raise
        return {"metadata": {}}


def _labelled(run: str) -> dict[str, str]:
    return {"labelSelector": f"{RUN}={run}"}
