"""Manifests as they lie in the folder: read strictly, checked against each other, refused by file and field.

A kustomization.yaml decides which files count and which namespace; of kustomize itself only `resources` and
`namespace` are known here, and whatever else it says is refused, because ignoring it would run something other than
what `kubectl apply -k` runs. A resource is a file, or a folder with a kustomization.yaml of its own.
"""

import base64
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from platforms.embedded.manifests.annotations import identity_of, service_policy
from platforms.embedded.manifests.consistency import check
from platforms.embedded.manifests.pods import PodTemplate
from platforms.metrics import unit_problem, units_of
from rollouts.analysis.spec import AnalysisTemplate, parse_analysis_template
from rollouts.errors import SpecError
from rollouts.spec import Rollout, parse_rollout
from seam.documents import documents, single
from seam.errors import ManifestError, UserError

T = TypeVar("T", bound=BaseModel)

GENERATE = "faces.dev/generate"
_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class _Metadata(_Strict):
    name: str
    namespace: str | None = None
    labels: Mapping[str, str] = Field(default_factory=dict)
    annotations: Mapping[str, str] = Field(default_factory=dict)


class ServicePort(_Strict):
    port: int = Field(ge=1, le=65535)
    name: str = ""
    target_port: int | str | None = Field(default=None, alias="targetPort")
    protocol: Literal["TCP"] = "TCP"
    app_protocol: Literal["http", "kubernetes.io/h2c", "grpc"] = Field(default="http", alias="appProtocol")

    @property
    def grpc(self) -> bool:
        return self.app_protocol != "http"

    @property
    def target(self) -> int | str:
        """The name or the number of the container's port."""
        return self.port if self.target_port is None else self.target_port


class ServiceSpec(_Strict):
    selector: Mapping[str, str] = Field(min_length=1)
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


class _Inside(_Strict):
    """The kustomization.yaml of a folder that is a resource of another one, which names the namespace."""

    api_version: str = Field(alias="apiVersion")
    kind: Literal["Kustomization"]
    resources: tuple[str, ...]


class _Kustomization(_Inside):
    namespace: str = Field(default="default", pattern=f"^{_LABEL}$")


@dataclass(frozen=True, slots=True)
class Manifests:
    """Everything that one folder asks for, by name.

    `templates` are by key, and so are `units`: the unit of each metric for which the AnalysisTemplate names one.
    `files` says in which file each object is.
    """

    namespace: str
    rollouts: Mapping[str, Rollout] = field(default_factory=dict)
    pods: Mapping[str, PodTemplate] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    templates: Mapping[str, AnalysisTemplate] = field(default_factory=dict)
    units: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    config_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def secret_values(self) -> dict[tuple[str, str], str]:
        """By the name of the Secret, and the key."""
        return {(name, key): value for name, data in self.secrets.items() for key, value in data.items()}


def load(directory: Path, new_token: Callable[[], str]) -> Manifests:
    """Read a folder. `new_token` gives the value of a Secret's key that asks for a generated one.

    Raises ManifestError: the first problem, by file, object and field.
    """
    kustomization = directory / "kustomization.yaml"
    if kustomization.is_file():
        settings = _parse(_Kustomization, single(kustomization), kustomization.name)
        namespace, files = settings.namespace, list(_resources(directory, settings.resources))
    else:
        namespace, files = "default", [(file.name, file) for file in sorted(directory.glob("*.yaml"))]
    if not files:
        raise ManifestError(str(directory), "folder", "", "no manifest (*.yaml) is here; name one with --manifests.")
    found = ((name, document) for name, file in files for document in documents(file))
    return read(found, namespace, new_token)


def _resources(directory: Path, names: Iterable[str], above: tuple[Path, ...] = ()) -> Iterator[tuple[str, Path]]:
    """(its name in messages, the file) of everything that a kustomization.yaml names; a folder has one of its own."""
    for name in names:
        resource = directory / name
        if not resource.is_dir():
            yield name, resource
            continue
        inside, file = (*above, directory.resolve()), f"{name}/kustomization.yaml"
        if resource.resolve() in inside:
            raise ManifestError(file, "Kustomization", "resources", "this folder is a resource of itself; remove it.")
        settings = _parse(_Inside, single(resource / "kustomization.yaml"), file)
        yield from ((f"{name}/{one}", path) for one, path in _resources(resource, settings.resources, inside))


def with_annotations(read: Manifests, services: Mapping[str, Mapping[str, str]]) -> Manifests:
    """The same with these annotations on top of the Services' own. Raises UserError for a Service that is not there."""
    changed = dict(read.services)
    for name, annotations in services.items():
        if name not in changed:
            raise UserError(f"There is no Service {name!r} in these manifests, which the release needs.")
        metadata = changed[name].metadata
        own = {**metadata.annotations, **annotations}
        changed[name] = changed[name].model_copy(update={"metadata": metadata.model_copy(update={"annotations": own})})
    return replace(read, services=changed)


