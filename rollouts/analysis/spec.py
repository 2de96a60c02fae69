"""AnalysisTemplates as their authors write them.

A field is either obeyed or refused by its path. `{{args.x}}` may stand in every string, so a template is
checked here for its shape only; what its numbers and durations mean is asked once the arguments are known
(`build.py`), as Argo Rollouts does it.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, StrictBool, StrictInt, StrictStr, ValidationError
from pydantic.alias_generators import to_camel

from rollouts.analysis.limits import Limits, limits_of
from rollouts.errors import Malformed, SpecError, Unsupported
from rollouts.schema import ANALYSIS_TEMPLATE, stored
from rollouts.schema.metadata import check_known

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    template_name: StrictStr = ""
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
        """Its unique key: its name, or ClusterAnalysisTemplate/NAME."""
        return f"{CLUSTER_KIND}/{self.name}" if self.cluster_scope else self.name


def parse_analysis_template(document: Mapping[str, Any]) -> AnalysisTemplate:
    """Read an AnalysisTemplate or a ClusterAnalysisTemplate from a Kubernetes document.

    Raises SpecError for the first problem: Malformed where the API server refuses it as well, Unsupported for what only
    Argo Rollouts knows.
    """
    if document.get("apiVersion") != "argoproj.io/v1alpha1":
        raise Malformed("apiVersion", "must be argoproj.io/v1alpha1")
    if document.get("kind") not in ("AnalysisTemplate", CLUSTER_KIND):
        raise Malformed("kind", f"must be AnalysisTemplate or {CLUSTER_KIND}")
    content = stored(document, ANALYSIS_TEMPLATE)
    envelope = {"name": content["metadata"]["name"], "clusterScope": document["kind"] == CLUSTER_KIND}
    check_known(content)
    try:
        return AnalysisTemplate.model_validate({**content["spec"], **envelope}, by_alias=True, by_name=False)
    except ValidationError as error:
        raise _first(error) from None


def _first(error: ValidationError) -> SpecError:
    """Fields that pass the schema and cannot be read here are features that only Argo has."""
    problem = error.errors(include_url=False)[0]
    path, field = _path(problem["loc"]), str(problem["loc"][-1])
    return Unsupported.feature(path, _KNOWN_TO_ARGO.get(field, f"the field {field}"))


def _path(location: tuple[int | str, ...]) -> str:
    path = "spec"
    for name in location:
        path += f"[{name}]" if isinstance(name, int) else f".{name}"
    return path
