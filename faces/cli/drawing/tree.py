"""A Rollout as a tree, as people know it from `kubectl argo rollouts get rollout`.

Its status, then its revisions, newest first, each with its ReplicaSets, their pods, its AnalysisRuns and their metrics.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.text import Text

from faces.cli.drawing.going import bad_words
from faces.cli.drawing.marks import marked, style
from faces.cli.drawing.steps import actual_weight, set_weight, step_of
from seam.values import text_in_words
from seam.verdict import verdict
from seam.views import AnalysisRunView, MeasurementView, MetricView, PodView, ReplicaSetView, RolloutView

# So many measurements of a metric are shown: the last ones.
_LAST = 5
_NAME = 14


@dataclass(slots=True)
class Node:
    line: Text
    below: list["Node"] = field(default_factory=list)


def tree(view: RolloutView, width: int | None = None) -> list[Text]:
    """The whole of it, a line each. The lines above the tree itself are wrapped to `width`."""
    return [*head(view, width), Text(), *_drawn(_root(view))]


def head(view: RolloutView, width: int | None = None) -> list[Text]:
    status = f"{view.phase}: {view.message}" if view.message else view.phase
    room = max(20, width - _NAME - 2) if width is not None else len(status)
    first, *more = textwrap.wrap(status, max(1, room)) or [""]
    said: list[tuple[str, str | Text]] = [("Name", view.name), ("Status", marked(view.phase, first))]
    said += [("", Text(f"  {words}", style(view.phase))) for words in more]
    said.append(("Strategy", view.strategy))
    if view.steps:
        said.append(("Step", step_of(view)))
    said += [("SetWeight", str(set_weight(view))), ("ActualWeight", str(actual_weight(view)))]
    images = _images(view)
    said += [("Images", image) for image in images[:1]] + [("", image) for image in images[1:]]
    said += [("Replicas", _replicas(view)), ("Verdict", Text(verdict(view), "bold"))]
    return [Text.assemble(f"{f'{name}:' if name else '':{_NAME}}", words) for name, words in said]


def _images(view: RolloutView) -> list[str]:
    """`faces:dev (stable v1, canary v2)`; ReplicaSets that have no pod any more are left out."""
    roles: dict[str, list[str]] = {}
    for one in _newest_first(view):
        role = _role(one, view)
        if role and one.images:
            roles.setdefault(", ".join(one.images), []).append(f"{role} {one.version}")
    return [f"{image} ({', '.join(reversed(named))})" for image, named in roles.items()]


def _replicas(view: RolloutView) -> str:
    updated = sum(one.desired for one in view.replica_sets if one.pod_template_hash == view.current_hash)
    desired, ready = (sum(getattr(one, name) for one in view.replica_sets) for name in ("desired", "ready"))
    return f"{desired} desired, {updated} updated, {ready} ready"


def _role(one: ReplicaSetView, view: RolloutView) -> str:
    if one.pod_template_hash == view.stable_hash:
        return "stable"
    return "canary" if one.pod_template_hash == view.current_hash else ""


def _newest_first(view: RolloutView) -> list[ReplicaSetView]:
    return sorted(view.replica_sets, key=lambda one: one.revision, reverse=True)


def _root(view: RolloutView) -> Node:
    root = Node(Text.assemble((view.name, "bold"), "  ", marked(view.phase)))
    for one in _newest_first(view):
        revision = Node(_revision(one, view), [_replica_set(one)])
        if one.pod_template_hash == view.current_hash:
            revision.below += [_run(run, view) for run in view.analysis_runs]
        root.below.append(revision)
    return root


def _revision(one: ReplicaSetView, view: RolloutView) -> Text:
    released = f", released as {view.release}" if view.release and one.pod_template_hash == view.current_hash else ""
    role = _role(one, view)
    return Text(f"# revision {one.revision}: {one.version}{f', {role}' if role else ''}{released}")


def _replica_set(one: ReplicaSetView) -> Node:
    phase = "Healthy" if one.ready >= one.desired else "Progressing"
    state = marked(phase, f"{one.ready}/{one.desired} ready") if one.desired or one.pods else Text("scaled down", "dim")
    return Node(Text.assemble("ReplicaSet ", one.name, "  ", state), [Node(_pod(pod)) for pod in one.pods])


def _pod(pod: PodView) -> Text:
    state = marked("Healthy" if pod.ready else "Progressing", "ready" if pod.ready else "not ready")
    return Text.assemble("Pod ", pod.name, "  ", state, f", {pod.trouble}" if pod.trouble else "")


def _run(run: AnalysisRunView, view: RolloutView) -> Node:
    kind = f" ({run.kind})" if run.kind else ""
    why = f", {run.message}" if run.message else ""
    line = Text.assemble("AnalysisRun ", run.name, kind, "  ", marked(run.phase), why)
    metrics = [metric for metric in view.metrics if metric.run == run.name]
    return Node(line, [_metric(metric, _of(metric, view.measurements)) for metric in metrics])


def _of(metric: MetricView, measurements: Sequence[MeasurementView]) -> list[MeasurementView]:
    return [one for one in measurements if (one.run, one.metric) == (metric.run, metric.name)]


def _metric(metric: MetricView, measured: Sequence[MeasurementView]) -> Node:
    """`success-rate  ✗ Failed, at least 95 % demanded, bad 2 of 2`, and below it what was measured."""
    words = [metric.phase, f"{metric.demands} demanded" if metric.demands else "", bad_words(metric)]
    line = Text.assemble(metric.name, "  ", marked(metric.phase, ", ".join(filter(None, words))))
    return Node(line, [Node(_measurements(metric, measured[-_LAST:]))] if measured else [])


def _measurements(metric: MetricView, measured: Sequence[MeasurementView]) -> Text:
    said = [marked(one.phase, text_in_words(one.value, metric.unit, metric.bound)) for one in measured]
    line = Text("  ").join(said)
    if measured[-1].message:  # why it is an error
        line.append(f"  {measured[-1].message}", style(measured[-1].phase))
    return line


def _drawn(node: Node, here: str = "", below: str = "") -> Iterator[Text]:
    yield Text.assemble((here, "dim"), node.line)
    for child in node.below:
        last = child is node.below[-1]
        yield from _drawn(child, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "))
