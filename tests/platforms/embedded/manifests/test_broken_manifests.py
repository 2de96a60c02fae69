import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from platforms.embedded.manifests.reading import load, read
from seam.errors import ManifestError

Documents = dict[str, list[dict[str, Any]]]
WriteFolder = Callable[[Documents], Path]
Change = Callable[[Documents], object]

UNSUPPORTED = "the embedded platform does not support this field; remove it or use a cluster."
SHAPE = "it must be lower case letters, digits and dashes, 63 characters at most."
SPEC = "smiley.yaml: Rollout smiley: spec"
CONTAINER = f"{SPEC}.template.spec.containers[0]"
SERVICE = "services.yaml: Service smiley: spec"


def token() -> str:
    return "a-token"


def find(documents: Documents, kind: str, name: str) -> dict[str, Any]:
    return next(
        document
        for content in documents.values()
        for document in content
        if document["kind"] == kind and document["metadata"]["name"] == name
    )


def smiley(documents: Documents) -> dict[str, Any]:
    spec: dict[str, Any] = find(documents, "Rollout", "smiley")["spec"]
    return spec


def canary(documents: Documents) -> dict[str, Any]:
    part: dict[str, Any] = smiley(documents)["strategy"]["canary"]
    return part


def unknown(field: str) -> str:
    return f'unknown field "{field}"; remove it, or correct its spelling'


def wrong_type(field: str, wanted: str, found: str) -> str:
    return f'{field}: Invalid value: "{found}": {field} in body must be of type {wanted}: "{found}"'


def container(documents: Documents) -> dict[str, Any]:
    part: dict[str, Any] = smiley(documents)["template"]["spec"]["containers"][0]
    return part


def service(documents: Documents, name: str = "smiley") -> dict[str, Any]:
    spec: dict[str, Any] = find(documents, "Service", name)["spec"]
    return spec


def drop(documents: Documents, file: str, kind: str, name: str) -> None:
    documents[file] = [one for one in documents[file] if not (one["kind"] == kind and one["metadata"]["name"] == name)]


def variable(**fields: Any) -> Change:
    return lambda d: container(d)["env"].append({"name": "X", **fields})


