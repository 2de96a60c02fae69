"""What a metric demands and where it stands, read of AnalysisRuns and templates as the API gives them."""

from typing import Any

import pytest

from platforms.kube.gate import metric_views, was_measured
from platforms.kube.templates import Templates, analyses_of, named_cluster_templates
from seam.values import Bound
from seam.views import MetricView
from tests.platforms.kube.objects import measurement, rollout, run, under_way

Document = dict[str, Any]
STARTED = 1767225600  # 2026-01-01T00:00:00Z
BACKGROUND = {
    "templates": [{"templateName": "success-rate"}],
    "args": [
        {"name": "namespace", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        {"name": "team", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['faces.dev/run']"}}},
        {"name": "hash", "valueFrom": {"podTemplateHashValue": "Latest"}},
        {"name": "least", "value": "0.99"},
    ],
}
GATE = {"analysis": {"templates": [{"templateName": "gate", "clusterScope": True}]}}


def metric(name: str = "success-rate", **more: Any) -> Document:
    return {
        "name": name,
        "interval": "5s",
        "initialDelay": "18s",
        "successCondition": "len(result) > 0 && result[0] >= {{args.least}}",
        "failureCondition": "len(result) > 0 && result[0] < {{args.least}}",
        "failureLimit": 1,
        "inconclusiveLimit": "5",
        "provider": {
            "prometheus": {"address": "http://x", "query": 'up{a="{{args.namespace}}",b="{{args.hash}}"}/{{args.team}}'}
        },
        **more,
    }


def template(name: str, *metrics: Document, units: Document | None = None, cluster: bool = False) -> Document:
    return {
        "kind": "ClusterAnalysisTemplate" if cluster else "AnalysisTemplate",
        "metadata": {
            "name": name,
            "annotations": {f"faces.dev/unit.{key}": unit for key, unit in (units or {}).items()},
        },
        "spec": {
            "args": [{"name": "namespace"}, {"name": "team"}, {"name": "hash"}, {"name": "least", "value": "0.95"}],
            "metrics": list(metrics),
        },
    }


TEMPLATES = [
    template("success-rate", metric(), units={"success-rate": "ratio"}),
    template("gate", metric("gate", count=1), units={"gate": "ratio"}, cluster=True),
]


def going_out(status: Document | None = None, analysis: Document | None = None) -> Document:
    one = rollout("v2", generation=2, revision=2, status=status or under_way(), steps=[{"setWeight": 30}, GATE])
    one["spec"]["strategy"]["canary"]["analysis"] = BACKGROUND if analysis is None else analysis
    return one


def views(*runs: Document, templates: list[Document] | None = None, **more: Any) -> tuple[MetricView, ...]:
    return metric_views(going_out(**more), runs, Templates(TEMPLATES if templates is None else templates))


def measuring(*metrics: Document, **more: Any) -> Document:
    """The spec of a run. The controller leaves the arguments in the metrics, and their values beside them."""
    args = [{"name": "namespace", "value": "run"}, {"name": "least", "value": "0.97"}, {"name": "hash", "value": "bbb"}]
    return {"args": [*args, {"name": "team", "value": "us"}], "metrics": list(metrics or (metric(),)), **more}


def counted(*measurements: Document, phase: str = "Running", **counts: int) -> Document:
    results = [{"name": "success-rate", "phase": phase, "measurements": list(measurements), **counts}]
    return {"phase": "Running", "startedAt": "2026-01-01T00:00:00Z", "metricResults": results}


def test_before_a_run_has_begun_the_plan_is_shown_as_the_rollout_fills_it_in() -> None:
    background, gate = views()
    assert background == MetricView(
        name="success-rate",
        unit="ratio",
        demands="at least 99 %",
        bound=Bound(">=", 0.99),
        failure_limit=1,
        inconclusive_limit=5,
        query='up{a="run",b="bbb"}/run',
    )
    # What the step says nothing of: the template's own value, and what nobody knows yet as it is written.
    assert (gate.name, gate.demands, gate.count, gate.unit) == ("gate", "at least 95 %", 1, "ratio")
    assert gate.query == 'up{a="{{args.namespace}}",b="{{args.hash}}"}/{{args.team}}'


def test_a_run_shows_what_it_has_counted_and_what_its_own_arguments_demand() -> None:
    bad = [measurement("2026-01-01T00:00:18Z", "Successful"), measurement("2026-01-01T00:00:23Z", "Failed", "[0.5]")]
    status = counted(*bad, successful=1, failed=1, count=2, consecutiveError=0, inconclusive=3, error=4)
    view, gate = views(run(spec=measuring(), status=status))
    assert (view.run, view.phase, view.demands, view.bound) == (
        "smiley-bbb-2",
        "Running",
        "at least 97 %",
        Bound(">=", 0.97),
    )
    assert (view.successful, view.failed, view.inconclusive, view.errors, view.consecutive_errors) == (1, 1, 3, 4, 0)
    assert view.query == 'up{a="run",b="bbb"}/us'
    assert (gate.name, gate.run) == ("gate", "")


def test_every_run_of_an_analysis_is_shown_and_the_plan_of_one_that_has_a_run_is_not() -> None:
    runs = [
        run("smiley-bbb-2-1", kind="Step", step="1", spec=measuring(metric("gate"))),
        run("smiley-bbb-2-1.1", kind="Step", step="1", spec=measuring(metric("gate"))),
        run("gone", kind="Step", step="9", spec=measuring(metric("other"))),
    ]
    assert [(view.name, view.run, view.unit) for view in views(*runs)] == [
        ("success-rate", "", "ratio"),
        ("gate", "smiley-bbb-2-1", "ratio"),
        ("gate", "smiley-bbb-2-1.1", "ratio"),
        ("other", "gone", ""),
    ]


SECOND = measurement("2026-01-01T00:00:40Z")
ERROR = measurement("2026-01-01T00:00:40Z", "Error")


@pytest.mark.parametrize(
    ("status", "more", "seconds"),
    [
        (None, {}, 18),  # nobody has looked at the run, which was made at 0
        ({"phase": "Running", "startedAt": "2026-01-01T00:00:03Z"}, {}, 21),
        (counted(SECOND), {}, 45),
        (counted(ERROR), {}, 50),
        (counted(measurement(None, "Running")), {}, None),  # it is being measured
        (counted(SECOND, phase="Successful"), {}, None),
        (counted(SECOND) | {"phase": "Successful"}, {}, None),
        (counted(SECOND), {"terminate": True}, None),
        (counted(SECOND, failed=2), {}, None),  # the run ends with this
    ],
)
def test_it_is_said_when_a_metric_is_measured_next(
    status: Document | None, more: dict[str, Any], seconds: int | None
) -> None:
    view, _ = views(run(spec=measuring(**more), status=status))
    assert view.next_at == (None if seconds is None else STARTED + seconds)


def test_a_duration_that_is_none_is_for_the_controller_to_complain_of() -> None:
    view, _ = views(run(spec=measuring(metric(initialDelay="soon")), status={"phase": "Error", "message": "invalid"}))
    assert view.next_at is None
    assert views(run(spec=measuring(metric(initialDelay="soon"))))[0].next_at is None


def test_a_secret_is_not_shown() -> None:
    secret = {"name": "team", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    spec = measuring() | {"args": [*measuring()["args"][:-1], secret]}
    assert views(run(spec=spec))[0].query == 'up{a="run",b="bbb"}/*****'


@pytest.mark.parametrize(
    ("provider", "query"),
    [
        ({"web": {"url": "http://x/{{args.team}}", "jsonPath": "{$.a}", "headers": [{"key": "a"}]}}, "http://x/us"),
        ({"datadog": {"query": "avg:x", "apiVersion": "v2"}}, ""),
        ({"job": {"spec": {"template": {}}}}, ""),
        ({"prometheus": {"query": "up", "rangeQuery": {"start": "now()"}}}, "up"),
    ],
)
def test_a_metric_of_any_provider_says_what_it_demands(provider: Document, query: str) -> None:
    view, _ = views(run(spec=measuring(metric(provider=provider))))
    assert (view.demands, view.query) == ("at least 97 %", query)


def test_a_template_that_is_not_there_or_may_not_be_read_plans_nothing() -> None:
    assert views(templates=[]) == ()
    assert [view.name for view in views(templates=TEMPLATES[:1])] == ["success-rate"]
    begun = run(spec=measuring())
    assert [(view.name, view.unit) for view in views(begun, templates=[])] == [("success-rate", "")]


def test_templates_may_name_others() -> None:
    both = template("success-rate") | {"spec": {"templates": [{"templateName": "inner"}]}}
    inner = template("inner", metric(), units={"success-rate": "ratio"})
    view, _ = views(templates=[both, inner, TEMPLATES[1]])
    assert (view.name, view.unit, view.demands) == ("success-rate", "ratio", "at least 99 %")
    assert named_cluster_templates([going_out()], [both]) == {"gate"}
    inner["spec"]["templates"] = [{"templateName": "deep", "clusterScope": True}]
    assert named_cluster_templates([going_out()], [both, inner]) == {"gate", "deep"}


def test_a_blue_green_rollout_has_its_analyses_too() -> None:
    one = rollout()
    one["spec"]["strategy"] = {"blueGreen": {"prePromotionAnalysis": BACKGROUND, "postPromotionAnalysis": {}}}
    assert [analysis.kind for analysis in analyses_of(one)] == ["PrePromotion"]
    begun = run("smiley-bbb-2-pre", kind="PrePromotion", spec=measuring())
    [planned] = metric_views(one, [], Templates(TEMPLATES))
    [view] = metric_views(one, [begun], Templates(TEMPLATES))
    assert (planned.run, view.run, view.unit) == ("", "smiley-bbb-2-pre", "ratio")


def test_only_a_successful_measurement_makes_a_release_measured() -> None:
    assert not was_measured([run(), run(status={}), run(status=counted(measurement(None), failed=3, error=1))])
    assert was_measured([run(), run(status=counted(successful=1))])
