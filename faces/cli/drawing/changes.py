"""What has changed from one view of a Rollout to the next, a sentence each: for logs, where nothing is redrawn."""

from collections.abc import Iterator

from faces.cli.drawing.steps import actual_weight, set_weight, step_of
from seam.values import text_in_words
from seam.verdict import verdict
from seam.views import MeasurementView, RolloutView


def changes(before: RolloutView, after: RolloutView) -> list[str]:
    """Without the Rollout's name; nothing where nobody would see a difference."""
    if after.revision != before.revision:
        released = f", released as {after.release}" if after.release else ""
        return [f"Revision {after.revision}: {after.current_version}{released}", *_all(before, after)]
    return list(_all(before, after))


def _all(before: RolloutView, after: RolloutView) -> Iterator[str]:
    for words in (_status, _step, _weight):
        if words(after) != words(before):
            yield words(after)
    yield from _replica_sets(before, after)
    yield from _analyses(before, after)
    if verdict(after) != verdict(before):
        yield f"Verdict: {verdict(after)}"


def _status(view: RolloutView) -> str:
    return f"Status: {view.phase}{f': {view.message}' if view.message else ''}"


def _step(view: RolloutView) -> str:
    return f"Step: {step_of(view)}"


def _weight(view: RolloutView) -> str:
    return f"SetWeight: {set_weight(view)}, ActualWeight: {actual_weight(view)}"


def _replica_sets(before: RolloutView, after: RolloutView) -> Iterator[str]:
    known = {one.name: one for one in before.replica_sets}
    troubles = {pod.name: pod.trouble for one in before.replica_sets for pod in one.pods}
    for one in after.replica_sets:
        was = known.get(one.name)
        if was is None or (was.ready, was.desired) != (one.ready, one.desired):
            yield f"ReplicaSet {one.name} ({one.version}): {one.ready}/{one.desired} ready"
        for pod in one.pods:
            if pod.trouble and troubles.get(pod.name) != pod.trouble:
                yield f"Pod {pod.name}: {'ready' if pod.ready else 'not ready'}, {pod.trouble}"


def _analyses(before: RolloutView, after: RolloutView) -> Iterator[str]:
    # By run, metric and time, not by their number: a run keeps only the last ten of each metric.
    known = {(one.run, one.metric, one.t) for one in before.measurements}
    for one in after.measurements:
        if (one.run, one.metric, one.t) not in known:
            yield f"AnalysisRun {one.run}: {_measurement(one, after)}"
    phases = {run.name: run.phase for run in before.analysis_runs}
    for run in after.analysis_runs:
        if phases.get(run.name) != run.phase:
            kind = f" ({run.kind})" if run.kind else ""
            yield f"AnalysisRun {run.name}{kind}: {run.phase}{f', {run.message}' if run.message else ''}"


def _measurement(one: MeasurementView, view: RolloutView) -> str:
    metric = view.metric(one.metric, one.run)
    unit, bound = (metric.unit, metric.bound) if metric is not None else ("", None)
    demanded = f", {metric.demands} demanded" if metric is not None and metric.demands else ""
    why = f" ({one.message})" if one.message else ""
    return f"{one.metric} {text_in_words(one.value, unit, bound)}{demanded}: {one.phase}{why}"
