"""Whether Prometheus answers."""

from platforms.doctor.checking import NotSeen, NotThere, failed, ok
from platforms.doctor.measured import Measured
from seam.doctor import Finding

_NEXT = "Without it nothing is measured, and every release waits for a person: see what its pod and its log say."


def check(measured: Measured, next_step: str = _NEXT) -> Finding:
    try:
        return ok(f"{measured.where} answers, version {measured.version.value()}")
    except (NotThere, NotSeen) as reason:
        return failed(str(reason), next_step)
