"""See platforms/doctor/checks/prometheus.py."""

from platforms.doctor.checks import prometheus
from platforms.kube.doctor.observed import Observed
from seam.doctor import Finding

_NEXT = (
    "Apply manifests/monitoring, or name the Prometheus that there is in the argument `prometheus` of the "
    "AnalysisTemplates; without it every release waits for a person."
)


def check(seen: Observed) -> Finding:
    return prometheus.check(seen.measured, _NEXT)
