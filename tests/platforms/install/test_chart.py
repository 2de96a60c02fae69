"""The chart is made of the manifests; e2e/bare/test_packaged.py renders both with the real helm and kustomize."""

import json
from typing import Any

import yaml

from platforms.install.chart import CHART, ROUTERS, templates

Document = dict[str, Any]


def rollout(**routing: Any) -> Document:
    analysis = {"templates": [{"templateName": "golden-signals"}]}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "smiley", "namespace": "faces"},
        "spec": {
            "replicas": 2,
            "strategy": {"canary": {"trafficRouting": routing, "analysis": analysis}},
            "template": {"spec": {"containers": [{"image": "faces:dev", "args": ["smiley"]}]}},
        },
    }


TEMPLATE = {"kind": "AnalysisTemplate", "metadata": {"name": "a"}, "spec": {"query": "x{y='{{args.namespace}}'}\n"}}
NAMESPACE = {"kind": "Namespace", "metadata": {"name": "faces"}}


def test_what_all_have_is_there_once_and_what_differs_is_for_its_router_alone() -> None:
    files = templates(
        {
            "traefik": [TEMPLATE, rollout(traefik={})],
            "linkerd": [NAMESPACE, TEMPLATE, rollout(plugins={"p": {"namespace": "faces"}})],
        }
    )
    assert files.keys() == {"common.yaml", "traefik.yaml", "linkerd.yaml"}
    assert "AnalysisTemplate" in files["common.yaml"]
    assert "Rollout" not in files["common.yaml"]
    assert files["linkerd.yaml"].startswith('{{- if eq .Values.router "linkerd" }}\n')
    assert files["linkerd.yaml"].endswith("{{- end }}\n")
    assert "Namespace\n" not in "".join(files.values()), "a release cannot make the namespace that it is in"


def test_the_namespace_and_what_people_choose_are_helms_to_fill_in() -> None:
    text = templates({"linkerd": [rollout(plugins={"p": {"namespace": "faces"}})], "other": []})["linkerd.yaml"]
    for line in (
        "replicas: {{ .Values.replicas.smiley }}",
        "image: {{ .Values.image | quote }}",
        "templateName: {{ .Values.gate | quote }}",
        "namespace: {{ .Release.Namespace }}",
    ):
        assert line in text
    assert "faces\n" not in text


def test_the_braces_of_an_analysis_are_left_to_argo_rollouts() -> None:
    text = templates({"one": [TEMPLATE]})["common.yaml"]
    assert """x{y='{{ "{{" }}args.namespace}}'}""" in text


def test_the_schema_knows_every_value_and_every_router() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())["properties"]
    assert values.keys() == schema.keys() - {"global"}
    assert values["replicas"].keys() == schema["replicas"]["properties"].keys()
    assert schema["router"]["enum"] == list(ROUTERS)
