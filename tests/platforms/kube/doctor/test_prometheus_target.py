from typing import Any

import pytest

from platforms.kube.doctor.prometheus_target import PrometheusTarget, prometheus_of
from platforms.kube.settings import ClusterSettings
from tests.platforms.kube.objects import rollout

SETTINGS = ClusterSettings("manifests", "run")
USUAL = PrometheusTarget("monitoring/svc/prometheus:9090", "monitoring", "prometheus", 9090)


def template(address: str, **args: str) -> dict[str, Any]:
    given = [{"name": name, "value": value} for name, value in args.items()]
    metric = {"name": "rate", "provider": {"prometheus": {"address": address, "query": "up"}}}
    return {"metadata": {"name": "success-rate"}, "spec": {"args": given, "metrics": [metric]}}


def of(*templates: dict[str, Any], **args: str) -> PrometheusTarget:
    one = rollout()
    given = [{"name": name, "value": value} for name, value in args.items()]
    analysis = {"templates": [{"templateName": "success-rate"}], "args": given}
    one["spec"]["strategy"]["canary"]["analysis"] = analysis
    return prometheus_of([one], templates, SETTINGS)


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("http://prometheus.linkerd-viz:9090", 9090),
        ("http://prometheus.linkerd-viz.svc.cluster.local", 80),
        ("http://prometheus.linkerd-viz.svc:9090/", 9090),
    ],
)
def test_the_service_that_a_template_names_is_the_one_that_counts(address: str, port: int) -> None:
    found = of(template(address))
    assert (found.namespace, found.service, found.port, found.address) == ("linkerd-viz", "prometheus", port, "")


def test_an_argument_may_name_it_and_the_rollout_another_one() -> None:
    named = template("{{args.prometheus}}", prometheus="http://prometheus.monitoring:9090")
    assert of(named).namespace == "monitoring"
    assert of(named, prometheus="http://prometheus.linkerd-viz:9090").namespace == "linkerd-viz"


@pytest.mark.parametrize(
    "address",
    ["https://prometheus.example.com", "https://prometheus.monitoring:9090", "http://mimir.monitoring:80/api"],
)
def test_what_is_no_plain_service_is_asked_at_its_address(address: str) -> None:
    assert of(template(address)).address == address


@pytest.mark.parametrize("address", ["", "{{args.nobody}}", "http://[oops"])
def test_where_no_template_names_one_the_usual_one_is_meant(address: str) -> None:
    assert of(template(address)) == USUAL
    assert of() == USUAL
