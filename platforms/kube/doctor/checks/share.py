"""See platforms/doctor/checks/share.py."""

from platforms.doctor.checking import NotThere
from platforms.doctor.checks import share
from platforms.kube.doctor.observed import Observed
from platforms.kube.resources import ROLLOUTS
from seam.doctor import Finding


def check(seen: Observed) -> Finding:
    seen.own(ROLLOUTS)  # what is split is known from them
    steady = [one for one in seen.splittings if one.rollout not in seen.moved]
    if seen.splittings and not steady:
        raise NotThere(f"the weight of {seen.splittings[0].rollout} has changed meanwhile: ask again in some seconds")
    return share.check(steady, seen.measured.counted.value() if steady else {})
