"""The analyses of a Rollout and their AnalysisTemplates, as values of the engine. Pure.

The engine refuses what it cannot measure by itself (a metric of Datadog, a Job). The real controller can, so here such
a metric is read without its provider: what it demands of its number is known all the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from platforms.kube.objects import canary_of
from platforms.kube.resources import CLUSTER_ANALYSIS_TEMPLATES, Object
from platforms.metrics import units_of
from rollouts.analysis import AnalysisTemplate, Metric
from rollouts.analysis.merging import Merged, chosen, merge
from rollouts.analysis.spec import AnalysisTemplateRef, Argument
from rollouts.errors import SpecError

_CLUSTER_KIND = CLUSTER_ANALYSIS_TEMPLATES.kind
_METRIC_FIELDS = frozenset(
    {
        "name",
        "interval",
        "initialDelay",
        "count",
        "successCondition",
        "failureCondition",
        "failureLimit",
        "inconclusiveLimit",
        "consecutiveErrorLimit",
        "consecutiveSuccessLimit",
    }
)
_ADDRESSES = (("prometheus", "query"), ("web", "url"))


@dataclass(frozen=True, slots=True)
class Analysis:
    """One analysis of a Rollout: `kind` as in an AnalysisRun's label `rollout-type`, `step` as in its `step-index`.

    `templates` are the keys of those that it names itself: see AnalysisTemplate.key.
    """

    kind: str
    step: str
    templates: tuple[str, ...]
    args: tuple[Object, ...]


def analyses_of(rollout: Object) -> list[Analysis]:
    """The background analysis first, then those of the steps in order, or those of a blue-green Rollout."""
    canary = canary_of(rollout)
    blue_green = rollout["spec"]["strategy"].get("blueGreen") or {}
    found = [("Background", "", canary.get("analysis"))]
    found += [("Step", str(index), step.get("analysis")) for index, step in enumerate(canary.get("steps") or ())]
    found += [("PrePromotion", "", blue_green.get("prePromotionAnalysis"))]
    found += [("PostPromotion", "", blue_green.get("postPromotionAnalysis"))]
    return [
        Analysis(kind, step, tuple(_keys(analysis)), tuple(analysis.get("args") or ()))
        for kind, step, analysis in found
        if analysis and analysis.get("templates")
    ]


def named_cluster_templates(rollouts: Iterable[Object], templates: Iterable[Object]) -> set[str]:
    """The names of the ClusterAnalysisTemplates that Rollouts name, and the AnalysisTemplates that they use."""
    keys = {key for rollout in rollouts for analysis in analyses_of(rollout) for key in analysis.templates}
    keys |= {key for template in templates for key in _keys(template["spec"])}
    return {name for kind, _, name in (key.rpartition("/") for key in keys) if kind}


def used_templates(rollouts: Iterable[Object], templates: Iterable[Object]) -> list[Object]:
    """Those of the templates that an analysis of the Rollouts names, or another one that is used."""
    known = {_key(template): template for template in templates}
    found: dict[str, Object] = {}
    waiting = [key for rollout in rollouts for analysis in analyses_of(rollout) for key in analysis.templates]
    while waiting:
        key = waiting.pop(0)
        if key in known and key not in found:
            found[key] = known[key]
            waiting += _keys(known[key].get("spec") or {})
    return list(found.values())


class Templates:
    """The AnalysisTemplates and ClusterAnalysisTemplates that are known."""

    def __init__(self, documents: Iterable[Object]) -> None:
        self._templates: dict[str, AnalysisTemplate] = {}
        self._units: dict[str, dict[str, str]] = {}
        for document in documents:
            template = _template(document)
            self._templates[template.key] = template
            self._units[template.key] = units_of(document["metadata"].get("annotations") or {})

    def merged(self, analysis: Analysis) -> Merged | None:
        """What its templates ask for together; None if one of them is not there or may not be read, or they clash."""
        try:
            return merge(analysis.templates, self._templates)
        except SpecError:  # the controller says what is wrong, in the Rollout's status
            return None

    def units(self, analysis: Analysis) -> dict[str, str]:
        """{metric: the unit that an annotation of its template names}."""
        try:
            used = chosen(analysis.templates, self._templates)
        except SpecError:
            return {}
        return {metric: unit for template in used for metric, unit in self._units[template.key].items()}


def metric_of(document: Object) -> Metric:
    """A metric of a template or of a run, without what is the provider's own."""
    known: dict[str, Any] = {name: value for name, value in document.items() if name in _METRIC_FIELDS}
    given = document.get("provider") or {}
    known["provider"] = {
        name: {field: given[name].get(field, "")} for name, field in _ADDRESSES if given.get(name) is not None
    }
    return Metric.model_validate(known, by_alias=True, by_name=False)


def argument_of(document: Object) -> Argument:
    return Argument.model_validate(document, by_alias=True, by_name=False)


def _template(document: Object) -> AnalysisTemplate:
    spec = document["spec"]
    return AnalysisTemplate(
        name=document["metadata"]["name"],
        cluster_scope=document.get("kind") == _CLUSTER_KIND,
        templates=tuple(_reference(one) for one in spec.get("templates") or ()),
        args=tuple(argument_of(one) for one in spec.get("args") or ()),
        metrics=tuple(metric_of(one) for one in spec.get("metrics") or ()),
    )


def _key(template: Object) -> str:
    """See AnalysisTemplate.key. The API server's lists leave the kind out."""
    name = str(template["metadata"]["name"])
    return f"{_CLUSTER_KIND}/{name}" if template.get("kind") == _CLUSTER_KIND else name


def _keys(naming: Mapping[str, Any]) -> Iterator[str]:
    """Of the templates that an analysis or a template names itself."""
    for one in naming.get("templates") or ():
        yield _reference(one).key


def _reference(document: Object) -> AnalysisTemplateRef:
    return AnalysisTemplateRef(
        template_name=document.get("templateName", ""), cluster_scope=bool(document.get("clusterScope"))
    )
