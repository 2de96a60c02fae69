"""What an experiment is asked to do, and when it is over. Pure."""

from dataclasses import dataclass

from chaos.record import End, Progress
from seam.releases import Release

# So long visitors are watched after the end of a release, beyond what was under way at its end.
AFTER_S = 8.0


@dataclass(frozen=True, slots=True)
class Experiment:
    """One release under visitors. Times in seconds.

    `version` None is the next number, `rate` is in requests a second. Visitors come `before_s` before the release and
    stay `after_s` after its end. `unattended`: nobody is there to promote, so what waits for a person ends the
    experiment; with `promote_pauses` a pause without a duration is promoted instead. A release that has not ended after
    `limit_s` is watched no longer.
    """

    release: Release
    workload: str = "smiley"
    version: str | None = None
    rate: float = 40.0
    shape: str = "steady"
    unattended: bool = False
    promote_pauses: bool = False
    before_s: float = 6.0
    after_s: float = AFTER_S
    limit_s: float = 600.0


def end_of(progress: Progress, *, unattended: bool = False) -> tuple[End, str] | None:
    """Why the release need not be watched any longer, and the same in a sentence; None while it goes on."""
    version = progress.version
    if progress.settled_at is not None:
        return End.SETTLED, ""
    if progress.stuck:
        return End.STUCK, f"{version} cannot go on and was not aborted: nothing more happens by itself."
    if unattended and progress.waits_for_a_person:
        return End.WAITING, f"{version} waits for a person, and this run is unattended."
    return None


def must_be_promoted(progress: Progress) -> bool:
    """Whether it stands at a pause that only a person ends. An analysis without a verdict is no such pause."""
    return progress.last is not None and progress.last.pauses_until_promoted
