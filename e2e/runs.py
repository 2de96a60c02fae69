"""A release that a scenario pushed, and what it may ask of it."""

from dataclasses import dataclass

from chaos.experiment import ReleaseRun
from chaos.record import Measured
from seam.views import RolloutView


@dataclass(frozen=True, slots=True)
class Pushed:
    """Of a release, what was seen of it so far."""

    run: ReleaseRun

    @property
    def version(self) -> str:
        return self.run.version

    @property
    def released_at(self) -> float:
        return self.run.released_at

    @property
    def settled_at(self) -> float:
        assert self.run.progress.settled_at is not None, f"expected an end; {self.now}"
        return self.run.progress.settled_at

    @property
    def promoted(self) -> bool:
        return self.run.progress.promoted

    @property
    def ended(self) -> RolloutView:
        """The view at the end, of which there has to be one."""
        assert self.run.progress.settled_at is not None, f"expected an end; {self.now}"
        assert self.run.last is not None
        return self.run.last

    @property
    def weights(self) -> list[int]:
        """The canary's weights in order, each as often as it was newly set."""
        return self.run.progress.weights

    @property
    def measurements(self) -> list[Measured]:
        return self.run.progress.measurements

    @property
    def now(self) -> str:
        return in_words(self.run.last) if self.run.last is not None else f"{self.version} was never seen"


def in_words(view: RolloutView) -> str:
    """One line: `smiley v2 Paused at 30 %, step 1 of 8 (CanaryPauseStep)`."""
    message = f" ({view.message})" if view.message else ""
    step = f", step {view.current_step_index} of {len(view.steps)}" if view.current_step_index is not None else ""
    return f"{view.name} {view.current_version} {view.phase} at {view.canary_weight} %{step}{message}"
