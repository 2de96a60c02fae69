"""The seam's views, made from the objects of a namespace as the API gives them. Pure."""

from collections.abc import Iterable

from platforms.kube.attempts import of_present_attempt
from platforms.kube.gate import RUN_KIND, metric_views, was_measured
from platforms.kube.objects import (
    HASH,
    Objects,
    canary_of,
    is_observed,
    is_of_this_template,
    is_ready,
    label,
    owned_by,
    phase_of,
    revision_of,
    seconds,
)
from platforms.kube.resources import Object, resource_version
from platforms.kube.templates import Templates
from seam.releases import images_of, release_of, version_of
from seam.views import (
    AnalysisRunView,
    DeliveryView,
    EventView,
    MeasurementView,
    PodView,
    ReplicaSetView,
    RolloutView,
)

__all__ = ["HASH", "delivery_view", "event_views", "rollout_view", "rollout_views"]

_UNOBSERVED = ("Progressing", "waiting for rollout spec update to be observed")
# As many of a Rollout's events are in its view.
_SHOWN_EVENTS = 50


def rollout_views(objects: Objects) -> tuple[RolloutView, ...]:
    """Every Rollout, by name."""
    ordered = sorted(objects.rollouts, key=lambda rollout: str(rollout["metadata"]["name"]))
    templates = Templates(objects.templates)
    return tuple(_rollout_view(rollout, objects, templates) for rollout in ordered)


def rollout_view(rollout: Object, objects: Objects) -> RolloutView:
    return _rollout_view(rollout, objects, Templates(objects.templates))


def _rollout_view(rollout: Object, objects: Objects, templates: Templates) -> RolloutView:
    """One Rollout as its controller sees it.

    Until the controller has looked at a new spec, the status still speaks of the revision before: its "Healthy" and
    its "aborted" are no verdict about what was released just now, and neither are its runs.
    """
    metadata, spec, status = rollout["metadata"], rollout["spec"], rollout.get("status") or {}
    owned = owned_by(rollout, objects.replica_sets)
    seen = is_observed(rollout) and is_of_this_template(rollout, owned)
    stable_hash, current_hash = status.get("stableRS", ""), status.get("currentPodHash", "") if seen else ""
    stable = next((one for one in owned if label(one, HASH) == stable_hash), None)
    # Without the status of the revision before, where that is all there is.
    present = rollout if seen else {**rollout, "status": {}}
    own_runs = [run for run in owned_by(rollout, objects.analysis_runs) if current_hash == label(run, HASH) != ""]
    runs = of_present_attempt(present, (run for run in own_runs if revision_of(run) == revision_of(rollout)))
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
        measured=was_measured(own_runs),
        analysis_runs=tuple(_run_view(run) for run in runs),
        measurements=_measurements(runs),
        metrics=metric_views(present, runs, templates),
        # By uid: another Rollout may have had the name before.
        events=event_views(_events_of(metadata["uid"], objects))[-_SHOWN_EVENTS:],
        replica_sets=tuple(_replica_set_view(one, objects.pods) for one in owned),
        delivery=delivery_view(objects.applications[0]) if objects.applications else None,
        strategy="BlueGreen" if spec["strategy"].get("blueGreen") is not None else "Canary",
    )


def delivery_view(application: Object) -> DeliveryView:
    """Of Argo CD's Application. Empty where it has not looked yet."""
    status = application.get("status") or {}
    sync, health = status.get("sync") or {}, status.get("health") or {}
    return DeliveryView(sync.get("revision", ""), sync.get("status", ""), health.get("status", ""))


def event_views(events: Iterable[Object]) -> tuple[EventView, ...]:
    """Oldest first."""
    ordered = sorted(events, key=lambda event: (_happened(event), resource_version(event)))
    return tuple(EventView(_happened(event), event["reason"], event["message"], event["type"]) for event in ordered)


def _events_of(uid: str, objects: Objects) -> Iterable[Object]:
    return (event for event in objects.events if event["involvedObject"].get("uid") == uid)


def _happened(event: Object) -> float:
    """When it did so last: the API counts repetitions in one event."""
    return seconds(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"])


def _run_view(run: Object) -> AnalysisRunView:
    status = run.get("status") or {}
    # A run whose controller has not come to it yet has no status; Argo calls that Pending.
    phase = status.get("phase") or "Pending"
    return AnalysisRunView(run["metadata"]["name"], label(run, RUN_KIND), phase, status.get("message", ""))


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
        pod_template_hash=label(replica_set, HASH),
        revision=revision_of(replica_set),
        version=version_of(spec["template"]),
        desired=spec.get("replicas", 1),
        ready=status.get("readyReplicas", 0),
        pods=tuple(_pod_view(pod) for pod in owned_by(replica_set, pods)),
        images=images_of(spec["template"]),
    )


def _pod_view(pod: Object) -> PodView:
    """Of its containers together: all restarts, whichever waits, and the one that ended last."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    states = [status.get("state") or {} for status in statuses]
    before = [status.get("lastState") or {} for status in statuses]
    ends = [state["terminated"] for state in (*before, *states) if state.get("terminated")]
    last: Object = max(ends, key=lambda end: str(end.get("finishedAt") or ""), default={})
    return PodView(
        name=pod["metadata"]["name"],
        ready=is_ready(pod),
        restarts=sum(status.get("restartCount", 0) for status in statuses),
        waiting=next((state["waiting"].get("reason", "") for state in states if state.get("waiting")), ""),
        last_exit_code=last.get("exitCode"),
        last_reason=last.get("reason") or "",
    )
