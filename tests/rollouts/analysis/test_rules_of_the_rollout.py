from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from rollouts.analysis import build_run
from rollouts.analysis.spec import DryRun, MeasurementRetention
from rollouts.errors import Invalid

if TYPE_CHECKING:
    from tests.rollouts.analysis.conftest import Laboratory


def test_the_rules_of_the_rollout_come_first_and_those_of_the_templates_win(lab: Laboratory) -> None:
    template = lab.template(
        {"name": "a"},
        {"name": "b"},
        dryRun=[{"metricName": "b"}],
        measurementRetention=[{"metricName": "a", "limit": 2}],
    )
    keeps = MeasurementRetention(metric_name=".", limit=5)
    request = replace(lab.request(), dry_run=(DryRun(metric_name="a"),), measurement_retention=(keeps,))
    run = build_run(request, {"template": template})
    assert run.dry_run == {"a", "b"}
    assert run.retention == {"a": 2, "b": 5}


def test_a_rule_of_the_rollout_that_matches_nothing_is_counted_before_those_of_the_templates(lab: Laboratory) -> None:
    template = lab.template({"name": "a"}, dryRun=[{"metricName": "c"}])
    run = build_run(replace(lab.request(), dry_run=(DryRun(metric_name="a"),)), {"template": template})
    assert run.status.message == "Analysis spec invalid: dryRun[1]: Rule didn't match any metric name(s)"


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ({"dry_run": (DryRun(metric_name="a"),)}, "two Dry-Run metric rules have the same name 'a'"),
        (
            {"measurement_retention": (MeasurementRetention(metric_name="a", limit=1),)},
            "two Measurement Retention metric rules have the same name 'a'",
        ),
    ],
)
def test_a_rule_that_the_rollout_and_a_template_have_is_refused(
    lab: Laboratory, rules: dict[str, Any], sentence: str
) -> None:
    retention = [{"metricName": "a", "limit": 1}]
    template = lab.template({"name": "a"}, dryRun=[{"metricName": "a"}], measurementRetention=retention)
    with pytest.raises(Invalid) as refused:
        build_run(replace(lab.request(), **rules), {"template": template})
    assert refused.value.message == sentence


def test_a_run_carries_the_labels_and_annotations_that_it_was_ordered_with(lab: Laboratory) -> None:
    request = replace(lab.request(), labels={"team": "a"}, annotations={"why": "b"})
    run = build_run(request, {"template": lab.template({"name": "a"})})
    assert (run.labels, run.annotations) == ({"team": "a"}, {"why": "b"})
