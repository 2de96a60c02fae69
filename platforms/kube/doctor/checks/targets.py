"""See platforms/doctor/checks/targets.py: here the proxies are Linkerd's in the meshed pods, or the run's Traefik."""

from platforms.doctor.checking import NotThere
from platforms.doctor.checks import targets
from platforms.kube.doctor.observed import Observed
from platforms.kube.doctor.pods import is_live, is_meshed
from platforms.kube.objects import is_ready, label
from platforms.kube.resources import PODS
from seam.doctor import Finding

_TRAEFIK = "traefik"
_MESH = (
    "Apply manifests/monitoring, or give your Prometheus its job linkerd-proxy, and its ServiceAccount the right to "
    "list and watch pods."
)
_ROUTER = "Apply manifests/monitoring, or compare its scrape configuration with that of your Prometheus."


def check(seen: Observed) -> Finding:
    pods = [pod for pod in seen.own(PODS) if is_live(pod) and is_ready(pod)]
    meshed = [pod for pod in pods if is_meshed(pod)]
    proxies = meshed or [pod for pod in pods if label(pod, "app") == _TRAEFIK]
    if not proxies:
        raise NotThere(f"no pod in namespace {seen.place.namespace} is a data plane's, of Linkerd or of Traefik")
    names = {(pod["metadata"]["namespace"], pod["metadata"]["name"]) for pod in proxies}
    return targets.check(seen.measured.targets.value(), names, next_step=_MESH if meshed else _ROUTER)
