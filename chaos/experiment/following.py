"""The story of every release that somebody else pushes, for as long as one listens."""

import time
from typing import TYPE_CHECKING

from chaos.experiment.session import Session
from chaos.record import Line, Progress

if TYPE_CHECKING:
    from seam.views import RolloutView


async def follow_everything(session: Session) -> None:
    """Tell of each release as it comes, until cancelled."""
    progress: dict[str, Progress] = {}
    first: dict[str, RolloutView] = {}
    async for platform_view in session.platform.watch_all():
        now = time.time()
        for view in platform_view.rollouts:
            known = first.setdefault(view.name, view)
            if view.current_version == known.current_version:
                continue
            under_way = progress.get(view.name)
            if under_way is None or under_way.version != view.current_version:
                under_way = progress[view.name] = Progress(view.current_version, now, typed=session.typed)
                released = view.release or "from a manifest"
                session.say(Line(f"Release: {view.name} {view.current_version}, {released}."))
            for line in under_way.observe(view, now):
                session.say(line)
