"""Whether the Argo Rollouts controller is installed, runs, and looks at the Rollouts."""

from platforms.doctor.checking import NotThere, failed, listed, ok, some, warning
from platforms.kube.doctor.observed import Observed
from platforms.kube.doctor.pods import trouble
from platforms.kube.installation import INSTALL
from platforms.kube.objects import is_observed
from platforms.kube.resources import DEPLOYMENTS, ROLLOUTS
from seam.doctor import Finding

_NEXT = "Look at its log: `kubectl logs --namespace {namespace} deployment/{name}`."


def check(seen: Observed) -> Finding:
    try:
        rollouts = seen.own(ROLLOUTS)
    except NotThere as absent:
        return failed(f"Argo Rollouts is not installed: {absent}", f"Install it: {INSTALL}")
    unseen = [one["metadata"]["name"] for one in rollouts if not one.get("status")]
    deployments = seen.of(DEPLOYMENTS)
    for one in deployments:
        name, namespace = one["metadata"]["name"], one["metadata"]["namespace"]
        if not (one.get("status") or {}).get("availableReplicas"):
            why = next(filter(None, map(trouble, seen.controllers())), "it has no available replica")
            return failed(
                f"Deployment {name} in namespace {namespace}: {why}", _NEXT.format(namespace=namespace, name=name)
            )
    if unseen:
        return failed(f"no controller has looked at {listed(unseen)}", f"See that one runs: {INSTALL}")
    if not deployments:
        return warning(
            "no Deployment is labelled app.kubernetes.io/name=argo-rollouts, so what runs is not known",
            f"If releases do not move, see that a controller runs: {INSTALL}",
        )
    stale = [one["metadata"]["name"] for one in rollouts if not is_observed(one)]
    if stale:
        return warning(
            f"the controller has not looked at the present {listed(stale)} yet", "Ask again in some seconds."
        )
    return ok(
        f"runs in namespace {deployments[0]['metadata']['namespace']}, and looks at {some(len(rollouts), 'Rollout')}"
    )