# Each case: its name, what is changed, and the sentence that follows; `...` stands for words that are pydantic's.
BROKEN: list[tuple[str, Change, str]] = [
    (
        "two objects of one name",
        lambda d: d["services.yaml"].append(copy.deepcopy(d["services.yaml"][0])),
        "services.yaml: Service gui: metadata.name: there is another object of this name.",
    ),
    (
        "an unknown kind",
        lambda d: d["config.yaml"].append({"kind": "Deployment", "metadata": {"name": "x"}}),
        (
            "config.yaml: Deployment x: kind: the embedded platform knows only Rollout, Service, "
            "AnalysisTemplate, ClusterAnalysisTemplate, ConfigMap, Secret."
        ),
    ),
    (
        "no kind",
        lambda d: d["config.yaml"][0].pop("kind"),
        "config.yaml: document: kind: a Kubernetes object with a kind is needed here.",
    ),
    (
        "no name",
        lambda d: d["config.yaml"][0]["metadata"].pop("name"),
        "config.yaml: ConfigMap: metadata.name: a name is needed here.",
    ),
    (
        "a name that no cluster takes",
        lambda d: find(d, "Service", "smiley")["metadata"].update(name="smiley.v2"),
        f"services.yaml: Service: metadata.name: 'smiley.v2' is no name: {SHAPE}",
    ),
    (
        "a name that leaves the folder",
        lambda d: find(d, "Rollout", "smiley")["metadata"].update(name="../smiley"),
        f"smiley.yaml: Rollout: metadata.name: '../smiley' is no name: {SHAPE}",
    ),
    (
        "another namespace",
        lambda d: find(d, "Service", "smiley")["metadata"].update(namespace="elsewhere"),
        (
            "services.yaml: Service smiley: metadata.namespace: a run has one namespace, faces; "
            "kustomization.yaml can name another."
        ),
    ),
    (
        "an unknown field at the top",
        lambda d: find(d, "Service", "smiley").update(sepc={}),
        f"services.yaml: Service smiley: sepc: {UNSUPPORTED}",
    ),
    (
        "an unknown field in the metadata",
        lambda d: find(d, "ConfigMap", "faces")["metadata"].update(finalizers=[]),
        f"config.yaml: ConfigMap faces: metadata.finalizers: {UNSUPPORTED}",
    ),
    (
        "an unknown field in a Service's port",
        lambda d: service(d)["ports"][0].update(nodePort=30000),
        f"{SERVICE}.ports[0].nodePort: {UNSUPPORTED}",
    ),
    (
        "an unknown field in a pod",
        lambda d: smiley(d)["template"]["spec"].update(volumes=[]),
        f"{SPEC}.template.spec.volumes: {UNSUPPORTED}",
    ),
    (
        "an unknown field in a probe",
        lambda d: container(d)["readinessProbe"]["httpGet"].update(scheme="HTTPS"),
        f"{CONTAINER}.readinessProbe.httpGet.scheme: {UNSUPPORTED}",
    ),
    (
        "a blue-green Rollout",
        lambda d: smiley(d).update(strategy={"blueGreen": {"activeService": "smiley"}}),
        (
            f"{SPEC}.strategy.blueGreen: the embedded platform plays canary releases only; "
            "play this Rollout on a cluster."
        ),
    ),
    (
        "an unknown field in a Rollout",
        lambda d: canary(d).update(stepz=[]),
        f"{SPEC}.strategy.canary.stepz: {unknown('spec.strategy.canary.stepz')}",
    ),
    (
        "an unsupported feature of Rollouts",
        lambda d: canary(d)["steps"].insert(0, {"plugin": {"name": "vip"}}),
        (
            f"{SPEC}.strategy.canary.steps[0].plugin: this engine does not support step plugins; "
            "remove the field, or run this Rollout on a cluster with Argo Rollouts"
        ),
    ),
    (
        "an unknown field in an AnalysisTemplate",
        lambda d: find(d, "AnalysisTemplate", "success-rate")["spec"]["metrics"][0].update(failLimit=1),
        (
            "analysis/success-rate.yaml: AnalysisTemplate success-rate: spec.metrics[0].failLimit: "
            f"{unknown('spec.metrics[0].failLimit')}"
        ),
    ),
    (
        "a unit that nobody knows",
        lambda d: find(d, "AnalysisTemplate", "success-rate")["metadata"].update(
            annotations={"faces.dev/unit.success-rate": "percent"}
        ),
        (
            "analysis/success-rate.yaml: AnalysisTemplate success-rate: "
            "metadata.annotations[faces.dev/unit.success-rate]: "
            "'percent' is not a unit; use ratio, ms, s, or leave it out."
        ),
    ),
    (
        "the unit of a metric that is not there",
        lambda d: find(d, "AnalysisTemplate", "latency-p99")["metadata"].update(
            annotations={"faces.dev/unit.latency-p99": "ms"}
        ),
        (
            "analysis/latency-p99.yaml: AnalysisTemplate latency-p99: "
            "metadata.annotations[faces.dev/unit.latency-p99]: "
            "this template has no metric 'latency-p99'; it has latency-p99-ms."
        ),
    ),
    (
        "no stable Service",
        lambda d: drop(d, "services.yaml", "Service", "smiley"),
        f'{SPEC}.strategy.canary.stableService: service "smiley" not found',
    ),
    (
        "no canary Service",
        lambda d: drop(d, "services.yaml", "Service", "smiley-canary"),
        f'{SPEC}.strategy.canary.canaryService: service "smiley-canary" not found',
    ),
    (
        "a stable Service of other pods",
        lambda d: service(d).update(selector={"app": "color"}),
        f'{SPEC}.strategy.canary.stableService: Service "smiley" has unmatch label "app" in rollout',
    ),
    (
        "no AnalysisTemplate for the background",
        lambda d: drop(d, "analysis/latency.yaml", "AnalysisTemplate", "latency"),
        "face.yaml: Rollout face: spec.templates: AnalysisTemplate 'latency' not found",
    ),
    (
        "no AnalysisTemplate for a step",
        lambda d: canary(d)["steps"][4]["analysis"].update(templates=[{"templateName": "gate"}]),
        f"{SPEC}.strategy.canary.steps[4].analysis.templates: AnalysisTemplate 'gate' not found",
    ),
    (
        "a step that would wait for ever",
        lambda d: canary(d)["steps"][4]["analysis"].update(templates=[{"templateName": "success-rate"}]),
        (
            f"{SPEC}.strategy.canary.steps[4].analysis.templates: AnalysisTemplate success-rate has metric "
            "success-rate which runs indefinitely. Invalid value for count: <nil>"
        ),
    ),
    (
        "no ClusterAnalysisTemplate",
        lambda d: canary(d)["analysis"].update(templates=[{"templateName": "latency-p99", "clusterScope": True}]),
        f"{SPEC}.strategy.canary.analysis.templates: ClusterAnalysisTemplate 'latency-p99' not found",
    ),
    (
        "an AnalysisTemplate that names itself",
        lambda d: find(d, "AnalysisTemplate", "latency")["spec"].update(templates=[{"templateName": "latency"}]),
        (
            "face.yaml: Rollout face: spec.strategy.canary.analysis.templates: AnalysisTemplate 'latency' lists "
            "itself in its templates; remove it there"
        ),
    ),
    (
        "a rule of the Rollout that its AnalysisTemplate has as well",
        lambda d: [
            dry.update(dryRun=[{"metricName": "."}])
            for dry in (find(d, "AnalysisTemplate", "latency")["spec"], canary(d)["analysis"])
        ],
        f"{SPEC}.strategy.canary.analysis.templates: two Dry-Run metric rules have the same name '.'",
    ),
    (
        "an argument from a field that is not there",
        lambda d: canary(d)["analysis"]["args"].append(
            {"name": "x", "valueFrom": {"fieldRef": {"fieldPath": "spec.template.spec.nodeName"}}}
        ),
        (
            f"{SPEC}.strategy.canary.analysis.args[5].valueFrom.fieldRef.fieldPath: "
            "spec.template.spec.nodeName leads nowhere in the Rollout."
        ),
    ),
    (
        "an argument that nobody gives",
        lambda d: canary(d)["analysis"].update(args=[]),
        f"{SPEC}.strategy.canary.analysis.templates: args.namespace was not resolved",
    ),
    (
        "no ConfigMap",
        lambda d: drop(d, "config.yaml", "ConfigMap", "faces"),
        "gui.yaml: Rollout gui: spec.template.spec.containers[0].envFrom[0]: ConfigMap faces not found",
    ),
    (
        "no key in a Secret",
        lambda d: find(d, "Secret", "faces-control").update(stringData={}, metadata={"name": "faces-control"}),
        "gui.yaml: Rollout gui: spec.template.spec.containers[0].env[4]: key token of Secret faces-control not found",
    ),
    (
        "no key in a ConfigMap",
        variable(valueFrom={"configMapKeyRef": {"name": "faces", "key": "NOPE"}}),
        f"{CONTAINER}.env[4]: key NOPE of ConfigMap faces not found",
    ),
    (
        "bad base64",
        lambda d: find(d, "Secret", "faces-control").update(data={"token": "§"}),
        "config.yaml: Secret faces-control: data.token: is not text in base64: ...",
    ),
    (
        "a reference to another variable",
        variable(value="$(VERSION)"),
        f"{CONTAINER}.env[4]: $(NAME) references are not expanded by the embedded platform",
    ),
    (
        "a value and a source",
        variable(value="1", valueFrom={"fieldRef": {"fieldPath": "metadata.name"}}),
        f"{CONTAINER}.env[4].valueFrom: may not be specified when `value` is not empty",
    ),
    (
        "two sources of one variable",
        variable(
            valueFrom={
                "fieldRef": {"fieldPath": "metadata.name"},
                "configMapKeyRef": {"name": "faces", "key": "NUM_ROWS"},
            }
        ),
        f"{CONTAINER}.env[4].valueFrom: may not have more than one field specified at a time",
    ),
    (
        "a source of nothing",
        lambda d: container(d)["envFrom"].append({}),
        f"{CONTAINER}.envFrom: must specify one of: `configMapRef` or `secretRef`",
    ),
    (
        "two containers",
        lambda d: smiley(d)["template"]["spec"]["containers"].append({**container(d), "name": "other"}),
        f"{SPEC}.template.spec.containers: ...",
    ),
    (
        "wrong args",
        lambda d: container(d).update(args=["smily"]),
        f"{CONTAINER}.args[0]: Input should be 'gui', 'face', 'smiley' or 'color'",
    ),
    ("a command", lambda d: container(d).update(command=["sh"]), f"{CONTAINER}.command: {UNSUPPORTED}"),
    ("no readiness probe", lambda d: container(d).pop("readinessProbe"), f"{CONTAINER}.readinessProbe: Field required"),
    (
        "a probe of no port",
        lambda d: container(d)["livenessProbe"]["httpGet"].update(port="health"),
        f"{CONTAINER}: a probe asks port health, which is none of this container's ports",
    ),
    (
        "a port that the app does not have",
        lambda d: container(d)["ports"].append({"name": "debug", "containerPort": 9000}),
        f"{CONTAINER}.ports[3].name: Input should be 'http', 'grpc', 'admin' or 'control'",
    ),
    (
        "a port given twice",
        lambda d: container(d)["ports"].append({"name": "http", "containerPort": 9000}),
        f'{CONTAINER}.ports[3].name: Duplicate value: "http"',
    ),
    (
        "a target port that no container has",
        lambda d: service(d)["ports"][0].update(targetPort="web"),
        f"{SERVICE}.ports[0].targetPort: web is no port of the container of Rollout smiley.",
    ),
    (
        "no target port, and a port that no container has",
        lambda d: service(d)["ports"][0].pop("targetPort"),
        f"{SERVICE}.ports[0].targetPort: 80 is no port of the container of Rollout smiley.",
    ),
    (
        "two Services of the same pods that mean different ports",
        lambda d: service(d, "smiley-canary")["ports"][0].update(targetPort="admin"),
        (
            "services.yaml: Service smiley-canary: spec.ports[0]: targets another port, or speaks "
            "another protocol, than Service smiley of the same pods."
        ),
    ),
    (
        "a Service with two ports",
        lambda d: service(d)["ports"].append({"name": "admin", "port": 81}),
        f"{SERVICE}.ports: ...",
    ),
    (
        "a Service with a port out of range",
        lambda d: service(d)["ports"][0].update(port=70000),
        f"{SERVICE}.ports[0].port: Input should be less than or equal to 65535",
    ),
    (
        "a protocol that would be taken for HTTP",
        lambda d: service(d)["ports"][0].update(appProtocol="https"),
        f"{SERVICE}.ports[0].appProtocol: Input should be 'http', 'kubernetes.io/h2c' or 'grpc'",
    ),
    (
        "a Service that selects everything",
        lambda d: find(d, "Service", "gui")["spec"].update(selector={}),
        "services.yaml: Service gui: spec.selector: ...",
    ),
    (
        "a Service that selects nobody",
        lambda d: find(d, "Service", "gui")["spec"].update(selector={"app": "guy"}),
        "services.yaml: Service gui: spec.selector: selects pods of no Rollout; the embedded platform wants one.",
    ),
    (
        "a Service of two Rollouts",
        lambda d: (
            find(d, "Rollout", "face")["spec"]["template"]["metadata"]["labels"].update(all="yes"),
            smiley(d)["template"]["metadata"]["labels"].update(all="yes"),
            find(d, "Service", "gui")["spec"].update(selector={"all": "yes"}),
        ),
        (
            "services.yaml: Service gui: spec.selector: selects pods of several Rollouts (face, smiley); "
            "the embedded platform wants one."
        ),
    ),
    (
        "a number where text is needed",
        lambda d: find(d, "ConfigMap", "faces")["data"].update(NUM_ROWS=4),
        "config.yaml: ConfigMap faces: data.NUM_ROWS: Input should be a valid string",
    ),
    (
        "a template that is no mapping",
        lambda d: smiley(d)["template"].update(metadata="labels"),
        f"smiley.yaml: Rollout smiley: {wrong_type('spec.template.metadata', 'object', 'string')}",
    ),
]


