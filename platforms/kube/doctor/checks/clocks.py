"""See platforms/doctor/checks/clocks.py."""

from platforms.doctor.checks import clocks
from platforms.kube.doctor.observed import Observed
from seam.doctor import Finding


def check(seen: Observed) -> Finding:
    return clocks.check([*seen.clocks, seen.measured.clock])
