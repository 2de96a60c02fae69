"""The part of a pod template that a process can honour, and the part that only a cluster can.

What isolates a pod on a cluster (security contexts, images, service accounts, resources but for the memory limit) is
accepted and named in NOT_ENFORCED: a process on a laptop has no such thing, and the manifests are a cluster's as they
stand. Everything else that is not understood is refused. What Kubernetes itself refuses was refused before
(rollouts/pod_rules.py).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from rollouts.validation.resources import amount

NOT_ENFORCED = (
    "image",
    "imagePullPolicy",
    "resources",  # but for limits.memory, see processes/memory.py
    "securityContext",
    "serviceAccountName",
    "automountServiceAccountToken",
    "enableServiceLinks",
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, alias_generator=to_camel)


class _KeyRef(_Strict):
    name: str
    key: str


class _FieldRef(_Strict):
    field_path: Literal["metadata.name", "metadata.namespace", "status.podIP", "status.hostIP"]


class _ValueFrom(_Strict):
    config_map_key_ref: _KeyRef | None = None
    secret_key_ref: _KeyRef | None = None
    field_ref: _FieldRef | None = None


class EnvVar(_Strict):
    name: str
    value: str = ""
    value_from: _ValueFrom | None = None

    @model_validator(mode="after")
    def _no_expansion(self) -> Self:
        if "$(" in self.value:
            raise ValueError("$(NAME) references are not expanded by the embedded platform")
        return self


class _NameRef(_Strict):
    name: str


class _EnvFrom(_Strict):
    config_map_ref: _NameRef | None = None
    secret_ref: _NameRef | None = None


class ContainerPort(_Strict):
    """The name says which of the app's servers is meant: a process takes its real port from the platform."""

    name: Literal["http", "grpc", "admin", "control"]
    container_port: int = Field(ge=1, le=65535)
    protocol: Literal["TCP"] = "TCP"


class _HttpGet(_Strict):
    path: str = Field(pattern="^/")
    port: int | str


class Probe(_Strict):
    http_get: _HttpGet
    period_seconds: int = Field(default=10, ge=1)
    initial_delay_seconds: int = Field(default=0, ge=0)
    timeout_seconds: int = Field(default=1, ge=1)
    failure_threshold: int = Field(default=3, ge=1)


class Container(_Strict):
    name: str
    args: tuple[Literal["gui", "face", "smiley", "color"]]
    env: tuple[EnvVar, ...] = ()
    env_from: tuple[_EnvFrom, ...] = ()
    ports: tuple[ContainerPort, ...] = ()
    readiness_probe: Probe
    liveness_probe: Probe | None = None
    image: str = ""
    image_pull_policy: str = ""
    resources: Mapping[str, Any] = Field(default_factory=dict)
    security_context: Mapping[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _ports_fit(self) -> Self:
        for probe in filter(None, (self.readiness_probe, self.liveness_probe)):
            if self.port_named(probe.http_get.port) is None:
                raise ValueError(f"a probe asks port {probe.http_get.port}, which is none of this container's ports")
        return self

    @property
    def memory_limit(self) -> int | None:
        """In bytes."""
        limit = (self.resources.get("limits") or {}).get("memory")
        return None if limit is None else int(amount(limit))

    def port_named(self, wanted: int | str) -> str | None:
        """The name of the port that a Service or a probe means by name or by number; None: there is no such port."""
        return next((port.name for port in self.ports if wanted in (port.name, port.container_port)), None)


def probe_host(container: Container, probe: Probe) -> str:
    """What a probe puts into Host, so that its port is known behind the one inbound side that all of them share."""
    name = container.port_named(probe.http_get.port)
    return f"pod:{next(port.container_port for port in container.ports if port.name == name)}"


class PodSpec(_Strict):
    containers: tuple[Container]
    termination_grace_period_seconds: int = Field(default=30, ge=0)
    security_context: Mapping[str, Any] = Field(default_factory=dict)
    service_account_name: str = ""
    automount_service_account_token: bool = False
    enable_service_links: bool = True


class _PodMetadata(_Strict):
    labels: Mapping[str, str]
    annotations: Mapping[str, str] = Field(default_factory=dict)


class PodTemplate(_Strict):
    metadata: _PodMetadata
    spec: PodSpec

    @property
    def container(self) -> Container:
        return self.spec.containers[0]

    def references(self) -> Iterator[tuple[str, str, str, str | None]]:
        """(field path, kind, name, key or None) of each ConfigMap and Secret that the pod wants."""
        path = "spec.template.spec.containers[0]"
        for index, source in enumerate(self.container.env_from):
            if source.config_map_ref:
                yield f"{path}.envFrom[{index}]", "ConfigMap", source.config_map_ref.name, None
            if source.secret_ref:
                yield f"{path}.envFrom[{index}]", "Secret", source.secret_ref.name, None
        for index, variable in enumerate(self.container.env):
            where = variable.value_from
            if where is not None and where.config_map_key_ref:
                ref = where.config_map_key_ref
                yield f"{path}.env[{index}]", "ConfigMap", ref.name, ref.key
            if where is not None and where.secret_key_ref:
                ref = where.secret_key_ref
                yield f"{path}.env[{index}]", "Secret", ref.name, ref.key

    def environment(
        self,
        pod: str,
        namespace: str,
        config_maps: Mapping[str, Mapping[str, str]],
        secrets: Mapping[str, Mapping[str, str]],
    ) -> dict[str, str]:
        """The container's variables as the kubelet would work them out, later ones winning."""
        env: dict[str, str] = {}
        for source in self.container.env_from:
            if source.config_map_ref:
                env |= config_maps[source.config_map_ref.name]
            if source.secret_ref:
                env |= secrets[source.secret_ref.name]
        fields = {
            "metadata.name": pod,
            "metadata.namespace": namespace,
            "status.podIP": "127.0.0.1",
            "status.hostIP": "127.0.0.1",
        }
        for variable in self.container.env:
            where = variable.value_from
            if where is None:
                env[variable.name] = variable.value
            elif where.field_ref:
                env[variable.name] = fields[where.field_ref.field_path]
            elif where.secret_key_ref:
                env[variable.name] = secrets[where.secret_key_ref.name][where.secret_key_ref.key]
            elif where.config_map_key_ref:
                env[variable.name] = config_maps[where.config_map_key_ref.name][where.config_map_key_ref.key]
        return env