BROKEN_KUSTOMIZATION: list[tuple[str, Change, str]] = [
    (
        "a kustomization with an unsupported field",
        lambda d: d["kustomization.yaml"][0].update(namePrefix="my-"),
        f"kustomization.yaml: Kustomization: namePrefix: {UNSUPPORTED}",
    ),
    (
        "a kustomization of a file that is missing",
        lambda d: d["kustomization.yaml"][0]["resources"].append("more.yaml"),
        "more.yaml: file: cannot be read: No such file or directory.",
    ),
    (
        "a kustomization of its own folder",
        lambda d: d["kustomization.yaml"][0]["resources"].append("../manifests"),
        ("../manifests/kustomization.yaml: Kustomization: resources: this folder is a resource of itself; remove it."),
    ),
    (
        "a kustomization of a folder without one",
        lambda d: (d.pop("analysis/kustomization.yaml"), None),
        "kustomization.yaml: file: cannot be read: No such file or directory.",
    ),
    (
        "a kustomization of a folder with another namespace",
        lambda d: d["analysis/kustomization.yaml"][0].update(namespace="other"),
        f"analysis/kustomization.yaml: Kustomization: namespace: {UNSUPPORTED}",
    ),
    (
        "a kustomization in two documents",
        lambda d: d["kustomization.yaml"].append({"kind": "Kustomization"}),
        "kustomization.yaml: file: exactly one document is expected here.",
    ),
    (
        "a kustomization that is a list",
        lambda d: d.update({"kustomization.yaml": [["a"]]}),  # type: ignore[list-item]
        "kustomization.yaml: document: ...",
    ),
]


