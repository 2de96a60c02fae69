import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platforms.errors import ManifestError
from platforms.manifests import Manifests, load, read

Documents = dict[str, list[dict[str, Any]]]
WriteFolder = Callable[[Documents], Path]
Change = Callable[[Documents], object]


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


def test_the_shipped_folder_is_read(manifests: Manifests) -> None:
    assert manifests.namespace == "faces"
    assert set(manifests.rollouts) == set(manifests.pods) == {"gui", "face", "smiley", "color"}
    assert {rollout.namespace for rollout in manifests.rollouts.values()} == {"faces"}
    assert set(manifests.templates) == {"success-rate", "latency-p99", "promotion-gate"}
    assert manifests.services["color"].spec.ports[0].grpc
    assert not manifests.services["smiley-canary"].spec.ports[0].grpc
    assert manifests.config_maps["faces"]["NUM_ROWS"] == "4"
    assert manifests.files["Rollout/smiley"] == "smiley.yaml"
    assert manifests.pods["smiley"].container.args == ("smiley",)


def test_a_secret_that_asks_for_a_token_gets_a_generated_one_and_only_then(
    shipped: Documents, write_folder: WriteFolder
) -> None:
    assert load(write_folder(shipped), token).secrets == {"faces-control": {"token": "a-token"}}
    secret = find(shipped, "Secret", "faces-control")
    secret["stringData"]["token"] = "chosen"
    assert load(write_folder(shipped), token).secrets == {"faces-control": {"token": "chosen"}}
    secret["stringData"]["token"] = ""
    del secret["metadata"]["annotations"]
    assert load(write_folder(shipped), token).secrets == {"faces-control": {"token": ""}}


def test_string_data_of_a_secret_wins_over_its_data(shipped: Documents, write_folder: WriteFolder) -> None:
    secret = find(shipped, "Secret", "faces-control")
    secret["data"] = {"token": "b2xk", "other": "w6k="}
    secret["stringData"] = {"token": "new"}
    assert load(write_folder(shipped), token).secrets["faces-control"] == {"token": "new", "other": "é"}


def test_without_a_kustomization_every_yaml_file_counts(shipped: Documents, write_folder: WriteFolder) -> None:
    del shipped["kustomization.yaml"]
    read = load(write_folder(shipped), token)
    assert (read.namespace, len(read.rollouts)) == ("default", 4)


def test_a_kustomization_decides_which_files_count(shipped: Documents, write_folder: WriteFolder) -> None:
    shipped["not-listed.yaml"] = [{"kind": "Deployment"}]
    assert load(write_folder(shipped), token).namespace == "faces"


def test_a_port_may_be_meant_by_its_number_or_be_the_services_own(
    shipped: Documents, write_folder: WriteFolder
) -> None:
    service(shipped)["ports"][0]["targetPort"] = 8000
    service(shipped, "smiley-canary")["ports"][0] = {"port": 8000}
    container(shipped)["readinessProbe"]["httpGet"]["port"] = 8001
    read = load(write_folder(shipped), token)
    pods = read.pods["smiley"].container
    assert [pods.port_named(read.services[name].spec.ports[0].target) for name in ("smiley", "smiley-canary")] == [
        "http",
        "http",
    ]
    assert pods.port_named(pods.readiness_probe.http_get.port) == "admin"


def test_a_date_and_a_merged_key_that_is_given_again_are_read_as_kubernetes_reads_them(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  <<: &base {DAY: 2026-01-31, K: old}\n  K: new\n"
    )
    assert load(tmp_path, token).config_maps["a"] == {"DAY": "2026-01-31", "K": "new"}


