"""A record played again: what there was to be seen at any moment of it. Pure: whoever plays passes the time.

All times are the record's own, in seconds since the epoch.
"""

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import Any

from chaos.record.record import Record
from chaos.record.seconds import Seconds
from loadgen.samples import Sample
from seam.views import RolloutView

# Once it is over, the tiles go on with what visitors saw in the last seconds.
_LAST_S = 3.0


@dataclass(frozen=True, slots=True)
class Playing:
    """Made by `of`. `seconds` has a line for each second, as the page takes them (`to_json`)."""

    record: Record
    tiles: tuple[Sample, ...]
    seconds: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, record: Record) -> "Playing":
        tiles = tuple(sorted((one for one in record.samples if one.kind == "tile"), key=lambda one: one.t))
        seen = Seconds(record.workload, record.version)
        seen.add(record.samples)
        return cls(record, tiles, tuple(seen.between(record.began_at, record.ended_at)))

    def view(self, t: float) -> RolloutView | None:
        """The Rollout at that time. Before the release, of which nobody took a view, it is at rest on the old version.

        None for a record without a view.
        """
        views = self.record.views
        if not views:
            return None
        at = bisect_right(views, t, key=lambda seen: seen.t)
        return views[at - 1].view if at else _before(views[0].view, self.record.released_at)

    def tile(self, t: float, after: int) -> int:
        """The number of the sample that answers a tile at that time: none twice, as long as there are others.

        `after` is the number of the last one that was given, -1 at first. Raises ValueError where nobody visited.
        """
        if not self.tiles:
            raise ValueError("this record has no request of a visitor")
        first = bisect_right(self.tiles, t, key=lambda sample: sample.t)
        if first < len(self.tiles):
            return max(first, after + 1) if after + 1 < len(self.tiles) else first
        last = bisect_right(self.tiles, self.tiles[-1].t - _LAST_S, key=lambda sample: sample.t)
        return after + 1 if last <= after < len(self.tiles) - 1 else min(last, len(self.tiles) - 1)

    def to_json(self, t: float) -> dict[str, Any]:
        """What the page asks for beside the rollouts: what all visitors saw, up to that time."""
        return {"now": t, "visitors": [second for second in self.seconds if second["t"] + 1 <= t]}


def _before(first: RolloutView, released_at: float) -> RolloutView:
    return replace(
        first,
        phase="Healthy",
        message="",
        revision=first.revision - 1,
        current_hash=first.stable_hash,
        current_version=first.stable_version,
        current_step_index=len(first.steps),
        canary_weight=0,
        stable_weight=100,
        aborted=False,
        release=None,
        pause_reason="",
        measured=True,  # whether it was is not in the record: nothing may say that it was not
        analysis_runs=(),
        measurements=(),
        events=tuple(event for event in first.events if event.t < released_at),
        replica_sets=tuple(one for one in first.replica_sets if one.pod_template_hash == first.stable_hash),
    )
