"""Two checks: the certificates by which the API server and this user know each other, and those that a mesh trusts."""

from platforms.doctor.checks import certificates
from platforms.kube.doctor.observed import Observed
from seam.doctor import Finding

_ACCESS = "Renew it, and take the new kubeconfig: until then nobody gets in."
_TRUST = "Renew it before it ends (https://linkerd.io/2/tasks/manually-rotating-control-plane-tls-credentials/)."


def check_access(seen: Observed) -> Finding:
    read = seen.access.value()
    return certificates.check(read.found, seen.now, _ACCESS, read.hidden)


def check_trust(seen: Observed) -> Finding:
    read = seen.trust.value()
    return certificates.check(read.found, seen.now, _TRUST, read.hidden)
