"""The order for an AnalysisRun: its name, its labels and its arguments. Argo: rollout/analysis.go, utils/analysis."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from rollouts.analysis.model import AnalysisRunRequest, RunKind
from rollouts.errors import Invalid
from rollouts.fields import REVISION_ANNOTATION, field_of, of_metadata
from rollouts.hashing import POD_TEMPLATE_HASH_LABEL
from rollouts.validation.rollout import STEP_INDEX_LABEL

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from rollouts.model import AnalysisArgument, RolloutAnalysis
    from rollouts.single_pass import Pass

_SUFFIXES = {RunKind.PRE_PROMOTION: "-pre", RunKind.POST_PROMOTION: "-post"}


def request_run(
    work: Pass, analysis: RolloutAnalysis, kind: RunKind, name: str, step_index: int | None
) -> AnalysisRunRequest:
    return AnalysisRunRequest(
        name=name,
        kind=kind,
        pod_template_hash=work.new.pod_template_hash,
        revision=work.new.revision,
        templates=tuple(template.key for template in analysis.templates),
        args=_given(work, analysis.args),
        step_index=step_index,
        dry_run=analysis.dry_run,
        measurement_retention=analysis.measurement_retention,
        labels=_labels(work, analysis, kind, step_index),
        annotations={REVISION_ANNOTATION: str(work.new.revision), **analysis.analysis_run_metadata.annotations},
    )


def _labels(work: Pass, analysis: RolloutAnalysis, kind: RunKind, step_index: int | None) -> dict[str, str]:
    """Those that tell what the run is, those that the Rollout asks for, and those of its pods; the last one wins."""
    labels = {POD_TEMPLATE_HASH_LABEL: work.new.pod_template_hash, "rollout-type": str(kind)}
    if step_index is not None:
        labels[STEP_INDEX_LABEL] = str(step_index)
    selector = work.rollout.spec.selector
    return labels | dict(analysis.analysis_run_metadata.labels) | dict(selector.match_labels if selector else {})


def run_name(work: Pass, kind: RunKind, step_index: int | None) -> str:
    """`<rollout>-<hash>-<revision>`, and `-pre`, `-post`, or the step's index if it is a step's run."""
    name = f"{work.rollout.name}-{work.new.pod_template_hash}-{work.new.revision}"
    if kind in _SUFFIXES:
        return name + _SUFFIXES[kind]
    return name if step_index is None else f"{name}-{step_index}"


def free_name(name: str, taken: Collection[str]) -> str:
    """`name`, else the first of `name.1`, `name.2`, ... that no run has yet."""
    if name not in taken:
        return name
    return next(numbered for i in count(1) if (numbered := f"{name}.{i}") not in taken)


def _given(work: Pass, arguments: Iterable[AnalysisArgument]) -> dict[str, str]:
    """By name. Raises Invalid for a path that leads nowhere.

    Argo remembers but the last such path, and forgets it when that of a later argument leads somewhere.
    """
    given: dict[str, str] = {}
    problem: Invalid | None = None
    for argument in arguments:
        path = _path(argument)
        if path is None:
            given[argument.name] = _hash(work, argument) or argument.value
            continue
        try:
            given[argument.name], problem = field_of(work.rollout, path, work.status, work.new.revision), None
        except Invalid as error:
            if of_metadata(path):
                raise
            given[argument.name], problem = "", error
    if problem is not None:
        raise problem
    return given


def _path(argument: AnalysisArgument) -> str | None:
    source = argument.value_from
    if source is None or source.pod_template_hash_value is not None or source.field_ref is None:
        return None
    return source.field_ref.field_path


def _hash(work: Pass, argument: AnalysisArgument) -> str:
    source = argument.value_from
    wanted = None if source is None else source.pod_template_hash_value
    if wanted == "Stable" and work.stable is not None:
        return work.stable.pod_template_hash
    return work.new.pod_template_hash if wanted == "Latest" else ""
