"""A release that a scenario pushed, and everything that was seen of it since."""

from dataclasses import dataclass, field

from chaos.catalogue import Release
from chaos.report import Point
from e2e.witness import Seen
from faces.cli.recorder import Recorder
from seam.views import RolloutView


@dataclass(slots=True)
class Watched(Recorder):
    """`read` counts what was seen of the whole platform and taken in, or passed over, already."""

    release: Release = field(kw_only=True)
    workload: str = field(kw_only=True)
    read: int = field(kw_only=True)

    def take_in(self, seen: Seen) -> None:
        self.read = seen.number + 1
        if seen.view.current_version == self.version:
            self.observe(seen.view, seen.t)

    @property
    def ended(self) -> RolloutView:
        """The view at the end, of which there has to be one."""
        assert self.last is not None
        assert self.settled_at is not None, self.now
        return self.last

    @property
    def weights(self) -> list[int]:
        """The canary's weights in order, each as often as it was newly set."""
        return weights(self.timeline)

    @property
    def now(self) -> str:
        return in_words(self.last) if self.last is not None else "it was never seen"


def weights(timeline: list[Point]) -> list[int]:
    return [
        point.weight for index, point in enumerate(timeline) if index == 0 or timeline[index - 1].weight != point.weight
    ]


def in_words(view: RolloutView) -> str:
    """One line: `smiley v2 Paused at 30 %, step 1 of 8 (CanaryPauseStep)`."""
    message = f" ({view.message})" if view.message else ""
    step = f", step {view.current_step_index} of {len(view.steps)}" if view.current_step_index is not None else ""
    return f"{view.name} {view.current_version} {view.phase} at {view.canary_weight} %{step}{message}"
