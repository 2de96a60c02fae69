"""Manifests as they lie in the folder: read strictly, checked against each other, refused by file and field.

A kustomization.yaml decides which files count and which namespace; of kustomize itself only `resources` and
`namespace` are known here, and whatever else it says is refused, because ignoring it would run something other than
what `kubectl apply -k` runs.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from platforms.errors import ManifestError
from platforms.pods import PodTemplate
from rollouts.analysis.spec import AnalysisTemplate, parse_analysis_template
from rollouts.errors import SpecError
from rollouts.spec import Rollout, parse_rollout

T = TypeVar("T", bound=BaseModel)

GENERATE = "faces.dev/generate"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class _Metadata(_Strict):
    name: str
    namespace: str | None = None
    labels: Mapping[str, str] = Field(default_factory=dict)
    annotations: Mapping[str, str] = Field(default_factory=dict)


class ServicePort(_Strict):
    port: int
    name: str = ""
    target_port: int | str | None = Field(default=None, alias="targetPort")
    protocol: Literal["TCP"] = "TCP"
    app_protocol: str = Field(default="http", alias="appProtocol")

    @property
    def grpc(self) -> bool:
        return self.app_protocol in ("kubernetes.io/h2c", "grpc")


class ServiceSpec(_Strict):
    selector: Mapping[str, str]
    ports: tuple[ServicePort, ...] = Field(min_length=1, max_length=1)
    type: Literal["ClusterIP"] = "ClusterIP"


class Service(_Strict):
    api_version: Literal["v1"] = Field(alias="apiVersion")
    kind: Literal["Service"]
    metadata: _Metadata
    spec: ServiceSpec


class _ConfigMap(_Strict):
    api_version: Literal["v1"] = Field(alias="apiVersion")
    kind: Literal["ConfigMap"]
    metadata: _Metadata
    data: Mapping[str, str] = Field(default_factory=dict)


class _Secret(_Strict):
    api_version: Literal["v1"] = Field(alias="apiVersion")
    kind: Literal["Secret"]
    metadata: _Metadata
    type: Literal["Opaque"] = "Opaque"
    data: Mapping[str, str] = Field(default_factory=dict)
    string_data: Mapping[str, str] = Field(default_factory=dict, alias="stringData")


class _Kustomization(_Strict):
    api_version: str = Field(alias="apiVersion")
    kind: Literal["Kustomization"]
    namespace: str = "default"
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifests:
    """Everything that one folder asks for, by name. `files` tells where each object stands."""

    namespace: str
    rollouts: Mapping[str, Rollout] = field(default_factory=dict)
    pods: Mapping[str, PodTemplate] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    templates: Mapping[str, AnalysisTemplate] = field(default_factory=dict)
    config_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


def load(directory: Path, new_token: Callable[[], str]) -> Manifests:
    """Read a folder. `new_token` gives the value of a Secret's key that asks for a generated one.

    Raises ManifestError: the first problem, by file, object and field.
    """
    kustomization = directory / "kustomization.yaml"
    if kustomization.is_file():
        settings = _parse(_Kustomization, _single(kustomization), kustomization.name)
        namespace, files = settings.namespace, [directory / name for name in settings.resources]
    else:
        namespace, files = "default", sorted(directory.glob("*.yaml"))
    if not files:
        raise ManifestError(str(directory), "folder", "", "no manifest (*.yaml) is here; name one with --manifests.")
    reader = _Reader(namespace, new_token)
    for file in files:
        for document in _documents(file):
            reader.add(document, file.name)
    return reader.result()


class _Reader:
    """Collects the objects of one folder, then checks what they say of each other."""

    def __init__(self, namespace: str, new_token: Callable[[], str]) -> None:
        self._namespace, self._new_token = namespace, new_token
        self._files: dict[str, str] = {}
        self._rollouts: dict[str, Rollout] = {}
        self._pods: dict[str, PodTemplate] = {}
        self._services: dict[str, Service] = {}
        self._templates: dict[str, AnalysisTemplate] = {}
        self._config_maps: dict[str, Mapping[str, str]] = {}
        self._secrets: dict[str, Mapping[str, str]] = {}

    def add(self, document: Any, file: str) -> None:
        if not isinstance(document, dict) or not isinstance(document.get("kind"), str):
            raise ManifestError(file, "document", "kind", "a Kubernetes object with a kind is needed here.")
        kind, name = document["kind"], _name(document, file)
        if f"{kind}/{name}" in self._files:
            raise ManifestError(file, f"{kind} {name}", "metadata.name", "there is another object of this name.")
        readers = {
            "Rollout": self._rollout,
            "Service": self._service,
            "AnalysisTemplate": self._template,
            "ConfigMap": self._config_map,
            "Secret": self._secret,
        }
        if kind not in readers:
            known = ", ".join(readers)
            raise ManifestError(file, f"{kind} {name}", "kind", f"the embedded platform knows only {known}.")
        self._files[f"{kind}/{name}"] = file
        placed = document | {"metadata": {"namespace": self._namespace} | document["metadata"]}
        try:
            readers[kind](name, placed, file)
        except SpecError as error:
            raise ManifestError(file, f"{kind} {name}", error.field, error.message) from error

    def _rollout(self, name: str, document: dict[str, Any], file: str) -> None:
        self._rollouts[name] = rollout = parse_rollout(document)
        self._pods[name] = pod_template(rollout, file)

    def _service(self, name: str, document: dict[str, Any], file: str) -> None:
        self._services[name] = _parse(Service, document, file)

    def _template(self, name: str, document: dict[str, Any], file: str) -> None:
        del file
        self._templates[name] = parse_analysis_template(document)

    def _config_map(self, name: str, document: dict[str, Any], file: str) -> None:
        self._config_maps[name] = _parse(_ConfigMap, document, file).data

    def _secret(self, name: str, document: dict[str, Any], file: str) -> None:
        secret = _parse(_Secret, document, file)
        try:
            decoded = {key: base64.b64decode(value, validate=True).decode() for key, value in secret.data.items()}
        except ValueError as error:
            raise ManifestError(file, f"Secret {name}", "data", f"is not base64: {error}") from error
        values = decoded | dict(secret.string_data)
        generated = secret.metadata.annotations.get(GENERATE)
        if generated is not None and not values.get(generated):
            values[generated] = self._new_token()
        self._secrets[name] = values

    def result(self) -> Manifests:
        for name, rollout in self._rollouts.items():
            self._check_references(name, rollout)
        return Manifests(
            self._namespace,
            self._rollouts,
            self._pods,
            self._services,
            self._templates,
            self._config_maps,
            self._secrets,
            self._files,
        )

    def _check_references(self, name: str, rollout: Rollout) -> None:
        file, subject = self._files[f"Rollout/{name}"], f"Rollout {name}"
        canary = rollout.canary
        for side, service in (
            ("stableService", canary.stable_service),
            ("canaryService", canary.canary_service),
        ):
            if service and service not in self._services:
                path = f"spec.strategy.canary.{side}"
                raise ManifestError(file, subject, path, f'service "{service}" not found')
        for path, template in _template_references(rollout):
            if template not in self._templates:
                raise ManifestError(file, subject, path, f"AnalysisTemplate '{template}' not found")
        for path, kind, wanted, key in self._pods[name].references():
            store = self._config_maps if kind == "ConfigMap" else self._secrets
            if wanted not in store or (key is not None and key not in store[wanted]):
                missing = f"{kind} {wanted}" if wanted not in store else f"key {key} of {kind} {wanted}"
                raise ManifestError(file, subject, path, f"{missing} not found")


def pod_template(rollout: Rollout, file: str) -> PodTemplate:
    """What the embedded platform can run of this Rollout's pods; raises ManifestError for what it cannot."""
    return _parse(PodTemplate, rollout.spec.template, file, f"Rollout {rollout.name}", "spec.template")


