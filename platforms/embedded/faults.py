"""Faults switched on and off in the replicas of one Rollout."""

from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from platforms.embedded.controller import Controller
from platforms.faults import no_control_port, put_faults, targets


async def inject(
    controller: Controller,
    session: aiohttp.ClientSession,
    token: str,
    faults: Mapping[str, Any],
    version: str | None,
) -> list[str]:
    """Put `faults` (the app's own JSON model) into every replica, or those of one version; returns their names."""
    return await _each(controller, session, token, faults, version)


async def clear(
    controller: Controller,
    session: aiohttp.ClientSession,
    token: str,
    version: str | None,
    kinds: Sequence[str],
) -> list[str]:
    return await _each(controller, session, token, None, version, kinds)


async def _each(
    controller: Controller,
    session: aiohttp.ClientSession,
    token: str,
    faults: Mapping[str, Any] | None,
    version: str | None,
    kinds: Sequence[str] = (),
) -> list[str]:
    ports = {replica.name: replica.ports for runner in controller.runners for replica in runner.replicas}
    ready = targets(controller.view(), version)
    if any("control" not in ports[name] for name in ready):
        raise no_control_port(controller.rollout.name)
    for name in ready:
        await put_faults(session, name, f"http://127.0.0.1:{ports[name]['control']}", token, faults, kinds)
    return ready
