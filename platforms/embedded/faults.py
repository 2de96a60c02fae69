"""Faults switched on and off in running replicas, through their own control API."""

from collections.abc import Mapping
from typing import Any

import aiohttp

from platforms.embedded.controller import Controller
from platforms.embedded.replicas import Replica
from platforms.errors import UserError

_LIMIT = aiohttp.ClientTimeout(total=5)


async def inject(
    controller: Controller,
    session: aiohttp.ClientSession,
    token: str,
    faults: Mapping[str, Any],
    version: str | None,
) -> list[str]:
    """Put `faults` (the app's own JSON model) into every replica, or those of one version; returns their names."""
    return await _each(controller, session, token, version, "PUT", faults)


async def clear(controller: Controller, session: aiohttp.ClientSession, token: str, version: str | None) -> list[str]:
    return await _each(controller, session, token, version, "DELETE", None)


async def _each(
    controller: Controller,
    session: aiohttp.ClientSession,
    token: str,
    version: str | None,
    method: str,
    body: Mapping[str, Any] | None,
) -> list[str]:
    told = []
    for replica in _targets(controller, version):
        address = f"http://127.0.0.1:{replica.ports['control']}/faults"
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with session.request(method, address, json=body, headers=headers, timeout=_LIMIT) as answer:
                if answer.status >= 400:
                    said = (await answer.json(content_type=None)).get("error", f"status {answer.status}")
                    raise UserError(f"{replica.name} refused: {said}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise UserError(f"{replica.name} could not be told: {str(error) or type(error).__name__}.") from error
        told.append(replica.name)
    return told


def _targets(controller: Controller, version: str | None) -> list[Replica]:
    name = controller.rollout.name
    runners = [r for r in controller.runners if r.replicas and version in (None, r.version)]
    replicas = [replica for runner in runners for replica in runner.replicas if replica.ready]
    if not replicas:
        known = ", ".join(sorted({runner.version for runner in controller.runners if runner.replicas}))
        raise UserError(f"{name} has no ready replica of version {version}; it runs {known}.")
    if any("control" not in replica.ports for replica in replicas):
        raise UserError(f"{name} has no control port, so no fault can be switched on in it.")
    return replicas
