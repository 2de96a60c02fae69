from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from rollouts.analysis import AnalysisRun, Phase, assess, begin, build_run, complete
from rollouts.analysis.model import Outcome
from rollouts.errors import Invalid

if TYPE_CHECKING:
    from tests.rollouts.analysis.conftest import Laboratory


def _query(run: AnalysisRun) -> str:
    prometheus = run.metrics[0].provider.prometheus
    assert prometheus is not None
    return prometheus.query


def _asking(query: str, **fields: Any) -> dict[str, Any]:
    return {"name": "metric", "provider": {"prometheus": {"address": "http://p", "query": query}}, **fields}


def test_a_run_carries_what_the_rollout_ordered(lab: Laboratory) -> None:
    run = lab.run({"name": "metric"})
    assert (run.name, run.kind, run.pod_template_hash, run.step_index) == ("smiley-abc-2-1", "Step", "abc", 1)
    assert run.status.phase is Phase.PENDING


def test_arguments_stand_in_every_string(lab: Laboratory) -> None:
    template = lab.template(
        _asking(
            'rate(x{hash="{{args.hash}}"}[{{ args.window }}])',
            interval="{{args.interval}}",
            count="{{args.count}}",
            failureLimit="{{args.failures}}",
            successCondition="result[0] >= {{args.threshold}}",
        ),
        args=[{"name": name} for name in ("hash", "window", "interval", "count", "failures", "threshold")],
    )
    request = lab.request(hash="abc", window="30s", interval="5s", count="3", failures="1", threshold="0.95")
    run = build_run(request, {"template": template})
    (metric,) = run.metrics
    assert _query(run) == 'rate(x{hash="abc"}[30s])'
    assert (metric.interval, metric.count, metric.failure_limit) == ("5s", "3", "1")
    assert metric.success_condition == "result[0] >= 0.95"


@pytest.mark.parametrize("value", ['a"b', "back\\slash", "two\nlines", "tab\t", "{{args.other}}", "é<>&", "' or 1"])
def test_an_argument_arrives_as_it_is(lab: Laboratory, value: str) -> None:
    template = lab.template(_asking("{{args.value}}"), args=[{"name": "value"}])
    assert _query(build_run(lab.request(value=value), {"template": template})) == value


def test_the_rollouts_value_wins_over_the_templates(lab: Laboratory) -> None:
    template = lab.template(
        _asking("{{args.a}} {{args.b}}"), args=[{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]
    )
    assert _query(build_run(lab.request(b="3", unknown="x"), {"template": template})) == "1 3"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{{args.missing}}", "failed to resolve {{args.missing}}"),
        ("{{ args.missing }}", "failed to resolve {{ args.missing }}"),
        ("{{inputs.hash}}", "failed to resolve {{inputs.hash}}"),
        ("{{hash}}", "failed to resolve {{hash}}"),
        ("{{args.hash | upper}}", "failed to resolve {{args.hash | upper}}"),
    ],
)
def test_an_unknown_tag_ends_the_run_in_error(lab: Laboratory, query: str, message: str) -> None:
    template = lab.template(_asking(query), args=[{"name": "hash", "value": "x"}])
    run = build_run(lab.request(), {"template": template})
    assert run.status.phase is Phase.ERROR
    assert run.status.message == f"Unable to resolve metric arguments: {message}"
    assert assess(run, 5.0).run == run


def test_a_tag_that_is_not_closed_ends_the_run_in_error(lab: Laboratory) -> None:
    run = lab.run(_asking("{{args.hash"))
    assert run.status.phase is Phase.ERROR
    assert run.status.message.startswith("Unable to resolve metric arguments: failed to resolve {{args.hash")


def test_a_control_character_that_json_cannot_hold_ends_the_run_in_error(lab: Laboratory) -> None:
    template = lab.template(_asking("{{args.bell}}"), args=[{"name": "bell"}])
    run = build_run(lab.request(bell="\a"), {"template": template})
    assert run.status.message == "Unable to resolve metric arguments: invalid character 'a' in string escape code"


def test_an_argument_without_any_value_is_refused(lab: Laboratory) -> None:
    template = lab.template(_asking("up"), args=[{"name": "hash"}])
    with pytest.raises(Invalid, match=r"args\.hash was not resolved"):
        build_run(lab.request(), {"template": template})


def test_a_template_that_is_not_there_is_refused(lab: Laboratory) -> None:
    with pytest.raises(Invalid, match="AnalysisTemplate 'nowhere' not found"):
        build_run(lab.request("nowhere"), {})


