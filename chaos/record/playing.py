"""A record played again: what there was to be seen at any moment of it. Pure: whoever plays passes the time.

All times are the record's own, in seconds since the epoch.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from chaos.record.record import Record
from loadgen.figures import SLOW_MS, figures
from loadgen.samples import Sample
from seam.views import RolloutView

# A point of the line is of so many seconds before it: a single one has too few requests of a canary.
_WINDOW_S = 5
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
        return cls(record, tiles, tuple(_seconds(record, tiles)))

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


def _seconds(record: Record, tiles: Sequence[Sample]) -> list[dict[str, Any]]:
    first, last = int(record.began_at), int(record.ended_at)
    by_second: dict[int, list[Sample]] = {}
    for sample in record.samples:
        by_second.setdefault(int(sample.t), []).append(sample)
    served: dict[int, list[Sample]] = {}
    for sample in tiles:
        served.setdefault(int(sample.t), []).append(sample)
    found = []
    for t in range(first, last + 1):
        here = figures(by_second.get(t, ()))
        window = [sample for at in range(t - _WINDOW_S + 1, t + 1) for sample in served.get(at, ())]
        now = served.get(t, ())
        one: dict[str, Any] = {"t": t, "all": here.requests, "failed": here.failed, "slow": here.slow}
        for role, canary in (("stable", False), ("canary", True)):
            if any(_is_canary(sample, record) is canary for sample in now):
                one[role] = _line([sample for sample in window if _is_canary(sample, record) is canary])
        found.append(one)
    return found


def _line(samples: Sequence[Sample]) -> list[float]:
    """[requests, the share that went well, P99 in ms]."""
    seen = figures(samples, SLOW_MS)
    return [seen.requests, 1 - seen.failed / seen.requests, round(seen.p99_ms or 0.0, 1)]


def _is_canary(sample: Sample, record: Record) -> bool | None:
    """None where the answer does not say which version of the released workload had a part in it."""
    version = {"smiley": sample.smiley, "color": sample.color, "face": sample.face}.get(record.workload)
    return None if version is None else version == record.version
