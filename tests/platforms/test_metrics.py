import pytest

from platforms.metrics import Counts, metric_view, planned_view, unit_problem, units_of, with_known_arguments
from rollouts.analysis import Demand, Metric
from rollouts.analysis.limits import Limits
from seam.values import Bound
from seam.views import MetricView

PROMETHEUS = {"prometheus": {"query": "vector({{args.floor}})"}}


def metric(success: str = "result[0] >= 0.95", **fields: object) -> Metric:
    return Metric.model_validate(
        {"name": "success-rate", "successCondition": success, "provider": PROMETHEUS, **fields}
    )


def test_a_bound_is_said_in_the_metrics_unit() -> None:
    assert planned_view(metric(), "ratio").demands == "at least 95 %"
    assert planned_view(metric("result[0] <= 200"), "ms").demands == "at most 200 ms"
    assert planned_view(metric(), "").demands == "at least 0.95"
    assert planned_view(metric(), "ratio").bound == Bound(">=", 0.95)


def test_what_is_no_bound_stays_the_condition() -> None:
    view = planned_view(metric("result[0] > 1 || result[1] > 2"), "ratio")
    assert (view.demands, view.bound) == ("result[0] > 1 || result[1] > 2", None)


def test_a_planned_metric_carries_its_limits_and_its_query_and_no_run() -> None:
    view = planned_view(metric(failureLimit=1, inconclusiveLimit="5", consecutiveErrorLimit=2, count=3), "ratio")
    assert view == MetricView(
        "success-rate",
        unit="ratio",
        demands="at least 95 %",
        bound=Bound(">=", 0.95),
        failure_limit=1,
        inconclusive_limit=5,
        consecutive_error_limit=2,
        count=3,
        query="vector({{args.floor}})",
    )


def test_a_metric_that_is_measured_until_the_run_ends_has_no_count() -> None:
    assert planned_view(metric(interval="5s"), "").count is None
    assert planned_view(metric(), "").count == 1


def test_the_query_of_a_web_metric_is_its_address() -> None:
    assert planned_view(metric(provider={"web": {"url": "http://x/y"}}), "").query == "http://x/y"


def test_what_a_run_has_counted_is_shown_beside_what_is_demanded() -> None:
    demand, limits = Demand("at most 2", "<=", 2.0), Limits(None, 1, 5, 4, 0)
    view = metric_view("p99", "run-1", "Running", "s", demand, limits, Counts(3, 1, 2, 1, 1), 17.5, "up")
    assert (view.run, view.phase, view.demands, view.next_at) == ("run-1", "Running", "at most 2 s", 17.5)
    counts = (view.successful, view.failed, view.inconclusive, view.errors, view.consecutive_errors)
    assert counts == (3, 1, 2, 1, 1)
    assert (view.failure_limit, view.inconclusive_limit, view.consecutive_error_limit) == (1, 5, 4)


def test_arguments_without_a_value_stay_as_they_are_written() -> None:
    written = metric("result[0] >= {{args.least}}")
    known = with_known_arguments(written, ("least", "floor"), {"least": "0.99"})
    assert known.success_condition == "result[0] >= 0.99"
    assert known.provider.prometheus is not None
    assert known.provider.prometheus.query == "vector({{args.floor}})"
    assert with_known_arguments(metric("{{args.nobodys}}"), (), {}).success_condition == "{{args.nobodys}}"


def test_units_are_read_from_the_annotations_of_that_prefix_alone() -> None:
    assert units_of({"faces.dev/unit.success-rate": "ratio", "faces.dev/unit": "ms", "other": "s"}) == {
        "success-rate": "ratio"
    }


@pytest.mark.parametrize(
    ("units", "problem"),
    [
        ({"a": "ratio", "b": "ms", "c": "s"}, None),
        ({"a": ""}, None),
        ({"a": "percent"}, ("faces.dev/unit.a", "'percent' is not a unit; use ratio, ms, s, or leave it out.")),
        ({"d": "ms"}, ("faces.dev/unit.d", "this template has no metric 'd'; it has a, b, c.")),
    ],
)
def test_a_unit_that_nobody_knows_and_a_metric_that_is_not_there_are_named(
    units: dict[str, str], problem: tuple[str, str] | None
) -> None:
    assert unit_problem(units, ["a", "b", "c"]) == problem
