"""One look at the API: what is there, or that the cluster has no such thing, or why it could not be looked at."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from platforms.doctor.checking import Look, NotThere
from platforms.kube.client import Cluster
from platforms.kube.refusals import Refused
from platforms.kube.resources import Object, Resource
from seam.errors import PlatformError

T = TypeVar("T")

LIMIT_S = 5.0


async def look(ask: Callable[[], Awaitable[T]], limit_s: float = LIMIT_S) -> Look[T]:
    """`ask` may raise NotThere. What takes longer than `limit_s` is not waited for."""
    try:
        async with asyncio.timeout(limit_s):
            return Look(await ask())
    except NotThere as absent:
        return Look(absent=str(absent))
    except PlatformError as error:
        return Look(hidden=str(error).rstrip("."))
    except TimeoutError:
        return Look(hidden=f"no answer within {limit_s:g} s")
    except (OSError, ValueError) as error:
        return Look(hidden=str(error) or type(error).__name__)


async def look_at_all(
    cluster: Cluster, kind: Resource, namespace: str = "", query: Mapping[str, str] | None = None
) -> Look[Sequence[Object]]:
    """All objects of a kind in a namespace, "" for all of them."""

    async def ask() -> Sequence[Object]:
        try:
            found: list[Object] = (await cluster.get(kind.path(namespace or None), query))["items"]
        except Refused as refused:
            if refused.status == 404 or (refused.status == 403 and not await _is_served(cluster, kind)):
                raise NotThere(f"the cluster knows no {kind.title}") from None
            raise
        return found

    return await look(ask)


async def look_at_one(cluster: Cluster, kind: Resource, namespace: str, name: str) -> Look[Sequence[Object]]:
    """The object of this name, as a list of one; an empty one if it does not exist."""

    async def ask() -> Sequence[Object]:
        found = await cluster.find(kind.path(namespace, name))
        return [] if found is None else [found]

    return await look(ask)


async def _is_served(cluster: Cluster, kind: Resource) -> bool:
    """A user who may not look is refused before anybody asks whether there is such a kind."""
    if not kind.group:
        return True
    try:
        served = await cluster.get_once(f"/apis/{kind.api_version}")
    except Refused as refused:
        return refused.status != 404
    return any(one["name"] == kind.plural for one in served["resources"])
