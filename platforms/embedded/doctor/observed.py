"""What a doctor has observed of the embedded platform. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from platforms.doctor.checking import Look
from platforms.doctor.measured import Measured, Splitting
from seam.views import PlatformView


@dataclass(frozen=True, slots=True)
class Observed:
    """`programs`: the version of Envoy and of Prometheus, as they say it themselves. `run`: what is up, if anything is;
    `processes` its parts by name, and whether each is alive. `splittings` are those of its Rollouts.
    """

    programs: Mapping[str, Look[str]]
    run: Look[PlatformView]
    processes: Mapping[str, bool]
    measured: Measured
    splittings: Sequence[Splitting] = ()
