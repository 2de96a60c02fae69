"""Faults switched on and off in running replicas, through the app's own control API. The same on every platform."""

from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from seam.errors import UserError
from seam.views import RolloutView

_LIMIT = aiohttp.ClientTimeout(total=5)


def targets(view: RolloutView, version: str | None) -> list[str]:
    """The names of the ready replicas of one version, or of all. UserError where there is none."""
    running = [replica_set for replica_set in view.replica_sets if replica_set.pods]
    chosen = [one for one in running if version in (None, one.version)]
    ready = [pod.name for replica_set in chosen for pod in replica_set.pods if pod.ready]
    if not ready:
        known = ", ".join(sorted({replica_set.version for replica_set in running}))
        which = "" if version is None else f" of version {version}"
        raise UserError(f"{view.name} has no ready replica{which}; it runs {known or 'none'}.")
    return ready


async def put_faults(
    session: aiohttp.ClientSession,
    replica: str,
    address: str,
    token: str,
    faults: Mapping[str, Any] | None,
    kinds: Sequence[str] = (),
) -> None:
    """Put `faults` (the app's own JSON model) into one replica, whose control API is at `address`; None clears them,
    or those of `kinds` alone.

    UserError: nothing was asked for, or the replica's own sentence, or that it does not answer.
    """
    if faults is not None and not faults:  # the app would take it for "no fault at all", and clear what it has
        raise UserError("No fault was given, so nothing was injected; `faces faults` lists them, `faces clear` clears.")
    method, headers = "DELETE" if faults is None else "PUT", {"Authorization": f"Bearer {token}"}
    try:
        for path in [f"/faults/{kind}" for kind in kinds] or ["/faults"]:
            request = session.request(method, f"{address}{path}", json=faults, headers=headers, timeout=_LIMIT)
            async with request as answer:
                if answer.status >= 400:
                    said = (await answer.json(content_type=None)).get("error", f"status {answer.status}")
                    raise UserError(f"{replica} refused: {said}")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise UserError(
            f"{replica} does not answer on its control port: {str(error) or type(error).__name__}. "
            "It needs a CONTROL_TOKEN, and a gui has no faults."
        ) from error


def no_control_port(name: str) -> UserError:
    return UserError(f"{name} has no control port, so no fault can be switched on in it.")
