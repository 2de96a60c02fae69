"""Whether Argo Rollouts may ask Prometheus: seen in what its AnalysisRuns say, and in the policies in between."""

from collections.abc import Iterator, Sequence

from platforms.doctor.checking import NotSeen, NotThere, failed, ok
from platforms.kube.doctor.kinds import NETWORK_POLICIES, SERVICES
from platforms.kube.doctor.mesh_policies import refused_by_mesh
from platforms.kube.doctor.network_policies import refused_by_network
from platforms.kube.doctor.observed import Observed, named
from platforms.kube.doctor.pods import is_live, selects
from platforms.kube.objects import owned_by
from platforms.kube.resources import ANALYSIS_RUNS, NAMESPACES, PODS, ROLLOUTS, Object
from seam.doctor import Finding

_NEXT = "Let the Rollouts controller in: what cannot ask Prometheus judges no release."


def check(seen: Observed) -> Finding:
    said = next(_errors(seen), "")
    if said:
        return failed(said, _NEXT)
    if not seen.place.prometheus:
        raise NotThere("Prometheus is not in the cluster, as far as is known")
    controllers, asked = seen.controllers(), _of_prometheus(seen)
    if not controllers or not asked:
        raise NotSeen("the pods of Prometheus or of the Rollouts controller were not found")
    labels = {one["metadata"]["name"]: one["metadata"].get("labels") or {} for one in seen.of(NAMESPACES)}
    caller = labels.get(seen.place.controller, {})
    policies = seen.of(NETWORK_POLICIES, seen.place.prometheus)
    refused = refused_by_network(policies, asked[0], controllers[0], caller) or refused_by_mesh(
        seen, asked[0], controllers[0]
    )
    if refused:
        return failed(refused, _NEXT)
    return ok("no policy between Argo Rollouts and Prometheus refuses it, and no AnalysisRun has complained")


def _of_prometheus(seen: Observed) -> Sequence[Object]:
    service = named(seen.of(SERVICES, seen.place.prometheus), seen.place.service)
    selector = service["spec"].get("selector") if service else None
    return [pod for pod in seen.of(PODS, seen.place.prometheus) if selects(selector, pod) and is_live(pod)]


def _errors(seen: Observed) -> Iterator[str]:
    """Of each Rollout's newest AnalysisRun the metrics whose last measurement was an error."""
    for rollout in seen.own(ROLLOUTS):
        runs = owned_by(rollout, seen.own(ANALYSIS_RUNS))
        newest = max(runs, key=lambda run: str(run["metadata"].get("creationTimestamp")), default=None)
        for result in ((newest or {}).get("status") or {}).get("metricResults") or ():
            last = (result.get("measurements") or [{}])[-1]
            if newest and last.get("phase") == "Error":
                said = str(last.get("message") or result.get("message") or "no reason").rstrip(".")
                yield f"AnalysisRun {newest['metadata']['name']} could not measure {result['name']}: {said[:200]}"
