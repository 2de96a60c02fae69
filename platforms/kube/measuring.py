"""The Prometheus queries of AnalysisTemplates as the API server gives them."""

from collections.abc import Iterable

from platforms.kube.resources import Object
from platforms.measuring import Query


def queries_of(templates: Iterable[Object]) -> list[Query]:
    queries = []
    for template in templates:
        spec, name = template["spec"], template["metadata"]["name"]
        values = {arg["name"]: arg["value"] for arg in spec.get("args") or () if "value" in arg}
        for metric in spec.get("metrics") or ():
            promql = (metric["provider"].get("prometheus") or {}).get("query")
            if promql is not None:
                queries.append(Query(name, metric["name"], promql, values))
    return queries