def test_several_templates_are_one_run(lab: Laboratory) -> None:
    templates = {
        "first": lab.template({"name": "a"}, name="first", args=[{"name": "x"}, {"name": "y", "value": "1"}]),
        "second": lab.template({"name": "b"}, name="second", args=[{"name": "x", "value": "2"}, {"name": "y"}]),
    }
    run = build_run(lab.request("second", "first", "second"), templates)
    assert [metric.name for metric in run.metrics] == ["b", "a"]


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        ({"metrics": ["a"]}, {"metrics": ["a"]}, "two metrics have the same name 'a'"),
        (
            {"metrics": ["a"], "args": [{"name": "x", "value": "1"}]},
            {"metrics": ["b"], "args": [{"name": "x", "value": "2"}]},
            "Argument `x` specified multiple times with different values: '1', '2'",
        ),
        (
            {"metrics": ["a"], "dryRun": [{"metricName": "a"}]},
            {"metrics": ["b"], "dryRun": [{"metricName": "a"}]},
            "two Dry-Run metric rules have the same name 'a'",
        ),
        (
            {"metrics": ["a"], "measurementRetention": [{"metricName": "a", "limit": 1}]},
            {"metrics": ["b"], "measurementRetention": [{"metricName": "a", "limit": 2}]},
            "two Measurement Retention metric rules have the same name 'a'",
        ),
    ],
)
def test_templates_that_contradict_each_other_are_refused(
    lab: Laboratory, first: dict[str, Any], second: dict[str, Any], sentence: str
) -> None:
    templates = {}
    for name, spec in (("first", first), ("second", second)):
        metrics = [{"name": metric} for metric in spec["metrics"]]
        others = {field: value for field, value in spec.items() if field != "metrics"}
        templates[name] = lab.template(*metrics, name=name, **others)
    with pytest.raises(Invalid) as refused:
        build_run(lab.request("first", "second"), templates)
    assert refused.value.message == sentence


