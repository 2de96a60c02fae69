"""What a Rollout asks of AnalysisTemplates, held against those that there are.

Argo: rollout/controller.go (getReferencedRolloutAnalyses), pkg/apis/rollouts/validation/validation_references.go. Argo
looks at this in every pass, and the Rollout is Degraded as long as something is wrong; here it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.analysis.limits import limits_of
from rollouts.analysis.merging import chosen, merge, with_arguments, with_rules
from rollouts.analysis.substitution import UnresolvedArgumentError, substitute
from rollouts.errors import Invalid, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rollouts.analysis.spec import AnalysisTemplate, Metric
    from rollouts.model import Rollout, RolloutAnalysis

# What stands for a value that nobody knows before there is a run.
_DUMMY = "dummy-value"
_BACKGROUND = "spec.strategy.canary.analysis"


def first_reference_problem(rollout: Rollout, templates: Mapping[str, AnalysisTemplate]) -> SpecError | None:
    """The first thing wrong. `templates` are by their keys."""
    return next(_problems(rollout, templates), None)


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


def _problems(rollout: Rollout, templates: Mapping[str, AnalysisTemplate]) -> Iterator[SpecError]:
    """First what is not there, then what does not fit."""
    named = []
    for path, analysis in analyses_of(rollout):
        keys = [ref.key for ref in analysis.templates]
        try:
            named.append((path, analysis, keys, chosen(keys, templates)))
        except SpecError as error:
            yield type(error)(f"{path}.templates", error.message)
            return
    for path, analysis, keys, those in named:
        try:
            _merge(rollout, analysis, keys, templates)
        except SpecError as error:
            yield type(error)(f"{path}.templates", error.message)
        if path != _BACKGROUND:
            yield from (Invalid(f"{path}.templates", why) for template in those for why in _unending(template))


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


def _unending(template: AnalysisTemplate) -> Iterator[str]:
    """What a release would wait for in vain: a metric without an end. Here a template has but its own arguments."""
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
