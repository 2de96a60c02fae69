from __future__ import annotations

from typing import Any

import pytest

from rollouts.validation.pods import of_pod_template
from rollouts.validation.resources import amount, canonical

LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
NOT_OF_INIT = "Forbidden: may not be set for init containers without restartPolicy=Always"
ONE_OF = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
UNCONVERTED = "error converting fieldPath"
AT = "spec.template.spec"
HERE = f"{AT}.containers[0]"


def first(pod: dict[str, Any], **metadata: Any) -> str | None:
    problem = next(of_pod_template({"metadata": metadata, "spec": pod}), None)
    return None if problem is None else str(problem)


def container(**changes: Any) -> dict[str, Any]:
    return {"containers": [{"name": "app", "image": "v1", **changes}]}


def variable(**source: Any) -> dict[str, Any]:
    return container(env=[{"name": "A", "valueFrom": source}])


def test_a_usual_pod_is_sound() -> None:
    pod = container(
        ports=[{"name": "http", "containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}],
        env=[
            {"name": "A", "value": "a"},
            {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
            {"name": "C", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b.c"}}},
        ],
        envFrom=[{"prefix": "P_", "configMapRef": {"name": "app"}}],
        volumeMounts=[{"name": "cache", "mountPath": "/cache"}],
        resources={"requests": {"cpu": "100m", "memory": "1Gi"}, "limits": {"memory": "1024Mi", "x.y/gpu": 1}},
        livenessProbe={"httpGet": {"port": "http"}},
        readinessProbe={"exec": {"command": ["a"]}, "successThreshold": 3},
        imagePullPolicy="Always",
    )
    sidecar = {"name": "side", "image": "v1", "restartPolicy": "Always", "startupProbe": {"tcpSocket": {"port": 1}}}
    assert first({**pod, "volumes": [{"name": "cache", "emptyDir": {}}], "initContainers": [sidecar]}) is None


@pytest.mark.parametrize(
    ("pod", "complaint"),
    [
        ({"containers": []}, f"{AT}.containers: Required value"),
        (container(name="App"), f'{HERE}.name: Invalid value: "App": {LABEL}'),
        (container(name="my.app"), f'{HERE}.name: Invalid value: "my.app": must not contain dots'),
        (container(name="a" * 64), f'{HERE}.name: Invalid value: "{"a" * 64}": must be no more than 63 characters'),
        (container(name=""), f"{HERE}.name: Required value"),
        (container(image=""), f"{HERE}.image: Required value"),
        (
            container(imagePullPolicy="Never!"),
            f'{HERE}.imagePullPolicy: Unsupported value: "Never!": supported values: "Always", "IfNotPresent", "Never"',
        ),
        (
            {**container(), "restartPolicy": "Never"},
            f'{AT}.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        ),
        (
            {**container(), "activeDeadlineSeconds": 5},
            f"{AT}.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported",
        ),
        (
            {**container(), "ephemeralContainers": [{"name": "a"}]},
            f"{AT}.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template",
        ),
        ({**container(), "volumes": [{}]}, f"{AT}.volumes[0].name: Required value"),
        ({**container(), "volumes": [{"name": "a"}, {"name": "a"}]}, f'{AT}.volumes[1].name: Duplicate value: "a"'),
        (
            {**container(), "initContainers": [{"name": "app", "image": "v1"}]},
            f'{AT}.initContainers[0].name: Duplicate value: "app"',
        ),
        (
            {**container(), "initContainers": [{"name": "a", "image": "v1", "lifecycle": {}}]},
            f"{AT}.initContainers[0].lifecycle: {NOT_OF_INIT}",
        ),
        (container(volumeMounts=[{"name": "a", "mountPath": "/"}]), f'{HERE}.volumeMounts[0].name: Not found: "a"'),
        (container(volumeMounts=[{"name": "", "mountPath": "/"}]), f"{HERE}.volumeMounts[0].name: Required value"),
    ],
)
def test_what_kubernetes_refuses_is_refused_in_its_words(pod: dict[str, Any], complaint: str) -> None:
    assert first(pod) == complaint


@pytest.mark.parametrize(
    ("port", "complaint"),
    [
        ({"containerPort": 0}, ".containerPort: Required value"),
        ({"containerPort": 70000}, ".containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"),
        ({"containerPort": 1, "hostPort": -1}, ".hostPort: Invalid value: -1: must be between 1 and 65535, inclusive"),
        (
            {"containerPort": 1, "protocol": "HTTP"},
            '.protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
        ),
        (
            {"containerPort": 1, "name": "a" * 16},
            f'.name: Invalid value: "{"a" * 16}": must be no more than 15 characters',
        ),
        (
            {"containerPort": 1, "name": "A"},
            '.name: Invalid value: "A": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        ),
        ({"containerPort": 1, "name": "1"}, '.name: Invalid value: "1": must contain at least one letter (a-z)'),
        ({"containerPort": 1, "name": "a--b"}, '.name: Invalid value: "a--b": must not contain consecutive hyphens'),
        ({"containerPort": 1, "name": "-a"}, '.name: Invalid value: "-a": must not begin or end with a hyphen'),
    ],
)
def test_a_port_that_cannot_be(port: dict[str, Any], complaint: str) -> None:
    assert first(container(ports=[port])) == f"{HERE}.ports[0]{complaint}"


def test_two_ports_of_one_name() -> None:
    ports = [{"name": "a", "containerPort": 1}, {"name": "a", "containerPort": 2}]
    assert first(container(ports=ports)) == f'{HERE}.ports[1].name: Duplicate value: "a"'


@pytest.mark.parametrize(
    ("pod", "complaint"),
    [
        (container(env=[{"name": ""}]), ".env[0].name: Required value"),
        (container(env=[{"name": ".."}]), ".env[0].name: Invalid value: \"..\": must not be '..'"),
        (container(env=[{"name": "..a"}]), ".env[0].name: Invalid value: \"..a\": must not start with '..'"),
        (
            variable(),
            f".env[0].valueFrom: {ONE_OF}",
        ),
        (
            variable(fieldRef={"fieldPath": "metadata.name"}, secretKeyRef={"name": "a", "key": "b"}),
            ".env[0].valueFrom: may not have more than one field specified at a time",
        ),
        (
            container(env=[{"name": "A", "value": "a", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]),
            ".env[0].valueFrom: may not be specified when `value` is not empty",
        ),
        (variable(fieldRef={"fieldPath": ""}), ".env[0].valueFrom.fieldRef.fieldPath: Required value"),
        (
            variable(fieldRef={"fieldPath": "spec.x"}),
            f".env[0].valueFrom.fieldRef.fieldPath: {UNCONVERTED}: field label not supported: spec.x",
        ),
        (
            variable(fieldRef={"fieldPath": "spec.x['a']"}),
            f".env[0].valueFrom.fieldRef.fieldPath: {UNCONVERTED}: field label does not support subscript: spec.x['a']",
        ),
        (
            variable(fieldRef={"apiVersion": "v2", "fieldPath": "metadata.name"}),
            f".env[0].valueFrom.fieldRef.fieldPath: {UNCONVERTED}: unsupported pod version: v2",
        ),
        (variable(secretKeyRef={"name": "a", "key": ""}), ".env[0].valueFrom.secretKeyRef.key: Required value"),
        (container(envFrom=[{}]), ".envFrom: must specify one of: `configMapRef` or `secretRef`"),
        (container(envFrom=[{"configMapRef": {}}]), ".envFrom[0].configMapRef.name: Required value"),
        (
            container(envFrom=[{"configMapRef": {"name": "a"}, "secretRef": {"name": "a"}}]),
            ".envFrom: may not have more than one field specified at a time",
        ),
    ],
)
def test_a_variable_that_cannot_be(pod: dict[str, Any], complaint: str) -> None:
    assert first(pod) == f"{HERE}{complaint}"


def test_the_beginning_of_a_name_will_do_for_a_whole_map() -> None:
    assert first(container(envFrom=[{"configMapRef": {"name": "app-"}}])) is None


@pytest.mark.parametrize(
    ("probe", "complaint"),
    [
        ({}, ": Required value: must specify a handler type"),
        (
            {"exec": {"command": ["a"]}, "grpc": {"port": 1}},
            ".grpc: Forbidden: may not specify more than 1 handler type",
        ),
        ({"exec": {}}, ".exec.command: Required value"),
        ({"httpGet": {"port": 0}}, ".httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive"),
        ({"tcpSocket": {"port": "1"}}, '.tcpSocket.port: Invalid value: "1": must contain at least one letter (a-z)'),
        (
            {"exec": {"command": ["a"]}, "periodSeconds": -1},
            ".periodSeconds: Invalid value: -1: must be greater than or equal to 0",
        ),
        ({"exec": {"command": ["a"]}, "successThreshold": 2}, ".successThreshold: Invalid value: 2: must be 1"),
    ],
)
def test_a_probe_that_cannot_be(probe: dict[str, Any], complaint: str) -> None:
    assert first(container(livenessProbe=probe)) == f"{HERE}.livenessProbe{complaint}"


@pytest.mark.parametrize(
    ("resources", "complaint"),
    [
        (
            {"limits": {"gpu": 1}},
            '.limits[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
        ),
        ({"requests": {"cpu": "-1"}}, '.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0'),
        (
            {"requests": {"memory": "2Gi"}, "limits": {"memory": "1.5Gi"}},
            ".requests: must be less than or equal to memory limit of 1536Mi",
        ),
    ],
)
def test_resources_that_cannot_be(resources: dict[str, Any], complaint: str) -> None:
    assert first(container(resources=resources)) == f"{HERE}.resources{complaint}"


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ({"labels": {"a b": "c"}}, "labels"),
        ({"labels": {"a": "-"}}, "labels"),
        ({"annotations": {"/a": "x"}}, "annotations"),
    ],
)
def test_labels_and_annotations_that_cannot_be(metadata: dict[str, Any], field: str) -> None:
    assert (first(container(), **metadata) or "").startswith(f"spec.template.metadata.{field}: Invalid value: ")


@pytest.mark.parametrize(
    ("quantity", "number", "shown"),
    [
        ("1", 1, "1"),
        (1000, 1000, "1k"),
        ("0.5", 0.5, "500m"),
        ("1e3", 1000, "1k"),
        ("1Ki", 1024, "1Ki"),
        ("1.5Mi", 1536 * 1024, "1536Ki"),
        ("0Gi", 0, "0"),
        ("100n", 1e-7, "100n"),
        ("", 0, "0"),
    ],
)
def test_a_quantity_is_a_number(quantity: int | str, number: float, shown: str) -> None:
    assert float(amount(quantity)) == number
    assert canonical(quantity) == shown
