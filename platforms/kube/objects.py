"""What the API's objects say: fields that more than one reader wants, under the names that Argo gives them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from platforms.kube.resources import Object

HASH = "rollouts-pod-template-hash"
REVISION = "rollout.argoproj.io/revision"
PROXY = "linkerd-proxy"
_UNOBSERVED = ("Progressing", "waiting for rollout spec update to be observed")
_UNPAUSING = ("Progressing", "waiting for rollout to unpause")


@dataclass(frozen=True, slots=True)
class Objects:
    """What is known of one namespace at one moment.

    `events` are those of Rollouts; `templates` are the AnalysisTemplates, and the ClusterAnalysisTemplates that the
    Rollouts name, as far as they may be read; `applications` is Argo CD's Application, if one delivers the run.
    """

    rollouts: Sequence[Object] = ()
    analysis_runs: Sequence[Object] = ()
    replica_sets: Sequence[Object] = ()
    pods: Sequence[Object] = ()
    events: Sequence[Object] = ()
    templates: Sequence[Object] = ()
    applications: Sequence[Object] = ()


def canary_of(rollout: Object) -> Object:
    canary: Object = rollout["spec"]["strategy"].get("canary") or {}
    return canary


def phase_of(rollout: Object) -> tuple[str, str]:
    """(phase, message) as the kubectl plugin shows them."""
    status = rollout.get("status") or {}
    if not is_observed(rollout):
        return _UNOBSERVED
    # Somebody resumed a pause, and the controller has not reacted yet.
    if status.get("controllerPause") and not status.get("pauseConditions"):
        return _UNPAUSING
    return status.get("phase", "Progressing"), status.get("message", "")


def is_observed(rollout: Object) -> bool:
    """Whether the status is about the present spec."""
    observed = (rollout.get("status") or {}).get("observedGeneration")
    return str(observed) == str(rollout["metadata"]["generation"])


def is_promoted(rollout: Object) -> bool:
    """Whether stable is what was released last, after the status."""
    status = rollout.get("status") or {}
    return bool(status.get("stableRS") == status.get("currentPodHash"))


def is_of_this_template(rollout: Object, replica_sets: Iterable[Object]) -> bool:
    """Whether the status is about the present pod template. `replica_sets` are the Rollout's own.

    The first thing that the controller notes down of a new template is that it has made a ReplicaSet: the generation
    is the new one then, and all the rest, `abort` included, is still about the one before.
    """
    current = (rollout.get("status") or {}).get("currentPodHash")
    replica_set = next((one for one in replica_sets if label(one, HASH) == current), None)
    if replica_set is None:  # the one before is known, so this is the new one, which was not delivered yet
        return True
    return _releases_differ_in(replica_set["spec"]["template"]) == _releases_differ_in(rollout["spec"]["template"])


def _releases_differ_in(template: Object) -> object:
    """What releases differ in, and what the API server leaves as it was written."""
    containers = template["spec"]["containers"]
    variables = [
        [(one["name"], one.get("value", "")) for one in container.get("env") or ()] for container in containers
    ]
    images = [container.get("image") for container in containers]
    return variables, images, template.get("metadata", {}).get("annotations") or {}


def revision_of(thing: Object) -> int:
    """The revision of a Rollout, a ReplicaSet or an AnalysisRun; 0 before it has one."""
    text = (thing["metadata"].get("annotations") or {}).get(REVISION, "")
    return int(text) if text.isdecimal() else 0


def owned_by(owner: Object, things: Iterable[Object]) -> list[Object]:
    """Those that belong to `owner`, the oldest revision first."""
    uid = owner["metadata"]["uid"]
    owned = [
        thing for thing in things if any(ref["uid"] == uid for ref in thing["metadata"].get("ownerReferences", ()))
    ]
    return sorted(owned, key=lambda thing: (revision_of(thing), str(thing["metadata"]["name"])))


def is_ready(pod: Object) -> bool:
    """Whether it takes requests: one that is on its way out does not, whatever its condition still says."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    ready = any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def is_meshed(pod: Object) -> bool:
    """Whether Linkerd has given it a proxy, as a sidecar of either kind."""
    spec = pod.get("spec") or {}
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    return any(container["name"] == PROXY for container in containers)


def label(thing: Object, name: str) -> str:
    """The value of a label; empty if it has no such label."""
    return str((thing["metadata"].get("labels") or {}).get(name, ""))


def seconds(timestamp: str) -> float:
    """A timestamp of the API as seconds since the epoch."""
    return datetime.fromisoformat(timestamp).timestamp()