# Each case: its name, what is changed, and the whole of the sentence that follows (`...` stands for pydantic's words).
BROKEN: list[tuple[str, Change, str]] = [
    (
        "two objects of one name",
        lambda d: d["services.yaml"].append(copy.deepcopy(d["services.yaml"][0])),
        "services.yaml: Service gui: metadata.name: there is another object of this name.",
    ),
    (
        "an unknown kind",
        lambda d: d["config.yaml"].append({"kind": "Deployment", "metadata": {"name": "x"}}),
        "config.yaml: Deployment x: kind: the embedded platform knows only "
        "Rollout, Service, AnalysisTemplate, ConfigMap, Secret.",
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
        "services.yaml: Service: metadata.name: 'smiley.v2' is no name: "
        "it must be lower case letters, digits and dashes, 63 characters at most.",
    ),
    (
        "a name that leaves the folder",
        lambda d: find(d, "Rollout", "smiley")["metadata"].update(name="../smiley"),
        "smiley.yaml: Rollout: metadata.name: '../smiley' is no name: "
        "it must be lower case letters, digits and dashes, 63 characters at most.",
    ),
    (
        "another namespace",
        lambda d: find(d, "Service", "smiley")["metadata"].update(namespace="elsewhere"),
        "services.yaml: Service smiley: metadata.namespace: "
        "a run has one namespace, faces; kustomization.yaml can name another.",
    ),
    (
        "an unknown field at the top",
        lambda d: find(d, "Service", "smiley").update(sepc={}),
        "services.yaml: Service smiley: sepc: "
        "the embedded platform does not support this field; remove it or use a cluster.",
    ),
    (
        "an unknown field in the metadata",
        lambda d: find(d, "ConfigMap", "faces")["metadata"].update(finalizers=[]),
        "config.yaml: ConfigMap faces: metadata.finalizers: "
        "the embedded platform does not support this field; remove it or use a cluster.",
    ),
    (
        "an unknown field in a Service's port",
        lambda d: service(d)["ports"][0].update(nodePort=30000),
        "services.yaml: Service smiley: spec.ports[0].nodePort: "
        "the embedded platform does not support this field; remove it or use a cluster.",
    ),
    (
        "an unknown field in a pod",
        lambda d: smiley(d)["template"]["spec"].update(volumes=[]),
        "smiley.yaml: Rollout smiley: spec.template.spec.volumes: "
        "the embedded platform does not support this field; remove it or use a cluster.",
    ),
    (
        "an unknown field in a probe",
        lambda d: container(d)["readinessProbe"]["httpGet"].update(scheme="HTTPS"),
        "smiley.yaml: Rollout smiley: spec.template.spec.containers[0].readinessProbe.httpGet.scheme: "
        "the embedded platform does not support this field; remove it or use a cluster.",
    ),
    (
        "an unknown field in a Rollout",
        lambda d: canary(d).update(stepz=[]),
        "smiley.yaml: Rollout smiley: spec.strategy.canary.stepz: "
        "this engine does not know the field; remove it, or correct its spelling",
    ),
    (
        "an unsupported feature of Rollouts",
        lambda d: canary(d)["steps"].insert(0, {"setCanaryScale": {"replicas": 1}}),
        "smiley.yaml: Rollout smiley: spec.strategy.canary.steps[0].setCanaryScale: this engine does not know "
        "setCanaryScale steps; remove the field, or run this Rollout on a cluster with Argo Rollouts",
    ),
    (
        "an unknown field in an AnalysisTemplate",
        lambda d: find(d, "AnalysisTemplate", "success-rate")["spec"]["metrics"][0].update(failLimit=1),
        "analysis.yaml: AnalysisTemplate success-rate: spec.metrics[0].failLimit: "
        "this engine does not know the field; remove it, or correct its spelling",
    ),
    (
        "no stable Service",
        lambda d: drop(d, "services.yaml", "Service", "smiley"),
        'smiley.yaml: Rollout smiley: spec.strategy.canary.stableService: service "smiley" not found',
    ),
    (
        "no canary Service",
        lambda d: drop(d, "services.yaml", "Service", "smiley-canary"),
        'smiley.yaml: Rollout smiley: spec.strategy.canary.canaryService: service "smiley-canary" not found',
    ),
    (
        "a stable Service of other pods",
        lambda d: service(d).update(selector={"app": "color"}),
        'smiley.yaml: Rollout smiley: spec.strategy.canary.stableService: service "smiley" does not select '
        "the pods of this Rollout: compare its selector with their labels",
    ),
    (
        "no AnalysisTemplate for the background",
        lambda d: drop(d, "analysis.yaml", "AnalysisTemplate", "latency-p99"),
        "face.yaml: Rollout face: spec.strategy.canary.analysis.templates: AnalysisTemplate 'latency-p99' not found",
    ),
    (
        "no AnalysisTemplate for a step",
        lambda d: canary(d)["steps"][4]["analysis"].update(templates=[{"templateName": "gate"}]),
        "smiley.yaml: Rollout smiley: spec.strategy.canary.steps[4].analysis.templates: "
        "AnalysisTemplate 'gate' not found",
    ),
    (
        "an argument that nobody gives",
        lambda d: canary(d)["analysis"].update(args=[]),
        "smiley.yaml: Rollout smiley: spec.strategy.canary.analysis.args: args.namespace was not resolved",
    ),
    (
        "no ConfigMap",
        lambda d: drop(d, "config.yaml", "ConfigMap", "faces"),
        "gui.yaml: Rollout gui: spec.template.spec.containers[0].envFrom[0]: ConfigMap faces not found",
    ),
    (
        "no key in a Secret",
        lambda d: find(d, "Secret", "faces-control").update(stringData={}, metadata={"name": "faces-control"}),
        "gui.yaml: Rollout gui: spec.template.spec.containers[0].env[3]: key token of Secret faces-control not found",
    ),
    (
        "no key in a ConfigMap",
        variable(valueFrom={"configMapKeyRef": {"name": "faces", "key": "NOPE"}}),
        "smiley.yaml: Rollout smiley: spec.template.spec.containers[0].env[4]: key NOPE of ConfigMap faces not found",
    ),
    (
        "bad base64",
        lambda d: find(d, "Secret", "faces-control").update(data={"token": "§"}),
        "config.yaml: Secret faces-control: data.token: is not text in base64: ...",
    ),
    (
        "a reference to another variable",
        variable(value="$(VERSION)"),
        "smiley.yaml: Rollout smiley: spec.template.spec.containers[0].env[4]: "
        "$(NAME) references are not expanded by the embedded platform",
    ),
    (
        "a value and a source",
        variable(value="1", valueFrom={"fieldRef": {"fieldPath": "metadata.name"}}),
        "smiley.yaml: Rollout smiley: spec.template.spec.containers[0].env[4]: name either value or valueFrom",
    ),
    (
        "two sources of one variable",
        variable(
            valueFrom={
                "fieldRef": {"fieldPath": "metadata.name"},
                "configMapKeyRef": {"name": "faces", "key": "NUM_ROWS"},
            }
        ),
        "smiley.yaml: Rollout smiley: spec.template.spec.containers[0].env[4].valueFrom: "
        "name exactly one of configMapKeyRef, secretKeyRef, fieldRef",
    ),
    (
        "a source of nothing",
        lambda d: container(d)["envFrom"].append({}),
        "smiley.yaml: Rollout smiley: spec.template.spec.containers[0].envFrom[1]: "
        "name exactly one of configMapRef, secretRef",
    ),
    (
        "two containers",
        lambda d: smiley(d)["template"]["spec"]["containers"].append(copy.deepcopy(container(d))),
        "smiley.yaml: Rollout smiley: spec.template.spec.containers: ...",
    ),
    (
        "wrong args",
        lambda d: container(d).update(args=["smily"]),
        "smiley.yaml: Rollout smiley: spec.template.spec.containers[0].args[0]: "
        "Input should be 'gui', 'face', 'smiley' or 'color'",
    ),
    (
        "a command",
        lambda d: container(d).update(command=["sh"]),
        "smiley.yaml: Rollout smiley: spec.template.spec.containers[0].command: "
        "the embedded platform does not support this field; remove it or use a cluster.",
    ),
    (
        "no readiness probe",
        lambda d: container(d).pop("readinessProbe"),
        "smiley.yaml: Rollout smiley: spec.template.spec.containers[0].readinessProbe: Field required",
    ),
    (
        "a probe of no port",
        lambda d: container(d)["livenessProbe"]["httpGet"].update(port="health"),
        "smiley.yaml: Rollout smiley: spec.template.spec.containers[0]: "
        "a probe asks port health, which is none of this container's ports",
    ),
    (
        "a port that the app does not have",
        lambda d: container(d)["ports"].append({"name": "debug", "containerPort": 9000}),
        "smiley.yaml: Rollout smiley: spec.template.spec.containers[0].ports[3].name: "
        "Input should be 'http', 'grpc', 'admin' or 'control'",
    ),
    (
        "a port given twice",
        lambda d: container(d)["ports"].append({"name": "http", "containerPort": 9000}),
        "smiley.yaml: Rollout smiley: spec.template.spec.containers[0]: "
        "two ports have the same name in http, admin, control, http",
    ),
    (
        "a target port that no container has",
        lambda d: service(d)["ports"][0].update(targetPort="web"),
        "services.yaml: Service smiley: spec.ports[0].targetPort: web is no port of the container of Rollout smiley.",
    ),
    (
        "no target port, and a port that no container has",
        lambda d: service(d)["ports"][0].pop("targetPort"),
        "services.yaml: Service smiley: spec.ports[0].targetPort: 80 is no port of the container of Rollout smiley.",
    ),
    (
        "two Services of the same pods that mean different ports",
        lambda d: service(d, "smiley-canary")["ports"][0].update(targetPort="admin"),
        "services.yaml: Service smiley-canary: spec.ports[0]: "
        "targets another port, or speaks another protocol, than Service smiley of the same pods.",
    ),
    (
        "a Service with two ports",
        lambda d: service(d)["ports"].append({"name": "admin", "port": 81}),
        "services.yaml: Service smiley: spec.ports: ...",
    ),
    (
        "a Service with a port out of range",
        lambda d: service(d)["ports"][0].update(port=70000),
        "services.yaml: Service smiley: spec.ports[0].port: Input should be less than or equal to 65535",
    ),
    (
        "a protocol that would be taken for HTTP",
        lambda d: service(d)["ports"][0].update(appProtocol="https"),
        "services.yaml: Service smiley: spec.ports[0].appProtocol: "
        "Input should be 'http', 'kubernetes.io/h2c' or 'grpc'",
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
        "services.yaml: Service gui: spec.selector: selects pods of several Rollouts (face, smiley); "
        "the embedded platform wants one.",
    ),
    (
        "a kustomization with an unsupported field",
        lambda d: d["kustomization.yaml"][0].update(namePrefix="my-"),
        "kustomization.yaml: Kustomization: namePrefix: "
        "the embedded platform does not support this field; remove it or use a cluster.",
    ),
    (
        "a kustomization of a file that is missing",
        lambda d: d["kustomization.yaml"][0]["resources"].append("more.yaml"),
        "more.yaml: file: cannot be read: No such file or directory.",
    ),
    (
        "a kustomization of a folder",
        lambda d: d["kustomization.yaml"][0]["resources"].append("../manifests"),
        "manifests: file: cannot be read: Is a directory.",
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
    (
        "a number where text is needed",
        lambda d: find(d, "ConfigMap", "faces")["data"].update(NUM_ROWS=4),
        "config.yaml: ConfigMap faces: data.NUM_ROWS: Input should be a valid string",
    ),
    (
        "a template that is no mapping",
        lambda d: smiley(d)["template"].update(metadata="labels"),
        "smiley.yaml: Rollout smiley: spec.template.metadata: a mapping is needed here.",
    ),
]


@pytest.mark.parametrize(("change", "sentence"), [pytest.param(c, s, id=name) for name, c, s in BROKEN])
def test_a_broken_manifest_is_refused_in_one_sentence_that_names_file_object_and_field(
    shipped: Documents, write_folder: WriteFolder, change: Change, sentence: str
) -> None:
    change(shipped)
    with pytest.raises(ManifestError) as refusal:
        load(write_folder(shipped), token)
    said = str(refusal.value)
    assert said == sentence or (sentence.endswith("...") and said.startswith(sentence.removesuffix("...")))
    assert "\n" not in said


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
        ("[" * 5000, r"a\.yaml: YAML: is nested too deeply\."),
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


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 70000),
    st.sampled_from(["", "x", "smiley", "30%", "{{args.x}}", "$(X)", "http", "-1s", "999999999999h", "1e400", "é\0"]),
    st.lists(st.sampled_from([None, 1, "x", {}]), max_size=2),
    st.dictionaries(st.sampled_from(["name", "value", "x"]), st.sampled_from([None, 1, "x", {}]), max_size=2),
)


