"""A run's namespace: found or made, and taken away with everything that is in it."""

import asyncio
from collections.abc import Iterable

from platforms.kube.applying import existing
from platforms.kube.client import Cluster, Unreachable
from platforms.kube.placing import RUN, namespace_of
from platforms.kube.refusals import Refused
from platforms.kube.resources import NAMESPACES, ROLLOUTS, Object, Resource, served
from seam.errors import PlatformFailed

GONE_LIMIT_S = 180.0
_LOOK_S = 0.5


async def is_free(cluster: Cluster, run: str) -> bool:
    """Whether the namespace is to be made: it is not there, or on its way out. Else the run will be a guest in it."""
    found = await _find(cluster, run)
    return found is None or bool(found["metadata"].get("deletionTimestamp"))


async def is_up(cluster: Cluster, run: str) -> bool:
    """Whether there is anything of the run, be it only half of it, that is not on its way out."""
    found = await _find(cluster, run)
    if found is None or found["metadata"].get("deletionTimestamp"):
        return False
    if is_ours(found, run):
        return True
    rollouts = (await cluster.get(ROLLOUTS.path(run), _labelled(run)))["items"]
    return any("deletionTimestamp" not in rollout["metadata"] for rollout in rollouts)


async def prepare(cluster: Cluster, run: str, rendered: Iterable[Object], *, own: bool) -> None:
    """Wait for the end of what an earlier run left here; then make the namespace, if it is to be the run's `own`."""
    await take_away(cluster, run)
    if not own:
        return
    try:
        await cluster.create(NAMESPACES.path(), namespace_of(rendered, run))
    except Refused as refused:
        # 409 of a request that was sent twice is well; 409 of somebody else's namespace is not.
        if refused.status != 409 or not is_ours(await cluster.get(NAMESPACES.path(None, run)), run):
            raise


async def take_away(cluster: Cluster, run: str) -> None:
    """End the run, and return when it is gone. PlatformFailed: what is left after GONE_LIMIT_S."""
    left: list[str] = []
    try:
        async with asyncio.timeout(GONE_LIMIT_S):
            while left := await end(cluster, run):
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        raise PlatformFailed(f"Still there after {GONE_LIMIT_S:.0f} s: {', '.join(left)}.") from None


async def end(cluster: Cluster, run: str) -> list[str]:
    """Ask for the end of the run: of its namespace, if that was made for it, else of what bears its label.

    Returns what is still there, in words.
    """
    found = await _find(cluster, run)
    if found is None:
        return []
    if is_ours(found, run):
        if not found["metadata"].get("deletionTimestamp"):
            await cluster.delete(NAMESPACES.path(None, run))
        return [f"namespace {run}{remaining(found)}"]
    kinds = await _deletable(cluster)
    return [name for names in await asyncio.gather(*(_delete(cluster, kind, run) for kind in kinds)) for name in names]


def is_ours(namespace: Object, run: str) -> bool:
    """Whether it was made for the run, and may go with it."""
    return bool((namespace["metadata"].get("labels") or {}).get(RUN) == run)


def remaining(namespace: Object) -> str:
    """Why a namespace does not end, in the words of its controller, in brackets; "" if it has not said."""
    conditions = (namespace.get("status") or {}).get("conditions") or ()
    said = [one["message"].rstrip(".") for one in conditions if one["status"] == "True"]
    return f" ({'; '.join(said)})" if said else ""


async def _delete(cluster: Cluster, kind: Resource, run: str) -> list[str]:
    """Ask for the end of all of one kind, each after its dependents; returns the names of those that are there."""
    try:
        found = (await cluster.get(kind.path(run), _labelled(run)))["items"]
    except Refused as refused:
        if refused.status in (403, 404, 405):  # who may not see them did not make them
            return []
        raise
    for one in found:
        if not one["metadata"].get("deletionTimestamp"):
            await cluster.delete(kind.path(run, one["metadata"]["name"]), "Foreground")
    return [f"{kind.kind} {one['metadata']['name']} in namespace {run}" for one in found]


async def _deletable(cluster: Cluster) -> list[Resource]:
    """Every kind of which objects can be in a namespace, without those of an API that is out of order."""
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
    """The namespace. One that may not be looked at is taken for somebody else's."""
    try:
        return await existing(cluster, NAMESPACES.path(None, run))
    except Refused as refused:
        if refused.status != 403:
            raise
        return {"metadata": {}}


def _labelled(run: str) -> dict[str, str]:
    return {"labelSelector": f"{RUN}={run}"}
