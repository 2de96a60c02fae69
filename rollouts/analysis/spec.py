"""AnalysisTemplates as their authors write them.

A field is either obeyed or refused by its path. `{{args.x}}` may stand in every string, so a template is
checked here for its shape only; what its numbers and durations mean is asked once the arguments are known
(`build.py`), as Argo Rollouts does it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, StrictBool, StrictInt, StrictStr, ValidationError
from pydantic.alias_generators import to_camel

from rollouts.analysis.limits import Limits, limits_of
from rollouts.errors import Invalid, SpecError, Unsupported

IntOrString: TypeAlias = StrictInt | StrictStr
CLUSTER_KIND = "ClusterAnalysisTemplate"

_OTHER_PROVIDERS = (
    "job", "kayenta", "datadog", "wavefront", "newRelic", "cloudWatch", "graphite", "influxdb", "skywalking", "plugin",
)  # fmt: skip
# Fields of Argo Rollouts that this engine does not have, by the last part of their path.
_KNOWN_TO_ARGO = {
    **{name: f"the metric provider {name}" for name in _OTHER_PROVIDERS},
    "rangeQuery": "range queries of Prometheus",
    "authentication": "authentication of a metric provider",
}
_MAX_QUOTED = 60
_DEMANDS = {
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
}


class _Spec(BaseModel):
    # Code writes Python's names, documents only Argo's: see the `by_name=False` below.
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )


class SecretKeyRef(_Spec):
    name: StrictStr
    key: StrictStr


class FieldRef(_Spec):
    field_path: StrictStr


class ValueFrom(_Spec):
    """Argo's schema has fieldRef here as well, but nobody in Argo ever looks at it."""

    secret_key_ref: SecretKeyRef | None = None
    field_ref: FieldRef | None = None


class Argument(_Spec):
    """An argument without value and valueFrom must come from the Rollout."""

    name: StrictStr
    value: StrictStr | None = None
    value_from: ValueFrom | None = None

    @property
    def secret(self) -> SecretKeyRef | None:
        return self.value_from.secret_key_ref if self.value_from else None


class Header(_Spec):
    key: StrictStr
    value: StrictStr = ""


class Prometheus(_Spec):
    address: StrictStr = ""
    query: StrictStr = ""
    timeout: StrictInt | None = None  # seconds
    insecure: StrictBool = False
    headers: tuple[Header, ...] = ()


class Web(_Spec):
    url: StrictStr
    method: StrictStr = ""
    headers: tuple[Header, ...] = ()
    body: StrictStr = ""
    json_body: dict[str, Any] | None = None
    json_path: StrictStr = ""
    timeout_seconds: StrictInt = 0
    insecure: StrictBool = False


class Provider(_Spec):
    prometheus: Prometheus | None = None
    web: Web | None = None


class Metric(_Spec):
    name: StrictStr
    interval: StrictStr = ""
    initial_delay: StrictStr = ""
    count: IntOrString | None = None
    success_condition: StrictStr = ""
    failure_condition: StrictStr = ""
    failure_limit: IntOrString | None = None
    inconclusive_limit: IntOrString | None = None
    consecutive_error_limit: IntOrString | None = None
    consecutive_success_limit: IntOrString | None = None
    provider: Provider

    @cached_property
    def text(self) -> str:
        """Its JSON, in which arguments are substituted."""
        document = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def limits(self) -> Limits:
        return limits_of(self)


class DryRun(_Spec):
    metric_name: StrictStr


class MeasurementRetention(_Spec):
    metric_name: StrictStr
    limit: StrictInt


class AnalysisTemplateRef(_Spec):
    template_name: StrictStr
    cluster_scope: StrictBool = False

    @property
    def key(self) -> str:
        """See AnalysisTemplate.key."""
        return f"{CLUSTER_KIND}/{self.template_name}" if self.cluster_scope else self.template_name


class AnalysisTemplate(_Spec):
    """One of a namespace, or of the whole cluster."""

    name: StrictStr
    cluster_scope: StrictBool = False
    templates: tuple[AnalysisTemplateRef, ...] = ()
    args: tuple[Argument, ...] = ()
    metrics: tuple[Metric, ...] = ()
    dry_run: tuple[DryRun, ...] = ()
    measurement_retention: tuple[MeasurementRetention, ...] = ()

    @property
    def key(self) -> str:
        """What tells it from all others: its name, or ClusterAnalysisTemplate/NAME."""
        return f"{CLUSTER_KIND}/{self.name}" if self.cluster_scope else self.name


def parse_analysis_template(document: Mapping[str, Any]) -> AnalysisTemplate:
    """Read an AnalysisTemplate or a ClusterAnalysisTemplate from a Kubernetes document.

    Raises SpecError for the first problem: Invalid where Argo Rollouts refuses it as well, Unsupported for what only
    Argo Rollouts knows and for unknown fields.
    """
    name = _name_in_envelope(document)
    spec = _without_nulls(document.get("spec") or {})
    if not isinstance(spec, Mapping):
        raise Invalid("spec", "must be a mapping with metrics")
    envelope = {"name": name, "clusterScope": document["kind"] == CLUSTER_KIND}
    for field in envelope:
        if field in spec:
            raise Unsupported(f"spec.{field}", _UNKNOWN_FIELD)
    try:
        return AnalysisTemplate.model_validate({**spec, **envelope}, by_alias=True, by_name=False)
    except ValidationError as error:
        raise _first(error) from None


_UNKNOWN_FIELD = "this engine does not know the field; remove it, or correct its spelling"


def _name_in_envelope(document: Mapping[str, Any]) -> str:
    if document.get("apiVersion") != "argoproj.io/v1alpha1":
        raise Invalid("apiVersion", "must be argoproj.io/v1alpha1")
    if document.get("kind") not in ("AnalysisTemplate", CLUSTER_KIND):
        raise Invalid("kind", f"must be AnalysisTemplate or {CLUSTER_KIND}")
    for field in document:
        if field not in {"apiVersion", "kind", "metadata", "spec", "status"}:
            raise Unsupported(str(field), _UNKNOWN_FIELD)
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    if not isinstance(name, str) or not name:
        raise Invalid("metadata.name", "Required value")
    return name


def _without_nulls(value: Any) -> Any:
    """Kubernetes reads a null as a field that was not set."""
    if isinstance(value, Mapping):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(item) for item in value]
    return value


def _first(error: ValidationError) -> SpecError:
    problem = error.errors(include_url=False)[0]
    path = _path(problem["loc"])
    if problem["type"] == "extra_forbidden":
        feature = _KNOWN_TO_ARGO.get(str(problem["loc"][-1]))
        return Unsupported.feature(path, feature) if feature else Unsupported(path, _UNKNOWN_FIELD)
    if problem["type"] == "missing":
        return Invalid(path, "Required value")
    quoted = str(problem["input"])
    shown = quoted if len(quoted) <= _MAX_QUOTED else f"{quoted[:_MAX_QUOTED]}…"
    return Invalid(path, f"Invalid value: {shown}: {_DEMANDS.get(problem['type'], problem['msg'])}")


def _path(location: tuple[int | str, ...]) -> str:
    path = "spec"
    for name in location:
        if isinstance(name, int):
            path += f"[{name}]"
        elif name not in {"int", "str"}:  # pydantic names the branch of a union; the author does not
            path += f".{name}"
    return path