def read(found: Iterable[tuple[str, Any]], namespace: str, new_token: Callable[[], str]) -> Manifests:
    """The same from documents, each with the name of its file."""
    reader = _Reader(namespace, new_token)
    for file, document in found:
        reader.add(document, file)
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
        self._units: dict[str, Mapping[str, str]] = {}
        self._config_maps: dict[str, Mapping[str, str]] = {}
        self._secrets: dict[str, Mapping[str, str]] = {}

    def add(self, document: Any, file: str) -> None:
        if not isinstance(document, dict) or not isinstance(document.get("kind"), str):
            raise ManifestError(file, "document", "kind", "a Kubernetes object with a kind is needed here.")
        kind, name = document["kind"], _name(document, file)
        self._check_place(document, file, f"{kind} {name}")
        if f"{kind}/{name}" in self._files:
            raise ManifestError(file, f"{kind} {name}", "metadata.name", "there is another object of this name.")
        readers = {
            "Rollout": self._rollout,
            "Service": self._service,
            "AnalysisTemplate": self._template,
            "ClusterAnalysisTemplate": self._template,
            "ConfigMap": self._config_map,
            "Secret": self._secret,
        }
        if kind not in readers:
            known = ", ".join(readers)
            raise ManifestError(file, f"{kind} {name}", "kind", f"the embedded platform knows only {known}.")
        self._files[f"{kind}/{name}"] = file
        placed = document | {"metadata": document["metadata"] | {"namespace": self._namespace}}
        try:
            readers[kind](name, placed, file)
        except SpecError as error:
            raise ManifestError(file, f"{kind} {name}", error.field, error.message) from error

    def _check_place(self, document: Mapping[str, Any], file: str, subject: str) -> None:
        namespace = document["metadata"].get("namespace")
        if namespace not in (None, self._namespace):
            message = f"a run has one namespace, {self._namespace}; kustomization.yaml can name another."
            raise ManifestError(file, subject, "metadata.namespace", message)

    def _rollout(self, name: str, document: dict[str, Any], file: str) -> None:
        # The API server makes one up for every object; here it is the same each time that the folder is read.
        uid = uuid.uuid5(uuid.NAMESPACE_OID, f"{self._namespace}/{name}")
        named = document | {"metadata": document["metadata"] | {"uid": str(uid)}}
        self._rollouts[name] = rollout = parse_rollout(named)
        if rollout.is_blue_green:
            message = "the embedded platform plays canary releases only; play this Rollout on a cluster."
            raise ManifestError(file, f"Rollout {name}", "spec.strategy.blueGreen", message)
        self._pods[name] = pod_template(rollout, file)

    def _service(self, name: str, document: dict[str, Any], file: str) -> None:
        self._services[name] = service = _parse(Service, document, file)
        try:
            service_policy(service.metadata.annotations)
        except ValueError as error:
            raise ManifestError(file, f"Service {name}", "metadata.annotations", f"{error}.") from error

    def _template(self, name: str, document: dict[str, Any], file: str) -> None:
        template = parse_analysis_template(document)
        units = units_of(document["metadata"].get("annotations") or {})
        problem = unit_problem(units, [metric.name for metric in template.metrics])
        if problem is not None:
            annotation, message = problem
            raise ManifestError(file, f"{document['kind']} {name}", f"metadata.annotations[{annotation}]", message)
        self._templates[template.key], self._units[template.key] = template, units

    def _config_map(self, name: str, document: dict[str, Any], file: str) -> None:
        self._config_maps[name] = _parse(_ConfigMap, document, file).data

    def _secret(self, name: str, document: dict[str, Any], file: str) -> None:
        secret = _parse(_Secret, document, file)
        decoded = {key: _decoded(key, value, file, name) for key, value in secret.data.items()}
        values = decoded | dict(secret.string_data)
        generated = secret.metadata.annotations.get(GENERATE)
        if generated is not None and not values.get(generated):
            values[generated] = self._new_token()
        self._secrets[name] = values

    def result(self) -> Manifests:
        read = Manifests(
            self._namespace,
            self._rollouts,
            self._pods,
            self._services,
            self._templates,
            self._units,
            self._config_maps,
            self._secrets,
            self._files,
        )
        check(read)
        return read


def pod_template(rollout: Rollout, file: str) -> PodTemplate:
    """What the embedded platform can run of this Rollout's pods; raises ManifestError for what it cannot."""
    subject, field_path = f"Rollout {rollout.name}", "spec.template"
    read = _parse(PodTemplate, rollout.spec.template, file, subject, field_path)
    try:
        identity_of(read.metadata.annotations)
    except ValueError as error:
        raise ManifestError(file, subject, f"{field_path}.metadata.annotations", f"{error}.") from error
    return read


def _name(document: Mapping[str, Any], file: str) -> str:
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or not name:
        raise ManifestError(file, str(document["kind"]), "metadata.name", "a name is needed here.")
    # The data plane's clusters and hosts are called after these two, and a dot would end the name.
    allowed, shape = (_LABEL, "") if document["kind"] in ("Rollout", "Service") else (_SUBDOMAIN, " and dots")
    if not re.fullmatch(allowed, name):
        message = f"must be lower case letters, digits and dashes{shape}, 63 characters at most."
        raise ManifestError(file, str(document["kind"]), "metadata.name", f"{name!r} is no name: it {message}")
    return name


def _decoded(key: str, value: str, file: str, name: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except ValueError as error:
        raise ManifestError(file, f"Secret {name}", f"data.{key}", f"is not text in base64: {error}.") from error


def _parse(model: type[T], document: Any, file: str, subject: str = "", prefix: str = "") -> T:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = "the embedded platform does not support this field; remove it or use a cluster."
        raise ManifestError(file, subject or _subject(document), (prefix + path).lstrip("."), message) from error


def _subject(document: Any) -> str:
    if not isinstance(document, dict):
        return "document"
    metadata = document.get("metadata")
    name = metadata.get("name", "") if isinstance(metadata, dict) else ""
    return f"{document.get('kind', 'document')} {name}".strip()