@given(data=st.data())
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_changed_document_is_read_or_refused_and_never_an_accident(shipped: Documents, data: st.DataObject) -> None:
    """Some place in the shipped documents gets another value, is taken away, doubled, or called otherwise."""
    documents = copy.deepcopy(shipped)
    del documents["kustomization.yaml"]
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.sampled_from(sorted(places(documents), key=str)))
        mutate(documents, place, data)
    found = [(file, document) for file, content in documents.items() for document in content if document is not None]
    try:
        result = read(found, "faces", token)
    except ManifestError as refusal:
        assert refusal.file in documents
        assert refusal.subject
        assert "\n" not in str(refusal)
    else:
        assert isinstance(result, Manifests)


Place = tuple[str | int, ...]


def places(value: Any, at: Place = ()) -> list[Place]:
    below: list[Place] = []
    if isinstance(value, dict):
        below = [place for key, part in value.items() for place in places(part, (*at, key))]
    elif isinstance(value, list):
        below = [place for index, part in enumerate(value) for place in places(part, (*at, index))]
    return below + ([at] if len(at) > 1 else [])


def mutate(documents: Any, place: Place, data: st.DataObject) -> None:
    around: Any = documents
    try:
        for key in place[:-1]:
            around = around[key]
        around[place[-1]]
    except (KeyError, IndexError, TypeError):
        return  # the change before took this place away
    how = data.draw(st.sampled_from(["replace", "remove", "double"]))
    if how == "replace":
        around[place[-1]] = data.draw(VALUES)
    elif how == "remove":
        del around[place[-1]]
    elif isinstance(around, list):
        around.append(copy.deepcopy(around[place[-1]]))
    else:
        around[data.draw(st.sampled_from(["x", "namespace", "name"]))] = around.pop(place[-1])