def cases(table: list[tuple[str, Change, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("change", "sentence"), [pytest.param(c, s, id=name) for name, c, s in table])


def assert_refused(result: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ManifestError) as refusal:
        result()
    said = str(refusal.value)
    assert said == sentence or (sentence.endswith("...") and said.startswith(sentence.removesuffix("...")))
    assert "\n" not in said


@cases(BROKEN)
def test_a_broken_manifest_is_refused_in_one_sentence_that_names_file_object_and_field(
    shipped: Documents, change: Change, sentence: str
) -> None:
    change(shipped)
    del shipped["kustomization.yaml"]
    analysis = (name for name in shipped if name.startswith("analysis/") and "kustomization" not in name)
    order = ("config.yaml", "services.yaml", *analysis, "gui.yaml", "face.yaml", "smiley.yaml", "color.yaml")
    found = [(name, document) for name in order for document in shipped[name]]
    assert_refused(lambda: read(found, "faces", token), sentence)


@cases(BROKEN_KUSTOMIZATION)
def test_a_broken_kustomization_is_refused_in_one_sentence(
    shipped: Documents, write_folder: WriteFolder, change: Change, sentence: str
) -> None:
    change(shipped)
    folder = write_folder(shipped)
    assert_refused(lambda: load(folder, token), sentence)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("kind: ConfigMap\nmetadata: [oops\n", r"a\.yaml: YAML: line 3: .+"),
        ("a: 1\nb: {c: 1, c: 2}\n", r"a\.yaml: YAML: line 2: key 'c' is given twice\."),
        ("a: 1\nb: \x07\n", r"a\.yaml: YAML: line 2: special characters are not allowed\."),
        ("a: 0b_\n", r"a\.yaml: YAML: a value cannot be read: .+"),
        ("a: .nan\n", r"a\.yaml: YAML: a value cannot be read: .+"),
        ("a: !!binary aGk=\n", r"a\.yaml: YAML: a value cannot be read: .+"),
        ("a: &a [*a]\n", r"a\.yaml: YAML: a value cannot be read: .+"),
        ("? [a]\n: 1\n", r"a\.yaml: YAML: line 1: found unhashable key\."),
        ("a: !!python/object:os.system {}\n", r"a\.yaml: YAML: line 1: could not determine .+"),
        ("[" * 1500, r"a\.yaml: YAML: is nested too deeply\."),
        ("- a\n", r"a\.yaml: document: kind: a Kubernetes object with a kind is needed here\."),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_yaml_is_refused_by_file_and_where_possible_by_line(
    tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(ManifestError) as refusal:
        load(tmp_path, token)
    assert re.fullmatch(sentence, str(refusal.value)), refusal.value


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"kind: \xff\n")
    with pytest.raises(ManifestError, match=r"a\.yaml: file: is not UTF-8: invalid start byte at byte 6\."):
        load(tmp_path, token)


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_an_empty_or_missing_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ManifestError) as refusal:
        load(tmp_path / name, token)
    assert str(refusal.value) == (
        f"{tmp_path / name}: folder: no manifest (*.yaml) is here; name one with --manifests."
    )