def test_an_argument_of_the_template_from_a_field_ends_the_run_in_error_unless_the_rollout_gives_it(
    lab: Laboratory,
) -> None:
    args = [{"name": "x", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]
    template = lab.template(_asking("up"), args=args)
    run = build_run(lab.request(), {"template": template})
    assert run.status.message == 'Unable to resolve metric arguments: argument "x" was not supplied'
    assert build_run(lab.request(x="y"), {"template": template}).status.phase is Phase.PENDING


class TestSecrets:
    ARGS = ({"name": "token", "valueFrom": {"secretKeyRef": {"name": "vault", "key": "token"}}},)
    SECRETS: ClassVar = {("vault", "token"): 's3"cret'}

    def run(self, lab: Laboratory, secrets: dict[tuple[str, str], str] | None = None, **given: str) -> AnalysisRun:
        template = lab.template(_asking('up{t="{{args.token}}"}'), args=list(self.ARGS))
        return build_run(lab.request(**given), {"template": template}, self.SECRETS if secrets is None else secrets)

    def test_only_what_is_due_holds_the_value(self, lab: Laboratory) -> None:
        run = self.run(lab)
        (due,) = assess(run, 0.0).due
        assert due.provider.prometheus is not None
        assert due.provider.prometheus.query == 'up{t="s3"cret"}'
        assert _query(run) == 'up{t="*****"}'
        assert "s3" not in repr(assess(run, 0.0).run)

    def test_a_value_in_a_message_is_starred(self, lab: Laboratory) -> None:
        run = begin(assess(self.run(lab), 0.0).run, "metric", 0.0)
        outcome = Outcome(Phase.ERROR, message='no s3"cret for you', metadata={"warnings": 's3"cret'})
        (measurement,) = complete(run, "metric", outcome, 1.0).status.metric_results[0].measurements
        assert measurement.message == "no ***** for you"
        assert measurement.metadata == {"warnings": "*****"}

    def test_the_shown_query_is_starred(self, lab: Laboratory) -> None:
        run = begin(assess(self.run(lab), 0.0).run, "metric", 0.0)
        assert run.status.metric_results[0].metadata == {"ResolvedPrometheusQuery": 'up{t="*****"}'}

    def test_a_secret_wins_over_a_value_of_the_rollout(self, lab: Laboratory) -> None:
        (due,) = assess(self.run(lab, token="open"), 0.0).due
        assert due.provider.prometheus is not None
        assert due.provider.prometheus.query == 'up{t="s3"cret"}'

    @pytest.mark.parametrize(
        ("secrets", "message"),
        [
            ({}, 'secrets "vault" not found'),
            ({("vault", "other"): "x"}, "key 'token' does not exist in secret 'vault'"),
        ],
    )
    def test_a_missing_secret_ends_the_run_in_error(
        self, lab: Laboratory, secrets: dict[tuple[str, str], str], message: str
    ) -> None:
        run = self.run(lab, secrets)
        assert run.status.phase is Phase.ERROR
        assert run.status.message == f"Unable to resolve metric arguments: {message}"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"consecutiveSuccessLimit": -1}, "consecutiveSuccessLimit must be >= 0"),
        ({"failureLimit": -2}, "failureLimit must be >= 0, or -1 to be disabled"),
        ({"failureLimit": -1}, "failureLimit and consecutiveSuccessLimit cannot both be disabled"),
        ({"inconclusiveLimit": -1}, "inconclusiveLimit must be >= 0"),
        ({"consecutiveErrorLimit": -1}, "consecutiveErrorLimit must be >= 0"),
        (
            {"count": 3, "failureLimit": 2, "consecutiveSuccessLimit": 2, "interval": "1s"},
            "count (3) must be >= failureLimit + consecutiveSuccessLimit (2 + 2) if both >= 0",
        ),
        (
            {"count": 1, "failureLimit": 2},
            "count (1) must be >= failureLimit + consecutiveSuccessLimit (2 + 0) if both >= 0",
        ),
        (
            {"count": 1, "failureLimit": -1, "consecutiveSuccessLimit": 2},
            "count must be >= consecutiveSuccessLimit",
        ),
        ({"count": 1, "inconclusiveLimit": 2}, "count must be >= inconclusiveLimit"),
        ({"count": 2}, "interval must be specified when count > 1"),
        ({"interval": "10"}, 'invalid interval string: time: missing unit in duration "10"'),
        ({"interval": "1d"}, 'invalid interval string: time: unknown unit "d" in duration "1d"'),
        ({"interval": "soon"}, 'invalid interval string: time: invalid duration "soon"'),
        ({"initialDelay": "10"}, 'invalid startDelay string: time: missing unit in duration "10"'),
        ({"provider": {}}, "no provider specified"),
        ({"provider": {"prometheus": {}, "web": {"url": "u"}}}, "multiple providers specified"),
    ],
)
def test_a_metric_that_makes_no_sense_ends_the_run_in_error(
    lab: Laboratory, fields: dict[str, Any], problem: str
) -> None:
    run = lab.run({"name": "good"}, {"name": "metric", **fields})
    assert run.status.phase is Phase.ERROR
    assert run.status.message == f"Analysis spec invalid: metrics[1]: {problem}"


def test_a_run_without_metrics_ends_in_error(lab: Laboratory) -> None:
    assert lab.run().status.message == "Analysis spec invalid: no metrics specified"


def test_a_text_that_is_no_number_counts_as_nought(lab: Laboratory) -> None:
    run = lab.run({"name": "metric", "count": "three", "failureLimit": "two"})
    assert run.status.phase is Phase.PENDING


@pytest.mark.parametrize(("rule", "matched"), [("a", {"a", "latency"}), ("^a$", {"a"}), (".*", {"a", "latency", "b"})])
def test_dry_run_rules_match_anywhere_in_a_name(lab: Laboratory, rule: str, matched: set[str]) -> None:
    run = lab.run({"name": "a"}, {"name": "latency"}, {"name": "b"}, dryRun=[{"metricName": rule}])
    assert run.dry_run == matched


@pytest.mark.parametrize("rule", ["*", "nothing", "("])
@pytest.mark.parametrize("kind", ["dryRun", "measurementRetention"])
def test_a_rule_that_matches_nothing_ends_the_run_in_error(lab: Laboratory, rule: str, kind: str) -> None:
    rules = [{"metricName": "metric"}, {"metricName": rule}]
    written = rules if kind == "dryRun" else [{**each, "limit": 5} for each in rules]
    run = lab.run({"name": "metric"}, **{kind: written})
    assert run.status.phase is Phase.ERROR
    assert run.status.message == f"Analysis spec invalid: {kind}[1]: Rule didn't match any metric name(s)"


def test_the_last_matching_retention_rule_counts(lab: Laboratory) -> None:
    rules = [{"metricName": ".*", "limit": 3}, {"metricName": "lat", "limit": 0}, {"metricName": "err", "limit": 7}]
    run = lab.run({"name": "latency"}, {"name": "errors"}, {"name": "b"}, measurementRetention=rules)
    assert run.retention == {"errors": 7, "b": 3}
