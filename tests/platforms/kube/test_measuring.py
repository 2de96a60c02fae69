import re
from typing import Any

import pytest

from manifests import BASE, TRAEFIK
from platforms.kube.measuring import check_templates, queries_of
from platforms.measuring import Query, wanted_series
from seam.documents import documents
from seam.errors import UserError

SMILEY = next(documents(BASE / "smiley.yaml"))
FILES = (BASE / "analysis").glob("*.yaml")
SHIPPED = [one for file in FILES for one in documents(file) if one["kind"] == "AnalysisTemplate"]


def template(query: str | None, name: str = "success-rate", **args: str) -> dict[str, Any]:
    provider = {"prometheus": {"query": query}} if query is not None else {"job": {}}
    given = [{"name": key, "value": value} for key, value in args.items()]
    return {
        "metadata": {"name": name},
        "spec": {"args": [{"name": "hash"}, *given], "metrics": [{"name": "rate", "provider": provider}]},
    }


def naming(*templates: str) -> dict[str, Any]:
    """A Rollout whose analysis names these."""
    references = [{"templateName": name} for name in templates]
    spec = {"strategy": {"canary": {"analysis": {"templates": references}}}}
    return {"kind": "Rollout", "metadata": {"name": "smiley"}, "spec": spec}


def test_the_shipped_templates_can_be_read() -> None:
    found = wanted_series(queries_of([SMILEY], SHIPPED))
    assert {series.name for *_, series in found} > {"request_total", "response_total", "response_latency_ms_bucket"}
    assert {series.namespace for *_, series in found} == {"namespace", "parent_namespace"}


def test_a_query_comes_with_those_of_its_arguments_that_have_a_value() -> None:
    templates = [template("rate(a[{{args.window}}])", window="15s"), template(None, "a-job")]
    assert queries_of([naming("success-rate", "a-job")], templates) == [
        Query("success-rate", "rate", "rate(a[{{args.window}}])", {"window": "15s"})
    ]


def test_a_template_asks_for_what_those_ask_for_that_it_names_and_for_nothing_else() -> None:
    both = {"metadata": {"name": "both"}, "spec": {"templates": [{"templateName": "one"}, {"templateName": "both"}]}}
    templates = [both, template("a", "one"), template("b", "unused")]
    assert [query.promql for query in queries_of([naming("both", "nowhere")], templates)] == ["a"]


def test_a_template_of_the_cluster_is_another_one_than_that_of_the_namespace() -> None:
    everybodys = {"kind": "ClusterAnalysisTemplate", **template("b", "one")}
    rollout = naming("one")
    rollout["spec"]["strategy"]["canary"]["analysis"]["templates"][0]["clusterScope"] = True
    assert [query.promql for query in queries_of([rollout], [everybodys, template("a", "one")])] == ["b"]


@pytest.mark.parametrize("named", ["denials", "certificate", "unreachable", "canary-share", "slow-bodies", "retries"])
def test_a_template_for_which_the_data_plane_has_no_signal_is_refused_by_its_name(named: str) -> None:
    traefik = list(documents(TRAEFIK / "traefik.yaml"))
    check_templates([*traefik, naming("success-rate", "latency"), *SHIPPED])
    with pytest.raises(UserError) as refusal:
        check_templates([*traefik, naming("success-rate", named), *SHIPPED])
    sentence = (
        rf"AnalysisTemplate {named}: metric \S+ asks for [\w(|)]+, which Deployment traefik does not measure; it has "
        r"request_total, response_latency_ms_bucket, response_total\. Take the template out of the Rollouts' analyses\."
    )
    assert re.fullmatch(sentence, str(refusal.value)), refusal.value


def test_a_data_plane_that_does_not_say_what_it_measures_is_not_asked() -> None:
    check_templates([naming("denials"), *SHIPPED])


def test_what_is_not_the_data_planes_to_measure_is_no_reason_to_refuse() -> None:
    traefik = documents(TRAEFIK / "traefik.yaml")
    check_templates([*traefik, naming("up"), {"kind": "AnalysisTemplate", **template('up{job="x"}', "up")}])
