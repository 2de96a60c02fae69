"""Rollouts held against the Services and AnalysisTemplates that there are."""

from typing import Any

import pytest

from rollouts import Invalid, Unsupported, parse_rollout
from rollouts.analysis import AnalysisTemplate, parse_analysis_template
from rollouts.model import Rollout
from rollouts.validation.references import analyses_of, first_reference_problem

CANARY, BLUE_GREEN = "spec.strategy.canary", "spec.strategy.blueGreen"
STEP, BACKGROUND = f"{CANARY}.steps[0].analysis.templates", f"{CANARY}.analysis.templates"
WEB = {"web": {"url": "http://provider"}}
ONCE, ENDLESS = {"name": "once", "provider": WEB}, {"name": "endless", "interval": "1s", "provider": WEB}


def rollout(strategy: dict[str, Any]) -> Rollout:
    pods = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
    return parse_rollout(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Rollout",
            "metadata": {"name": "a"},
            "spec": {"selector": {"matchLabels": {"app": "a"}}, "template": pods, "strategy": strategy},
        }
    )


def canary(step: dict[str, Any] | None = None, background: dict[str, Any] | None = None) -> Rollout:
    steps = [{"analysis": step}] if step is not None else []
    return rollout({"canary": {"steps": steps, **({"analysis": background} if background is not None else {})}})


def asking(*names: str, **fields: Any) -> dict[str, Any]:
    return {"templates": [{"templateName": name} for name in names], **fields}


def template(*metrics: dict[str, Any], name: str = "t", **spec: Any) -> AnalysisTemplate:
    return parse_analysis_template(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AnalysisTemplate",
            "metadata": {"name": name},
            "spec": {"metrics": list(metrics), **spec},
        }
    )


def problem(of: Rollout, *templates: AnalysisTemplate) -> tuple[str, str] | None:
    found = first_reference_problem(of, {one.key: one for one in templates})
    assert found is None or type(found) is Invalid
    return None if found is None else (found.field, found.message)


def test_what_is_there_and_ends_is_well() -> None:
    assert problem(canary(asking("t"), asking("b")), template(ONCE), template(ENDLESS, name="b")) is None
    assert problem(canary()) is None


def test_analyses_are_looked_at_in_argos_order() -> None:
    paths = [path for path, _ in analyses_of(canary(asking("t"), asking("b")))]
    assert paths == [f"{CANARY}.steps[0].analysis", f"{CANARY}.analysis"]
    both = {"activeService": "s", "postPromotionAnalysis": asking("t"), "prePromotionAnalysis": asking("t")}
    paths = [path for path, _ in analyses_of(rollout({"blueGreen": both}))]
    assert paths == [f"{BLUE_GREEN}.prePromotionAnalysis", f"{BLUE_GREEN}.postPromotionAnalysis"]


def test_what_is_missing_is_told_before_what_does_not_fit() -> None:
    assert problem(canary(asking("t"), asking("b")), template(ENDLESS)) == (
        BACKGROUND,
        "AnalysisTemplate 'b' not found",
    )


@pytest.mark.parametrize(
    ("metric", "count"),
    [
        (ENDLESS, "<nil>"),
        ({**ENDLESS, "count": 0}, "0"),
        ({**ENDLESS, "count": "many"}, "many"),
        ({**ENDLESS, "count": "{{args.count}}"}, "dummy-value"),
    ],
)
def test_a_metric_without_an_end_is_for_the_background_alone(metric: dict[str, Any], count: str) -> None:
    there = template({**ONCE}, metric, args=[{"name": "count"}])
    given = {"args": [{"name": "count", "value": "3"}]}
    why = f"AnalysisTemplate t has metric endless which runs indefinitely. Invalid value for count: {count}"
    assert problem(canary(asking("t", **given)), there) == (STEP, why)
    assert problem(canary(None, asking("t", **given)), there) is None
    before = rollout({"blueGreen": {"activeService": "s", "prePromotionAnalysis": asking("t", **given)}})
    assert problem(before, there) == (f"{BLUE_GREEN}.prePromotionAnalysis.templates", why)


