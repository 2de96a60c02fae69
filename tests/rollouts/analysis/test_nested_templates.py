from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from rollouts.analysis import AnalysisTemplate, build_run
from rollouts.errors import Invalid, Unsupported

if TYPE_CHECKING:
    from tests.rollouts.analysis.conftest import Laboratory


def everybodys(template: AnalysisTemplate) -> AnalysisTemplate:
    return template.model_copy(update={"cluster_scope": True})


def naming(*keys: str) -> dict[str, Any]:
    return {"templates": [{"templateName": key.split("/")[-1], "clusterScope": "/" in key} for key in keys]}


def metrics_of(lab: Laboratory, keys: tuple[str, ...], *templates: AnalysisTemplate) -> list[str]:
    run = build_run(replace(lab.request(), templates=keys), {template.key: template for template in templates})
    return [metric.name for metric in run.metrics]


def test_a_template_of_the_namespace_and_one_of_the_cluster_may_have_one_name(lab: Laboratory) -> None:
    templates = (lab.template({"name": "a"}), everybodys(lab.template({"name": "b"})))
    assert metrics_of(lab, ("template",), *templates) == ["a"]
    assert metrics_of(lab, ("ClusterAnalysisTemplate/template",), *templates) == ["b"]
    assert metrics_of(lab, ("ClusterAnalysisTemplate/template", "template"), *templates) == ["a", "b"]


def test_nested_templates_follow_the_one_that_names_them_those_of_the_cluster_last_and_each_once(
    lab: Laboratory,
) -> None:
    templates = (
        lab.template({"name": "1"}, name="top", **naming("ClusterAnalysisTemplate/shared", "left", "right")),
        lab.template({"name": "2"}, name="left", **naming("deep")),
        lab.template({"name": "3"}, name="deep"),
        lab.template({"name": "4"}, name="right", **naming("deep", "ClusterAnalysisTemplate/other")),
        everybodys(lab.template({"name": "5"}, name="shared", **naming("last"))),
        everybodys(lab.template({"name": "6"}, name="other")),
        lab.template({"name": "7"}, name="last"),
    )
    assert metrics_of(lab, ("top",), *templates) == ["1", "7", "2", "3", "4", "5", "6"]


def test_arguments_and_rules_of_nested_templates_count(lab: Laboratory) -> None:
    top = lab.template(name="top", **naming("deep"), args=[{"name": "x"}])
    deep = lab.template(
        {"name": "a", "interval": "{{args.x}}"},
        name="deep",
        args=[{"name": "x", "value": "5s"}],
        dryRun=[{"metricName": "a"}],
    )
    run = build_run(lab.request("top"), {"top": top, "deep": deep})
    assert run.metrics[0].interval == "5s"
    assert run.dry_run == {"a"}


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("nowhere", "AnalysisTemplate 'nowhere' not found"),
        ("ClusterAnalysisTemplate/template", "ClusterAnalysisTemplate 'template' not found"),
    ],
)
def test_a_nested_template_that_is_not_there_is_refused(lab: Laboratory, key: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        metrics_of(lab, ("template",), lab.template({"name": "a"}, **naming(key)))
    assert str(refused.value) == f"templates: {sentence}"


def test_a_template_that_names_itself_by_way_of_another_is_refused(lab: Laboratory) -> None:
    templates = (
        lab.template({"name": "a"}, name="one", **naming("ClusterAnalysisTemplate/two")),
        everybodys(lab.template({"name": "b"}, name="two", **naming("one"))),
    )
    with pytest.raises(Unsupported) as refused:
        metrics_of(lab, ("one",), *templates)
    assert refused.value.message == "AnalysisTemplate 'one' lists itself in its templates; remove it there"
