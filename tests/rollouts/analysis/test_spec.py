from __future__ import annotations

from typing import Any

import pytest

from rollouts.analysis import parse_analysis_template
from rollouts.errors import Invalid, Unsupported

SPEC: dict[str, Any] = {
    "args": [{"name": "hash"}, {"name": "threshold", "value": "0.95"}],
    "dryRun": [{"metricName": "latency"}],
    "measurementRetention": [{"metricName": "latency", "limit": 20}],
    "metrics": [
        {
            "name": "success-rate",
            "interval": "5s",
            "initialDelay": "10s",
            "count": "{{args.count}}",
            "failureLimit": 1,
            "inconclusiveLimit": "2",
            "consecutiveErrorLimit": 4,
            "consecutiveSuccessLimit": 0,
            "successCondition": "result[0] >= {{args.threshold}}",
            "failureCondition": "result[0] < 0.5",
            "provider": {"prometheus": {"address": "http://p:9090", "query": "up", "timeout": 5}},
        },
        {
            "name": "latency",
            "provider": {
                "web": {
                    "url": "https://example.test/",
                    "method": "POST",
                    "headers": [{"key": "Authorization", "value": "Bearer {{args.token}}"}],
                    "jsonBody": {"a": [1, None]},
                    "jsonPath": "{$.data}",
                    "timeoutSeconds": 3,
                    "insecure": True,
                }
            },
        },
    ],
}


def document(spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisTemplate",
        "metadata": {"name": "checks"},
        "spec": spec,
    }


def wrong_type(field: str, wanted: str, found: str) -> str:
    return f'{field}: Invalid value: "{found}": {field} in body must be of type {wanted}: "{found}"'


def test_every_field_is_read() -> None:
    template = parse_analysis_template(document(SPEC))
    success, latency = template.metrics
    assert template.name == "checks"
    assert [argument.value for argument in template.args] == [None, "0.95"]
    assert template.dry_run[0].metric_name == template.measurement_retention[0].metric_name == "latency"
    assert (success.interval, success.initial_delay, success.count) == ("5s", "10s", "{{args.count}}")
    assert (success.failure_limit, success.inconclusive_limit) == (1, "2")
    assert success.provider.prometheus is not None
    assert success.provider.prometheus.timeout == 5
    assert latency.provider.web is not None
    assert latency.provider.web.headers[0].key == "Authorization"
    assert latency.provider.web.timeout_seconds == 3


def test_a_null_is_a_field_that_was_not_set() -> None:
    spec: dict[str, Any] = {"metrics": [{"name": "m", "count": None, "provider": {"prometheus": {}, "web": None}}]}
    (metric,) = parse_analysis_template(document(spec)).metrics
    assert metric.count is None
    assert metric.provider.web is None


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"metrics": [{"name": "m", "provider": {"datadog": {}}}]}, "spec.metrics[0].provider.datadog"),
        ({"metrics": [{"name": "m", "provider": {"job": {"spec": {"template": {}}}}}]}, "spec.metrics[0].provider.job"),
        (
            {"metrics": [{"name": "m", "provider": {"prometheus": {"rangeQuery": {}}}}]},
            "spec.metrics[0].provider.prometheus.rangeQuery",
        ),
        (
            {"metrics": [{"name": "m", "provider": {"web": {"url": "u", "authentication": {}}}}]},
            "spec.metrics[0].provider.web.authentication",
        ),
    ],
)
def test_what_only_argo_knows_is_refused_with_its_name(spec: Any, field: str) -> None:
    with pytest.raises(Unsupported, match=r"this engine does not support .*; remove the field, or run") as refused:
        parse_analysis_template(document(spec))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"metric": []}, "spec.metric"),
        ({"name": "other"}, "spec.name"),
        ({"clusterScope": True}, "spec.clusterScope"),
        ({"templates": [{"templateName": "a", "args": []}]}, "spec.templates[0].args"),
        (
            {"metrics": [{"name": "m", "provider": {}, "success_condition": "true"}]},
            "spec.metrics[0].success_condition",
        ),
        (
            {"metrics": [{"name": "m", "provider": {"prometheus": {"url": "x"}}}]},
            "spec.metrics[0].provider.prometheus.url",
        ),
    ],
)
def test_an_unknown_field_is_refused_with_its_path(spec: Any, field: str) -> None:
    with pytest.raises(Invalid, match=r"unknown field \".*\"; remove it, or correct its spelling") as refused:
        parse_analysis_template(document(spec))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"metrics": {}}, wrong_type("spec.metrics", "array", "object")),
        ({"metrics": [{"provider": {}}]}, "spec.metrics[0].name: Required value"),
        ({"metrics": [{"name": "m"}]}, "spec.metrics[0].provider: Required value"),
        ({"metrics": [{"name": "m", "provider": {"web": {}}}]}, "spec.metrics[0].provider.web.url: Required value"),
        (
            {"metrics": [{"name": "m", "interval": 5, "provider": {}}]},
            wrong_type("spec.metrics[0].interval", "string", "integer"),
        ),
        (
            {"metrics": [{"name": "m", "count": True, "provider": {}}]},
            wrong_type("spec.metrics[0].count", "integer,string", "boolean"),
        ),
        ({"args": [{"name": "a", "value": 5}]}, wrong_type("spec.args[0].value", "string", "integer")),
        ({"dryRun": [{}]}, "spec.dryRun[0].metricName: Required value"),
        (["metrics"], wrong_type("spec", "object", "array")),
    ],
)
def test_a_field_of_the_wrong_shape_is_invalid_in_one_sentence(spec: Any, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_analysis_template(document(spec))
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"apiVersion": "v1"}, "apiVersion"),
        ({"kind": "Rollout"}, "kind"),
        ({"metadata": {}}, "metadata.name"),
        ({"metadata": None}, "metadata.name"),
    ],
)
def test_another_kind_of_document_is_invalid(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_analysis_template({**document(SPEC), **change})
    assert refused.value.field == field


def test_a_cluster_template_is_told_from_one_of_the_namespace_by_its_key() -> None:
    own = parse_analysis_template(document(SPEC))
    everybodys = parse_analysis_template({**document(SPEC), "kind": "ClusterAnalysisTemplate"})
    assert (own.key, everybodys.key) == (own.name, f"ClusterAnalysisTemplate/{own.name}")
    assert own.metrics == everybodys.metrics


def test_the_templates_of_a_template_are_read() -> None:
    refs = [{"templateName": "a"}, {"templateName": "b", "clusterScope": True}, {"templateName": "c"}]
    template = parse_analysis_template(document({"templates": refs}))
    assert [ref.key for ref in template.templates] == ["a", "ClusterAnalysisTemplate/b", "c"]
    assert template.metrics == ()


def test_a_field_beside_the_spec_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        parse_analysis_template({**document(SPEC), "data": {}})
    assert refused.value.field == "data"