def test_a_count_that_the_template_itself_gives_is_an_end() -> None:
    there = template({**ENDLESS, "count": "{{args.count}}"}, args=[{"name": "count", "value": "3"}])
    assert problem(canary(asking("t")), there) is None


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"args": [{"name": "x"}]}, "args.x was not resolved"),
        (
            {"args": [{"name": "x", "value": "1", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]},
            "AnalysisTemplate t: arg 'x' has both Value and ValueFrom fields",
        ),
        ({"templates": [{"templateName": "same"}]}, "two metrics have the same name 'once'"),
    ],
)
def test_what_does_not_fit_is_told_in_argos_words(spec: dict[str, Any], why: str) -> None:
    assert problem(canary(asking("t")), template(ONCE, **spec), template(ONCE, name="same")) == (STEP, why)


def test_a_nested_template_has_but_its_own_arguments() -> None:
    outer = template(ONCE, templates=[{"templateName": "inner"}], args=[{"name": "x", "value": "1"}])
    inner = template({**ENDLESS, "count": "{{args.x}}"}, name="inner")
    why = "AnalysisTemplate inner: failed to resolve {{args.x}}"
    assert problem(canary(asking("t")), outer, inner) == (STEP, why)


def test_the_rules_of_a_step_are_held_against_the_templates_of_every_analysis() -> None:
    rule = {"dryRun": [{"metricName": "e"}]}
    background = template(ENDLESS, name="b", **rule)
    why = "two Dry-Run metric rules have the same name 'e'"
    assert problem(canary(asking("t", **rule), asking("b")), template(ONCE), background) == (BACKGROUND, why)
    assert problem(canary(asking("t"), asking("b", **rule)), template(ONCE), background) is None


def test_a_template_that_names_itself_is_not_supported() -> None:
    there = template(ONCE, templates=[{"templateName": "t"}])
    found = first_reference_problem(canary(asking("t")), {"t": there})
    assert isinstance(found, Unsupported)
    assert found.field == STEP


def test_a_template_that_is_there_and_names_one_that_is_not() -> None:
    for reference, kind in (({}, "AnalysisTemplate"), ({"clusterScope": True}, "ClusterAnalysisTemplate")):
        there = template(ONCE, templates=[{"templateName": "x", **reference}])
        assert problem(canary(asking("t")), there) == ("spec.templates", f"{kind} 'x' not found")


@pytest.mark.parametrize(
    ("given", "why"),
    [({}, "missing analysis arguments in rollout spec"), ({"args": [{"name": "y", "value": "1"}]}, "x")],
)
def test_in_the_background_a_value_of_another_template_is_none(given: dict[str, Any], why: str) -> None:
    wanting = template(ENDLESS, name="b", args=[{"name": "x"}])
    having = template(ONCE, name="c", args=[{"name": "x", "value": "1"}])
    assert problem(canary(None, asking("b", "c", **given)), wanting, having) == (BACKGROUND, why)


@pytest.mark.parametrize(
    ("services", "field", "why"),
    [
        ({"c": {}}, "stableService", 'service "s" not found'),
        ({"s": {"app": "x"}}, "canaryService", 'service "c" not found'),
        ({"s": {"app": "a"}, "c": {"tier": "x"}}, "canaryService", 'Service "c" has unmatch label "tier" in rollout'),
    ],
)
def test_services_are_there_and_select_the_pods(services: dict[str, dict[str, str]], field: str, why: str) -> None:
    of = rollout({"canary": {"stableService": "s", "canaryService": "c"}})
    found = first_reference_problem(of, {}, services)
    assert found is not None
    assert (type(found), found.field, found.message) == (Invalid, f"{CANARY}.{field}", why)


def test_a_service_may_select_one_version() -> None:
    services = {"s": {"app": "a", "rollouts-pod-template-hash": "old"}}
    assert first_reference_problem(rollout({"blueGreen": {"activeService": "s"}}), {}, services) is None
    assert first_reference_problem(rollout({"blueGreen": {"activeService": "other"}}), {}) is None


def test_services_are_looked_at_before_templates() -> None:
    before = {"activeService": "s", "previewService": "p", "prePromotionAnalysis": asking("t")}
    found = first_reference_problem(rollout({"blueGreen": before}), {}, {"s": {}})
    assert str(found) == f'{BLUE_GREEN}.previewService: service "p" not found'
    found = first_reference_problem(rollout({"blueGreen": before}), {}, {"s": {"x": "y"}, "p": {}})
    assert str(found) == f"{BLUE_GREEN}.prePromotionAnalysis.templates: AnalysisTemplate 't' not found"
