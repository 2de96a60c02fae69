"""Whether every pod of a meshed namespace has a proxy: one without never sees a weight, and is not measured."""

from platforms.doctor.checking import NotThere, failed, listed, ok, some
from platforms.kube.doctor.observed import Observed, named
from platforms.kube.doctor.pods import is_live, is_meshed
from platforms.kube.resources import NAMESPACES, PODS
from seam.doctor import Finding

_INJECT = "linkerd.io/inject"


def check(seen: Observed) -> Finding:
    pods = [pod for pod in seen.own(PODS) if is_live(pod)]
    namespace = named(seen.of(NAMESPACES), seen.place.namespace) or {"metadata": {}}
    wanted = (namespace["metadata"].get("annotations") or {}).get(_INJECT) in ("enabled", "ingress")
    meshed = [pod for pod in pods if is_meshed(pod)]
    if not wanted and not meshed:
        raise NotThere(f"namespace {seen.place.namespace} is not in a mesh of Linkerd's")
    without = [pod["metadata"]["name"] for pod in pods if not is_meshed(pod)]
    if without:
        saw = f"{len(without)} of {some(len(pods), 'pod')} without a proxy: {listed(without)}"
        return failed(
            saw + "; what they call they call without weights",
            f"Annotate the namespace with {_INJECT}=enabled, and restart them; the proxy injector has to run.",
        )
    return ok(f"{some(len(pods), 'pod')}, each with its proxy")
