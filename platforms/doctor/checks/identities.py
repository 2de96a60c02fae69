"""Whether the proxies' certificates are valid and renewed."""

from collections.abc import Sequence

from platforms.doctor.checking import NotThere, failed, listed, ok, some, warning
from platforms.doctor.measured import Sample
from seam.doctor import Finding
from seam.values import SECONDS, in_words

# A proxy renews its certificate of a day when 30 % of it, seven hours, are left.
_LATE_S = 4 * 3600.0
# Until a proxy of Linkerd's has its first certificate it says that it ended in 1970.
_NONE_YET_S = -20 * 365 * 24 * 3600.0


def check(certificates: Sequence[Sample]) -> Finding:
    """`certificates`: the seconds that each pod's has left, under its label `pod`."""
    if not certificates:
        raise NotThere("Prometheus knows no certificates of proxies here: there is no mesh, or it is not scraped")
    said = {sample.labels.get("pod", "?"): sample.value for sample in certificates}
    left = {pod: seconds for pod, seconds in said.items() if seconds > _NONE_YET_S}
    none = sorted(said.keys() - left.keys())
    expired = sorted(pod for pod, seconds in left.items() if seconds <= 0)
    if expired:
        return failed(
            f"the certificates of {some(len(expired), 'pod')} have expired: {listed(expired)}",
            "No caller gets a new connection to them: look at the mesh's identity service, then restart them.",
        )
    if none:
        return warning(
            f"{some(len(none), 'pod')} without a certificate yet: {listed(none)}",
            "A pod that starts has none for a second. If it stays so, look at the mesh's identity service.",
        )
    late = sorted((seconds, pod) for pod, seconds in left.items() if seconds < _LATE_S)
    if late:
        return warning(
            f"the certificate of {late[0][1]} ends in {_span(late[0][0])} and was not renewed",
            "Look at the mesh's identity service: proxies renew long before that.",
        )
    return ok(f"those of {some(len(left), 'pod')} are valid, for {_span(min(left.values()))} at least")


def _span(seconds: float) -> str:
    """`6.2 h`, `48 min`, `12 s`."""
    if seconds >= 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.0f} min" if seconds >= 60 else in_words(seconds, SECONDS)
