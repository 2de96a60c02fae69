"""Merge several AnalysisTemplates into one run (Argo: `utils/analysis/helpers.go`, FlattenTemplates and MergeArgs)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from rollouts.errors import Invalid, Unsupported
from rollouts.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rollouts.analysis.spec import (
        AnalysisTemplate,
        Argument,
        DryRun,
        MeasurementRetention,
        Metric,
        SecretKeyRef,
    )


class Merged(Value, frozen=True):
    """The metrics, arguments and rules of several templates together."""

    metrics: tuple[Metric, ...]
    args: tuple[Argument, ...]
    dry_run: tuple[DryRun, ...]
    measurement_retention: tuple[MeasurementRetention, ...]


class Given(Value, frozen=True):
    """An argument with what the Rollout says of it."""

    name: str
    value: str | None
    secret: SecretKeyRef | None


def chosen(keys: Iterable[str], templates: Mapping[str, AnalysisTemplate]) -> list[AnalysisTemplate]:
    """All templates of these keys, and those that they name, once each: of the namespace first, then of the cluster.

    Raises Invalid for one that is not there, Unsupported for one that names itself.
    """
    named = {template.key: template for template in _named(keys, templates)}
    return sorted(named.values(), key=lambda template: template.cluster_scope)


def merge(keys: Sequence[str], templates: Mapping[str, AnalysisTemplate]) -> Merged:
    """All templates of these keys, and those that they name, as one.

    Raises Invalid: Argo Rollouts creates no run of these, it refuses the Rollout.
    """
    those = chosen(keys, templates)
    merged = Merged(
        metrics=tuple([metric for template in those for metric in template.metrics]),
        args=tuple([argument for template in those for argument in template.args]),
        dry_run=tuple([rule for template in those for rule in template.dry_run]),
        measurement_retention=tuple([rule for template in those for rule in template.measurement_retention]),
    )
    _check_unique([metric.name for metric in merged.metrics], "two metrics have the same name '{}'")
    _check_rules(merged)
    return replace(merged, args=_merged_arguments(merged.args))


def with_rules(merged: Merged, dry_run: tuple[DryRun, ...], retention: tuple[MeasurementRetention, ...]) -> Merged:
    """With the Rollout's rules before those of the templates. Raises Invalid for a rule that both have."""
    if not dry_run and not retention:
        return merged
    merged = replace(
        merged, dry_run=(*dry_run, *merged.dry_run), measurement_retention=(*retention, *merged.measurement_retention)
    )
    _check_rules(merged)
    return merged


def with_arguments(arguments: Iterable[Argument], given: Mapping[str, str]) -> tuple[Given, ...]:
    """The template's arguments with the values of the Rollout; what the template does not name is dropped.

    Raises Invalid for an argument that nobody gives a value.
    """
    filled = []
    for argument in arguments:
        name, value = argument.name, given.get(argument.name, argument.value)
        if value is None and argument.value_from is None:
            raise Invalid("args", f"args.{name} was not resolved")
        filled.append(Given(name, value, argument.secret))
    return tuple(filled)


def _named(
    keys: Iterable[str], templates: Mapping[str, AnalysisTemplate], above: tuple[str, ...] = ()
) -> Iterator[AnalysisTemplate]:
    """Each of them, and then those that it names itself, depth first."""
    for key in keys:
        kind, _, name = key.rpartition("/")
        title = f"{kind or 'AnalysisTemplate'} '{name}'"
        if key in above:  # Argo's controller would never come back from this
            raise Unsupported("templates", f"{title} lists itself in its templates; remove it there")
        if key not in templates:
            raise Invalid("templates", f"{title} not found")
        yield templates[key]
        yield from _named((ref.key for ref in templates[key].templates), templates, (*above, key))


def _check_rules(merged: Merged) -> None:
    dry_run = [rule.metric_name for rule in merged.dry_run]
    _check_unique(dry_run, "two Dry-Run metric rules have the same name '{}'")
    retention = [rule.metric_name for rule in merged.measurement_retention]
    _check_unique(retention, "two Measurement Retention metric rules have the same name '{}'")


def _check_unique(names: Sequence[str], complaint: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise Invalid("templates", complaint.format(name))
        seen.add(name)


def _merged_arguments(arguments: Iterable[Argument]) -> tuple[Argument, ...]:
    """By name: equal values agree, a missing value is filled by a later template."""
    merged: dict[str, Argument] = {}
    for argument in arguments:
        previous = merged.get(argument.name)
        if previous is None or previous.value is None:
            merged[argument.name] = argument
        elif argument.value is not None and argument.value != previous.value:
            raise Invalid(
                "templates",
                f"Argument `{argument.name}` specified multiple times with different values: "
                f"'{previous.value}', '{argument.value}'",
            )
    return tuple(merged.values())
