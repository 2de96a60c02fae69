"""See platforms/doctor/checks/share.py."""

from platforms.doctor.checks import share
from platforms.kube.doctor.observed import Observed
from platforms.kube.resources import ROLLOUTS
from seam.doctor import Finding


def check(seen: Observed) -> Finding:
    seen.own(ROLLOUTS)  # what is split is known from them
    return share.check(seen.splittings, seen.measured.counted.value() if seen.splittings else {})
