"""The way back to how everything was at first, through the seam's verbs. What is to be done is decided apart, purely.

A cluster's history cannot be taken back, and need not be: the revision that was stable at first is brought back, which
for one that is stable still takes no step, and for one that is not skips all of them.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seam.errors import PlatformError, PlatformFailed, UserError
from seam.platform import Platform
from seam.views import RolloutView

LIMIT_S = 60.0
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Way:
    """What one Rollout needs next: a revision to go back to, or that all its steps are skipped."""

    revision: int | None = None
    skip: bool = False


def is_there(view: RolloutView, first: str) -> bool:
    """Whether it is as at first. `first`: the pod template hash that was stable then."""
    return view.settled and view.phase == "Healthy" and view.stable_hash == view.current_hash == first


def way(view: RolloutView, first: str) -> Way:
    """UserError if what was first is kept no longer."""
    if is_there(view, first):
        return Way()
    if view.current_hash == first:
        return Way(skip=view.stable_hash != first)
    kept = next((one for one in view.replica_sets if one.pod_template_hash == first), None)
    if kept is None:
        raise UserError(
            f"The first version of {view.name} is kept no longer (revisionHistoryLimit): release it again, "
            "or end the run and start a new one."
        )
    return Way(revision=kept.revision)


async def bring_back(platform: Platform, first: Mapping[str, str], limit_s: float = LIMIT_S) -> None:
    """Return when every Rollout is as at first, by the hash that was stable then, and no pod has a fault."""
    try:
        async with asyncio.timeout(limit_s):
            await asyncio.gather(*(_bring_back(platform, name, hash_) for name, hash_ in first.items()))
    except TimeoutError:
        raise PlatformFailed(f"Not everything is as at first after {limit_s:g} s; `faces status` says what.") from None
    await clear_everywhere(platform, first)


async def clear_everywhere(platform: Platform, names: Iterable[str]) -> list[str]:
    """Switch off every fault that can be; returns the names of the pods."""
    cleared: list[str] = []
    for name in names:
        with contextlib.suppress(UserError):  # a gui has no faults
            cleared += await platform.clear(name)
    return cleared


async def _bring_back(platform: Platform, name: str, first: str) -> None:
    undone = skipped = False
    while not is_there(view := await platform.rollout(name), first):
        needed = way(view, first)
        if needed.revision is not None:
            try:
                await platform.undo(name, needed.revision)
            except UserError:
                # A cluster's view is a moment late: what it still shows was undone already, and has another number now.
                if not undone:
                    raise
            undone = True
        elif needed.skip and not skipped:
            # Refused as long as the controller has not looked at the revision that was brought back.
            with contextlib.suppress(PlatformError):
                await platform.promote(name, full=True)
                skipped = True
        await asyncio.sleep(_LOOK_S)
