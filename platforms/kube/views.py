"""From the objects of a namespace, as the API gives them, to what everybody sees. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from platforms.kube.resources import Object
from seam.releases import release_of, version_of
from seam.views import AnalysisRunView, EventView, MeasurementView, PodView, ReplicaSetView, RolloutView

HASH = "rollouts-pod-template-hash"
REVISION = "rollout.argoproj.io/revision"
_RUN_KIND = "rollout-type"
_UNOBSERVED = ("Progressing", "waiting for rollout spec update to be observed")
_UNPAUSING = ("Progressing", "waiting for rollout to unpause")


@dataclass(frozen=True, slots=True)
class Objects:
    """What is known of one namespace at one moment."""

    rollouts: Sequence[Object] = ()
    analysis_runs: Sequence[Object] = ()
    replica_sets: Sequence[Object] = ()
    pods: Sequence[Object] = ()


def rollout_views(objects: Objects) -> tuple[RolloutView, ...]:
    """Every Rollout, by name."""
    ordered = sorted(objects.rollouts, key=lambda rollout: str(rollout["metadata"]["name"]))
    return tuple(rollout_view(rollout, objects) for rollout in ordered)


def rollout_view(rollout: Object, objects: Objects) -> RolloutView:
    """One Rollout as its controller sees it.

    Until the controller has looked at a new spec, the status still speaks of the revision before: its "Healthy" and
    its "aborted" are no verdict about what was released just now, and neither are its runs.
    """
    metadata, spec, status = rollout["metadata"], rollout["spec"], rollout.get("status") or {}
    owned = owned_by(rollout, objects.replica_sets)
    seen = is_observed(rollout) and _is_of_this_template(rollout, owned)
    stable_hash, current_hash = status.get("stableRS", ""), status.get("currentPodHash", "") if seen else ""
    stable = next((one for one in owned if _label(one, HASH) == stable_hash), None)
    runs = _runs_of_this_revision(rollout, objects.analysis_runs) if seen else []
    weights = (status.get("canary") or {}).get("weights") or {}
    phase, message = phase_of(rollout) if seen else _UNOBSERVED
    pauses = status.get("pauseConditions") or [] if seen else []
    return RolloutView(
        name=metadata["name"],
        namespace=metadata["namespace"],
        phase=phase,
        message=message,
        revision=revision_of(rollout),
        stable_hash=stable_hash,
        current_hash=current_hash,
        stable_version=version_of(stable["spec"]["template"] if stable is not None else spec["template"]),
        current_version=version_of(spec["template"]),
        current_step_index=status.get("currentStepIndex") if seen else None,
        steps=tuple(canary_of(rollout).get("steps") or ()),
        canary_weight=weights["canary"].get("weight", 0) if weights else 0,
        stable_weight=weights["stable"].get("weight", 0) if weights else 100,
        aborted=bool(status.get("abort")) and seen,
        release=release_of(spec["template"]),
        pause_reason=pauses[0]["reason"] if pauses else "",
        analysis_runs=tuple(_run_view(run) for run in runs),
        measurements=_measurements(runs),
        replica_sets=tuple(_replica_set_view(one, objects.pods) for one in owned),
    )


def is_observed(rollout: Object) -> bool:
    """Whether the status is about the present spec."""
    observed = (rollout.get("status") or {}).get("observedGeneration")
    return str(observed) == str(rollout["metadata"]["generation"])


def _is_of_this_template(rollout: Object, owned: Sequence[Object]) -> bool:
    """Whether the status speaks of the present pod template.

    The first thing that the controller notes down of a new template is that it has made a ReplicaSet: the generation
    is the new one then, and all the rest, `abort` included, is still about the one before.
    """
    current = (rollout.get("status") or {}).get("currentPodHash")
    replica_set = next((one for one in owned if _label(one, HASH) == current), None)
    if replica_set is None:
        return True
    return _told_apart_by(replica_set["spec"]["template"]) == _told_apart_by(rollout["spec"]["template"])


def _told_apart_by(template: Object) -> object:
    """What releases differ in, and what the API server leaves as it was written."""
    containers = template["spec"]["containers"]
    variables = [
        [(one["name"], one.get("value", "")) for one in container.get("env") or ()] for container in containers
    ]
    images = [container.get("image") for container in containers]
    return variables, images, template.get("metadata", {}).get("annotations") or {}


def phase_of(rollout: Object) -> tuple[str, str]:
    """(phase, message) as the kubectl plugin shows them."""
    status = rollout.get("status") or {}
    if not is_observed(rollout):
        return _UNOBSERVED
    # Somebody resumed a pause, and the controller has not reacted yet.
    if status.get("controllerPause") and not status.get("pauseConditions"):
        return _UNPAUSING
    return status.get("phase", "Progressing"), status.get("message", "")


def canary_of(rollout: Object) -> Object:
    canary: Object = rollout["spec"]["strategy"].get("canary") or {}
    return canary


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


def event_views(events: Iterable[Object]) -> tuple[EventView, ...]:
    """Oldest first."""
    ordered = sorted(events, key=lambda event: (_happened(event), int(event["metadata"]["resourceVersion"])))
    return tuple(EventView(_happened(event), event["reason"], event["message"], event["type"]) for event in ordered)


def seconds(timestamp: str) -> float:
    """A timestamp of the API as seconds since the epoch."""
    return datetime.fromisoformat(timestamp).timestamp()


def _happened(event: Object) -> float:
    """When it did so last: the API counts repetitions in one event."""
    return seconds(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"])


def _runs_of_this_revision(rollout: Object, runs: Iterable[Object]) -> list[Object]:
    wanted = (rollout["status"].get("currentPodHash", ""), revision_of(rollout))
    found = [run for run in owned_by(rollout, runs) if (_label(run, HASH), revision_of(run)) == wanted]
    return sorted(found, key=lambda run: str(run["metadata"]["creationTimestamp"]))


def _run_view(run: Object) -> AnalysisRunView:
    status = run.get("status") or {}
    # A run whose controller has not come to it yet has no status; Argo calls that Pending.
    phase = status.get("phase") or "Pending"
    return AnalysisRunView(run["metadata"]["name"], _label(run, _RUN_KIND), phase, status.get("message", ""))


def _measurements(runs: Iterable[Object]) -> tuple[MeasurementView, ...]:
    found = [
        MeasurementView(
            t=seconds(measurement["finishedAt"]),
            metric=result["name"],
            value=measurement.get("value", ""),
            phase=measurement["phase"],
            run=run["metadata"]["name"],
            message=measurement.get("message", ""),
        )
        for run in runs
        for result in (run.get("status") or {}).get("metricResults") or ()
        for measurement in result.get("measurements") or ()
        if measurement.get("finishedAt")
    ]
    return tuple(sorted(found, key=lambda measurement: measurement.t))


def _replica_set_view(replica_set: Object, pods: Iterable[Object]) -> ReplicaSetView:
    spec, status = replica_set["spec"], replica_set.get("status") or {}
    return ReplicaSetView(
        name=replica_set["metadata"]["name"],
        pod_template_hash=_label(replica_set, HASH),
        revision=revision_of(replica_set),
        version=version_of(spec["template"]),
        desired=spec.get("replicas", 1),
        ready=status.get("readyReplicas", 0),
        pods=tuple(PodView(pod["metadata"]["name"], is_ready(pod)) for pod in owned_by(replica_set, pods)),
    )


def is_ready(pod: Object) -> bool:
    """Whether it takes requests: one that is on its way out does not, whatever its condition still says."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    ready = any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def _owners(thing: Object) -> set[str]:
    return {reference["uid"] for reference in thing["metadata"].get("ownerReferences") or ()}


def _label(thing: Object, name: str) -> str:
    return str((thing["metadata"].get("labels") or {}).get(name, ""))
