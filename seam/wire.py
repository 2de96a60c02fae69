"""Views as JSON: what `faces status --json` prints, the page asks for and a record keeps.

Keys are Argo's own where Argo has one. Numbers come in words as well (`words`, `demands`), so that nobody who reads
them has to know what a metric's unit means.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from seam.values import Bound, text_in_words
from seam.verdict import verdict
from seam.views import (
    AnalysisRunView,
    DeliveryView,
    EventView,
    MeasurementView,
    MetricView,
    PlatformView,
    PodView,
    ReplicaSetView,
    RolloutView,
)


def platform_to_json(view: PlatformView) -> dict[str, Any]:
    return {
        "platform": view.platform,
        "engine": view.engine,
        "gui": view.gui,
        "prometheus": view.prometheus,
        "rollouts": [rollout_to_json(rollout) for rollout in view.rollouts],
        "processes": dict(view.processes),
    }


def platform_from_json(shown: Mapping[str, Any]) -> PlatformView:
    """The inverse of `platform_to_json`."""
    return PlatformView(
        platform=shown["platform"],
        engine=shown["engine"],
        gui=shown["gui"],
        prometheus=shown["prometheus"],
        rollouts=tuple(rollout_from_json(view) for view in shown["rollouts"]),
        processes=shown["processes"],
    )


def rollout_to_json(view: RolloutView) -> dict[str, Any]:
    return {
        "name": view.name,
        "namespace": view.namespace,
        "phase": view.phase,
        "message": view.message,
        "revision": view.revision,
        "stableRS": view.stable_hash,
        "currentPodHash": view.current_hash,
        "stableVersion": view.stable_version,
        "canaryVersion": view.current_version,
        "currentStepIndex": view.current_step_index,
        "steps": list(view.steps),
        "weights": {"canary": view.canary_weight, "stable": view.stable_weight},
        "aborted": view.aborted,
        "pauseReason": view.pause_reason,
        "measured": view.measured,
        "unmeasured": view.unmeasured,
        "release": {"version": view.current_version, "fault": view.release} if view.release else None,
        "analysisRuns": [asdict(run) for run in view.analysis_runs],
        "measurements": [_measurement_to_json(measurement, view) for measurement in view.measurements],
        "metrics": [_metric_to_json(metric) for metric in view.metrics],
        "events": [asdict(event) for event in view.events],
        "replicaSets": [_replica_set_to_json(replica_set) for replica_set in view.replica_sets],
        "delivery": asdict(view.delivery) if view.delivery is not None else None,
        "strategy": view.strategy,
        "verdict": verdict(view),
    }


def rollout_from_json(shown: Mapping[str, Any]) -> RolloutView:
    """The inverse of `rollout_to_json`."""
    release = shown["release"]
    return RolloutView(
        name=shown["name"],
        namespace=shown["namespace"],
        phase=shown["phase"],
        message=shown["message"],
        revision=shown["revision"],
        stable_hash=shown["stableRS"],
        current_hash=shown["currentPodHash"],
        stable_version=shown["stableVersion"],
        current_version=shown["canaryVersion"],
        current_step_index=shown["currentStepIndex"],
        steps=tuple(shown["steps"]),
        canary_weight=shown["weights"]["canary"],
        stable_weight=shown["weights"]["stable"],
        aborted=shown["aborted"],
        pause_reason=shown["pauseReason"],
        measured=shown["measured"],
        release=release["fault"] if release else None,
        analysis_runs=tuple(AnalysisRunView(**run) for run in shown["analysisRuns"]),
        measurements=tuple(_measurement_from_json(measurement) for measurement in shown["measurements"]),
        metrics=tuple(_metric_from_json(metric) for metric in shown["metrics"]),
        events=tuple(EventView(**event) for event in shown["events"]),
        replica_sets=tuple(_replica_set_from_json(replica_set) for replica_set in shown["replicaSets"]),
        # Records of earlier days do not know it.
        delivery=DeliveryView(**shown["delivery"]) if shown.get("delivery") else None,
        strategy=shown.get("strategy", "Canary"),
    )


def _measurement_to_json(measurement: MeasurementView, view: RolloutView) -> dict[str, Any]:
    metric = view.metric(measurement.metric, measurement.run)
    unit, bound = (metric.unit, metric.bound) if metric is not None else ("", None)
    shown = {
        "t": measurement.t,
        "metric": measurement.metric,
        "value": measurement.value,
        "words": text_in_words(measurement.value, unit, bound),
        "phase": measurement.phase,
        "run": measurement.run,
    }
    return shown | ({"message": measurement.message} if measurement.message else {})


def _measurement_from_json(shown: Mapping[str, Any]) -> MeasurementView:
    return MeasurementView(
        t=shown["t"],
        metric=shown["metric"],
        value=shown["value"],
        phase=shown["phase"],
        run=shown["run"],
        message=shown.get("message", ""),
    )


def _metric_to_json(metric: MetricView) -> dict[str, Any]:
    return {
        "name": metric.name,
        "run": metric.run,
        "phase": metric.phase,
        "unit": metric.unit,
        "demands": metric.demands,
        "bound": bound_to_json(metric.bound),
        "limits": {
            "failure": metric.failure_limit,
            "inconclusive": metric.inconclusive_limit,
            "consecutiveError": metric.consecutive_error_limit,
            "count": metric.count,
        },
        "counts": {
            "successful": metric.successful,
            "failed": metric.failed,
            "inconclusive": metric.inconclusive,
            "error": metric.errors,
            "consecutiveError": metric.consecutive_errors,
        },
        "nextAt": metric.next_at,
        "query": metric.query,
    }


def _metric_from_json(shown: Mapping[str, Any]) -> MetricView:
    limits, counts, bound = shown["limits"], shown["counts"], shown["bound"]
    return MetricView(
        name=shown["name"],
        run=shown["run"],
        phase=shown["phase"],
        unit=shown["unit"],
        demands=shown["demands"],
        bound=Bound(bound["op"], bound["value"]) if bound else None,
        failure_limit=limits["failure"],
        inconclusive_limit=limits["inconclusive"],
        consecutive_error_limit=limits["consecutiveError"],
        count=limits["count"],
        successful=counts["successful"],
        failed=counts["failed"],
        inconclusive=counts["inconclusive"],
        errors=counts["error"],
        consecutive_errors=counts["consecutiveError"],
        next_at=shown["nextAt"],
        query=shown["query"],
    )


def bound_to_json(bound: Bound | None) -> dict[str, Any] | None:
    return {"op": bound.op, "value": bound.value} if bound is not None else None


def _replica_set_to_json(replica_set: ReplicaSetView) -> dict[str, Any]:
    return {
        "name": replica_set.name,
        "podTemplateHash": replica_set.pod_template_hash,
        "revision": replica_set.revision,
        "version": replica_set.version,
        "replicas": replica_set.desired,
        "readyReplicas": replica_set.ready,
        "pods": [asdict(pod) for pod in replica_set.pods],
        "images": list(replica_set.images),
    }


def _replica_set_from_json(shown: Mapping[str, Any]) -> ReplicaSetView:
    return ReplicaSetView(
        name=shown["name"],
        pod_template_hash=shown["podTemplateHash"],
        revision=shown["revision"],
        version=shown["version"],
        desired=shown["replicas"],
        ready=shown["readyReplicas"],
        pods=tuple(PodView(**pod) for pod in shown["pods"]),
        images=tuple(shown.get("images", ())),
    )
