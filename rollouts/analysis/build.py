"""From a rollout's order to an AnalysisRun that can be measured.

What Argo Rollouts would refuse with the Rollout (a template that is not there, an argument without a value, two metrics
of one name) is raised. What it finds out only in the run itself becomes a run that has already ended in Error: the
rollout is to see it, and to abort.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from rollouts.analysis.merging import merge, with_arguments, with_rules
from rollouts.analysis.model import HIDDEN, AnalysisRun, AnalysisRunRequest, AnalysisRunStatus, Phase, Secrets
from rollouts.analysis.rules import matching, metrics_problem
from rollouts.analysis.substitution import UnresolvedArgumentError, substitute

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rollouts.analysis.merging import Given, Merged
    from rollouts.analysis.spec import AnalysisTemplate, Metric

# Argo asks whether the metrics are sound before it reads any secret, and shows this where a secret is not.
_PLACEHOLDER = "temp-for-secret"


class _SpecInvalidError(Exception):
    pass


def build_run(
    request: AnalysisRunRequest,
    templates: Mapping[str, AnalysisTemplate],
    secrets: Mapping[tuple[str, str], str] | None = None,
) -> AnalysisRun:
    """The run that the order asks for.

    `templates` are by their keys, `secrets` are (secret name, key) -> value. The metrics of the run show ***** where a
    secret stands; only what `assess` hands out to be measured holds the value.

    Raises Invalid where Argo Rollouts creates no run.
    """
    merged = merge(request.templates, templates)
    arguments = with_arguments(merged.args, request.args)
    merged = with_rules(merged, request.dry_run, request.measurement_retention)
    run = AnalysisRun(
        name=request.name,
        kind=request.kind,
        pod_template_hash=request.pod_template_hash,
        metrics=merged.metrics,
        step_index=request.step_index,
        labels=request.labels,
        annotations=request.annotations,
    )
    try:
        return _resolved(run, merged, arguments, secrets or {})
    except UnresolvedArgumentError as error:
        return _failed(run, f"Unable to resolve metric arguments: {error}")
    except _SpecInvalidError as error:
        return _failed(run, f"Analysis spec invalid: {error}")


def _failed(run: AnalysisRun, message: str) -> AnalysisRun:
    return replace(run, status=AnalysisRunStatus(phase=Phase.ERROR, message=message))


def _resolved(
    run: AnalysisRun,
    merged: Merged,
    arguments: Sequence[Given],
    secrets: Mapping[tuple[str, str], str],
) -> AnalysisRun:
    for argument in arguments:
        if argument.value is None and argument.secret is None and merged.metrics:
            raise UnresolvedArgumentError(f'argument "{argument.name}" was not supplied')
    metrics = _substituted(merged, arguments, HIDDEN)
    hides = any(argument.secret for argument in arguments)
    problem = metrics_problem(_substituted(merged, arguments, _PLACEHOLDER) if hides else metrics)
    if problem is not None:
        raise _SpecInvalidError(problem)
    return replace(
        run,
        metrics=metrics,
        dry_run=_dry_run(merged, metrics),
        retention=_retention(merged, metrics),
        secrets=_reveal(merged.metrics, arguments, secrets),
    )


def _substituted(merged: Merged, arguments: Sequence[Given], secret: str) -> tuple[Metric, ...]:
    values = {argument.name: secret if argument.secret else argument.value or "" for argument in arguments}
    return tuple([substitute(metric, values) for metric in merged.metrics])


def _dry_run(merged: Merged, metrics: Sequence[Metric]) -> frozenset[str]:
    found, problem = matching([rule.metric_name for rule in merged.dry_run], metrics, "dryRun")
    if problem is not None:
        raise _SpecInvalidError(problem)
    return frozenset(found)


def _retention(merged: Merged, metrics: Sequence[Metric]) -> dict[str, int]:
    rules = merged.measurement_retention
    found, problem = matching([rule.metric_name for rule in rules], metrics, "measurementRetention")
    if problem is not None:
        raise _SpecInvalidError(problem)
    return {name: rules[index].limit for name, index in found.items() if rules[index].limit > 0}


def _reveal(metrics: Sequence[Metric], arguments: Sequence[Given], secrets: Mapping[tuple[str, str], str]) -> Secrets:
    hidden = {argument.name: _secret(argument, secrets) for argument in arguments if argument.secret}
    if not hidden:
        return Secrets()
    values = {argument.name: argument.value or "" for argument in arguments} | hidden
    return Secrets(
        values=tuple(dict.fromkeys(value for value in hidden.values() if value)),
        metrics={metric.name: substitute(metric, values) for metric in metrics},
    )


def _secret(argument: Given, secrets: Mapping[tuple[str, str], str]) -> str:
    reference = argument.secret
    assert reference is not None
    if (reference.name, reference.key) in secrets:
        return secrets[reference.name, reference.key]
    if any(name == reference.name for name, _key in secrets):
        raise UnresolvedArgumentError(f"key '{reference.key}' does not exist in secret '{reference.name}'")
    raise UnresolvedArgumentError(f'secrets "{reference.name}" not found')
