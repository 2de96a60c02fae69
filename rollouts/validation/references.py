"""What a Rollout names, Services and AnalysisTemplates, held against those that there are.

Argo: rollout/controller.go (getRolloutReferencedResources), pkg/apis/rollouts/validation/validation_references.go. Argo
looks at this in every pass, and the Rollout is Degraded as long as something is wrong; here it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.analysis.limits import limits_of
from rollouts.analysis.merging import chosen, merge, with_arguments, with_rules
from rollouts.analysis.substitution import UnresolvedArgumentError, substitute
from rollouts.errors import Invalid, SpecError, Unsupported
from rollouts.hashing import POD_TEMPLATE_HASH_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rollouts.analysis.spec import AnalysisTemplate, Metric
    from rollouts.model import Rollout, RolloutAnalysis

# What stands for a value that nobody knows before there is a run.
_DUMMY = "dummy-value"
_BACKGROUND = "spec.strategy.canary.analysis"


def first_reference_problem(
    rollout: Rollout, templates: Mapping[str, AnalysisTemplate], services: Mapping[str, Mapping[str, str]] | None = None
) -> SpecError | None:
    """The first problem. `templates` are by their keys; `services` are their selectors by their names, and nobody
    asks for any without them.
    """
    return next(_problems(rollout, templates, services), None)


def analyses_of(rollout: Rollout) -> Iterator[tuple[str, RolloutAnalysis]]:
    """Each with its path, in the order in which Argo looks at them."""
    if rollout.is_blue_green:
        before, after = rollout.blue_green.pre_promotion_analysis, rollout.blue_green.post_promotion_analysis
        at = "spec.strategy.blueGreen"
        found = [(f"{at}.prePromotionAnalysis", before), (f"{at}.postPromotionAnalysis", after)]
    else:
        found = [(f"spec.strategy.canary.steps[{i}].analysis", step.analysis) for i, step in enumerate(rollout.steps)]
        found.append((_BACKGROUND, rollout.canary.analysis))
    return ((path, analysis) for path, analysis in found if analysis is not None)


def _services_of(rollout: Rollout) -> list[tuple[str, str]]:
    """Each Service that is named, with the path where it is."""
    if rollout.is_blue_green:
        at, strategy = "spec.strategy.blueGreen", rollout.blue_green
        named = (("activeService", strategy.active_service), ("previewService", strategy.preview_service))
    else:
        at = "spec.strategy.canary"
        named = (("stableService", rollout.canary.stable_service), ("canaryService", rollout.canary.canary_service))
    return [(f"{at}.{field}", name) for field, name in named if name]


def _problems(
    rollout: Rollout, templates: Mapping[str, AnalysisTemplate], services: Mapping[str, Mapping[str, str]] | None
) -> Iterator[SpecError]:
    """First what is not there, then what does not fit; Services before templates."""
    named = [] if services is None else _services_of(rollout)
    services = services or {}
    yield from (Invalid(path, f'service "{name}" not found') for path, name in named if name not in services)
    for path, analysis in analyses_of(rollout):
        yield from _missing(path, analysis, templates)
    for path, name in named:
        yield from _unmatched(path, name, services[name], rollout)
    for path, analysis in analyses_of(rollout):
        yield from _unfit(path, analysis, rollout, templates)


def _missing(path: str, analysis: RolloutAnalysis, templates: Mapping[str, AnalysisTemplate]) -> Iterator[SpecError]:
    for reference in analysis.templates:
        try:
            chosen([reference.key], templates)
        except Unsupported as error:
            yield Unsupported(f"{path}.templates", error.message)
        except Invalid as error:
            # It is there itself, and names another that is not.
            at = "spec.templates" if reference.key in templates else f"{path}.templates"
            yield Invalid(at, error.message)


def _unmatched(path: str, name: str, selector: Mapping[str, str], rollout: Rollout) -> Iterator[SpecError]:
    for label, value in selector.items():
        if label != POD_TEMPLATE_HASH_LABEL and rollout.spec.template_labels.get(label) != value:
            yield Invalid(path, f'Service "{name}" has unmatch label "{label}" in rollout')


def _unfit(
    path: str, analysis: RolloutAnalysis, rollout: Rollout, templates: Mapping[str, AnalysisTemplate]
) -> Iterator[SpecError]:
    keys = [reference.key for reference in analysis.templates]
    try:
        _merge(rollout, analysis, keys, templates)
    except SpecError as error:
        yield type(error)(f"{path}.templates", error.message)
        return
    unfit = _ungiven if path == _BACKGROUND else _unending
    for template in chosen(keys, templates):
        yield from (Invalid(f"{path}.templates", why) for why in unfit(template, analysis))


def _merge(
    rollout: Rollout, analysis: RolloutAnalysis, keys: Sequence[str], templates: Mapping[str, AnalysisTemplate]
) -> None:
    """Raises Invalid for templates that do not go together, among each other or with the Rollout's rules.

    Argo holds the rules of every step against the templates of each analysis, and asks for no others.
    """
    merged = merge(keys, templates)
    with_arguments(merged.args, {argument.name: _DUMMY for argument in analysis.args})
    for step in rollout.steps:
        if step.analysis is not None:
            with_rules(merged, step.analysis.dry_run, step.analysis.measurement_retention)


def _ungiven(template: AnalysisTemplate, analysis: RolloutAnalysis) -> Iterator[str]:
    """Arguments that have a value in another template alone, at which Argo does not look here."""
    given = {argument.name for argument in analysis.args}
    for argument in template.args:
        if argument.value is None and argument.value_from is None and argument.name not in given:
            yield argument.name if given else "missing analysis arguments in rollout spec"


def _unending(template: AnalysisTemplate, _analysis: RolloutAnalysis) -> Iterator[str]:
    """A metric without an end, for which a release would wait for ever. Here a template has but its own arguments."""
    try:
        metrics = _resolved(template)
    except (UnresolvedArgumentError, Invalid) as problem:
        yield f"AnalysisTemplate {template.name}: {problem.args[-1]}"
        return
    for metric in metrics:
        if limits_of(metric).count is None:
            count = "<nil>" if metric.count is None else metric.count
            yield (
                f"AnalysisTemplate {template.name} has metric {metric.name} which runs indefinitely. "
                f"Invalid value for count: {count}"
            )


def _resolved(template: AnalysisTemplate) -> list[Metric]:
    for argument in template.args:
        if argument.value is not None and argument.value_from is not None:
            raise Invalid("args", f"arg '{argument.name}' has both Value and ValueFrom fields")
    values = {argument.name: _DUMMY if argument.value is None else argument.value for argument in template.args}
    return [substitute(metric, values) for metric in template.metrics]