def _template_references(rollout: Rollout) -> Iterator[tuple[str, str]]:
    canary = rollout.canary
    if canary.analysis is not None:
        for reference in canary.analysis.templates:
            yield "spec.strategy.canary.analysis.templates", reference.template_name
    for index, step in enumerate(canary.steps):
        if step.analysis is not None:
            for reference in step.analysis.templates:
                yield f"spec.strategy.canary.steps[{index}].analysis.templates", reference.template_name


def _name(document: Mapping[str, Any], file: str) -> str:
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or not name:
        raise ManifestError(file, str(document["kind"]), "metadata.name", "a name is needed here.")
    return name


def _parse(model: type[T], document: Any, file: str, subject: str = "", prefix: str = "") -> T:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
        message = first["msg"]
        if first["type"] == "extra_forbidden":
            message = "the embedded platform does not support this field; remove it or use a cluster."
        if not subject and isinstance(document, dict):
            subject = f"{document.get('kind', 'object')} {document.get('metadata', {}).get('name', '')}".strip()
        raise ManifestError(file, subject, (prefix + path).lstrip("."), message) from error


def _single(file: Path) -> Any:
    documents = list(_documents(file))
    if len(documents) != 1:
        raise ManifestError(file.name, "file", "", "exactly one document is expected here.")
    return documents[0]


def _documents(file: Path) -> Iterator[Any]:
    try:
        text = file.read_text()
    except OSError as error:
        raise ManifestError(file.name, "file", "", f"cannot be read: {error.strerror}.") from error
    try:
        yield from (document for document in yaml.load_all(text, _UniqueKeys) if document is not None)
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f"line {where.line + 1}" if where is not None else ""
        problem = getattr(error, "problem", None) or str(error)
        raise ManifestError(file.name, "YAML", line, f"{problem}.") from error


class _UniqueKeys(yaml.SafeLoader):
    """YAML where a key given twice is an error: PyYAML alone would quietly keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen and key != "<<":
                raise yaml.MarkedYAMLError(problem=f"key {key!r} is given twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)
