from typing import Any

import yaml

from manifests import BASE
from platforms.kube.measuring import queries_of
from platforms.measuring import Query, wanted_series

SHIPPED = BASE / "analysis.yaml"


def template(query: str | None, name: str = "success-rate", **args: str) -> dict[str, Any]:
    provider = {"prometheus": {"query": query}} if query is not None else {"job": {}}
    given = [{"name": key, "value": value} for key, value in args.items()]
    return {
        "metadata": {"name": name},
        "spec": {"args": [{"name": "hash"}, *given], "metrics": [{"name": "rate", "provider": provider}]},
    }


def test_the_shipped_templates_can_be_read() -> None:
    found = wanted_series(queries_of(yaml.safe_load_all(SHIPPED.read_text())))
    assert {series.name for *_, series in found} == {"request_total", "response_total", "response_latency_ms_bucket"}
    assert all(series.in_namespace for *_, series in found)


def test_a_query_comes_with_those_of_its_arguments_that_have_a_value() -> None:
    assert queries_of([template("rate(a[{{args.window}}])", window="15s"), template(None)]) == [
        Query("success-rate", "rate", "rate(a[{{args.window}}])", {"window": "15s"})
    ]


def test_a_template_of_nothing_but_other_templates_asks_for_nothing() -> None:
    assert queries_of([{"metadata": {"name": "both"}, "spec": {"templates": [{"templateName": "one"}]}}]) == []
