"""What the AnalysisTemplates of Rollouts ask Prometheus for, and whether the data plane has it. Pure."""

from collections.abc import Iterable, Iterator

from platforms.kube.resources import Object
from platforms.kube.templates import used_templates
from platforms.measuring import Query
from platforms.signals import ANNOTATION, DataPlane, check_signals


def queries_of(rollouts: Iterable[Object], templates: Iterable[Object]) -> list[Query]:
    """The Prometheus queries of the AnalysisTemplates that the Rollouts' analyses use."""
    queries = []
    for template in used_templates(rollouts, templates):
        spec, name = template.get("spec") or {}, template["metadata"]["name"]
        values = {arg["name"]: arg["value"] for arg in spec.get("args") or () if "value" in arg}
        for metric in spec.get("metrics") or ():
            promql = ((metric.get("provider") or {}).get("prometheus") or {}).get("query")
            if promql is not None:
                queries.append(Query(name, metric["name"], promql, values))
    return queries


def check_templates(documents: Iterable[Object]) -> None:
    """Raises UserError for an AnalysisTemplate that asks for what the data plane in these manifests does not measure.

    Manifests in which no object says what it measures are not checked: their data plane is somebody else's.
    """
    known = list(documents)
    rollouts = [one for one in known if one["kind"] == "Rollout"]
    templates = [one for one in known if one["kind"] in ("AnalysisTemplate", "ClusterAnalysisTemplate")]
    for data_plane in _data_planes(known):
        check_signals(queries_of(rollouts, templates), data_plane)


def _data_planes(documents: Iterable[Object]) -> Iterator[DataPlane]:
    for document in documents:
        series = (document["metadata"].get("annotations") or {}).get(ANNOTATION)
        if series is not None:
            yield DataPlane(f"{document['kind']} {document['metadata']['name']}", frozenset(series.split()))
