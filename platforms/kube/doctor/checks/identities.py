"""See platforms/doctor/checks/identities.py."""

from platforms.doctor.checks import identities
from platforms.kube.doctor.observed import Observed
from seam.doctor import Finding


def check(seen: Observed) -> Finding:
    return identities.check(seen.measured.certificates.value())
