"""See platforms/doctor/checks/series.py."""

from platforms.doctor.checks import series
from platforms.kube.doctor.observed import Observed
from seam.doctor import Finding


def check(seen: Observed) -> Finding:
    return series.check(seen.measured.series.value())
