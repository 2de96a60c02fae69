"""All that `faces watch` has seen: of the Rollouts, of the one that it shows, and of the tiles.

Nothing here knows a clock: whoever watches passes the time, in seconds since the epoch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from faces.cli.drawing.going import completed_steps, ended_at, released_at, weights_told
from faces.cli.drawing.metrics import slow_ms
from faces.cli.drawing.rates import Rates
from faces.cli.drawing.steps import is_out
from faces.cli.drawing.tiles import Wall, read_tile
from seam.views import PlatformView, RolloutView


@dataclass(slots=True)
class Release:
    """What was seen of one release of one Rollout. `ended_at` None: it is under way."""

    revision: int
    stable_version: str
    began_at: float
    ended_at: float | None = None
    reached: int = 0
    furthest: int = 0

    def observe(self, view: RolloutView, now: float) -> None:
        if self.ended_at is not None and not view.settled:  # it was retried
            self.began_at, self.ended_at, self.reached, self.furthest = now, None, 0, 0
        self.reached = max(self.reached, completed_steps(view, self.began_at))
        told = [weight for _, weight in weights_told(view, self.began_at)]
        self.furthest = max([self.furthest, view.canary_weight, *told])
        if view.settled and self.ended_at is None:
            self.ended_at = ended_at(view, self.began_at, now)


@dataclass(slots=True)
class Watched:
    """`workload` is the one to show; None: the one that moves, else the one that moved last."""

    workload: str | None = None
    platform: PlatformView | None = None
    releases: dict[str, Release] = field(default_factory=dict)
    rates: Rates = field(default_factory=Rates)
    wall: Wall | None = None
    no_tiles: str = "Asking for the page's address."
    _changed: dict[str, float] = field(default_factory=dict)
    _shown: str = ""

    def observe(self, platform: PlatformView, now: float) -> None:
        before = {view.name: view for view in self.platform.rollouts} if self.platform is not None else {}
        self.platform = platform
        for view in platform.rollouts:
            known = before.get(view.name)
            if known is not None and _standing(known) != _standing(view):
                self._changed[view.name] = now
            self._note(view, now)
        shown = self.shown
        if shown is not None and shown.name != self._shown:
            # Whose answers were a canary's was asked of another one.
            self._shown, self.rates = shown.name, Rates()

    def _note(self, view: RolloutView, now: float) -> None:
        release = self.releases.get(view.name)
        if release is None or release.revision != view.revision:
            self.releases.pop(view.name, None)
            if not is_out(view):
                return
            release = Release(view.revision, view.stable_version, released_at(view, now))
            self.releases[view.name] = release
        release.observe(view, now)

    @property
    def shown(self) -> RolloutView | None:
        """The Rollout to show."""
        rollouts = self.platform.rollouts if self.platform is not None else ()
        if self.workload is not None:
            return next((view for view in rollouts if view.name == self.workload), None)
        return max(rollouts, key=self._interest, default=None)

    @property
    def release(self) -> Release | None:
        """Of the Rollout that is shown."""
        return self.releases.get(self.shown.name) if self.shown is not None else None

    @property
    def others(self) -> list[RolloutView]:
        """Those that move beside the one that is shown."""
        shown = self.shown
        every = self.platform.rollouts if self.platform is not None else ()
        return [view for view in every if view is not shown and _moves(view)]

    def hello(self, rows: int, columns: int) -> None:
        """The grid begins, or begins anew."""
        self.wall, self.no_tiles = Wall(rows, columns), ""

    def lost(self, why: str) -> None:
        self.wall, self.no_tiles = None, why

    def answered(self, batch: Mapping[str, Any], now: float) -> None:
        """One event of the page's stream: tiles as [tile, number of its answer, ms], answers as [status, body]."""
        if self.wall is None:
            return
        view, slow = self.shown, slow_ms(self.shown)
        answers: Sequence[Sequence[Any]] = batch.get("answers", ())
        for index, number, ms in batch.get("tiles", ()):
            status, body = answers[number]
            tile = read_tile(status, body, ms, view, slow)
            self.wall.put(index, tile)
            self.rates.add(now, ok=tile.ok, canary=None if tile.version is None else tile.canary)
        for index, _ in batch.get("waiting", ()):
            self.wall.wait(index)

    def _interest(self, view: RolloutView) -> tuple[bool, float, float, int, int]:
        last = view.measurements[-1].t if view.measurements else 0.0
        return _moves(view), self._changed.get(view.name, 0.0), last, view.revision, len(view.steps)


def _moves(view: RolloutView) -> bool:
    return not view.settled


def _standing(view: RolloutView) -> tuple[object, ...]:
    return (
        view.phase,
        view.revision,
        view.current_step_index,
        view.aborted,
        view.current_hash,
        view.stable_hash,
        view.canary_weight > 0,
    )
