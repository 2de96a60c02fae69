"""What the objects of one folder say of each other, checked before anything starts.

Each check names the object that has to be changed. Where Argo Rollouts has a sentence for it, it is Argo's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.analysis.merging import merge, with_rules
from rollouts.errors import SpecError
from rollouts.fields import field_of
from rollouts.status import RolloutStatus
from rollouts.validation.references import analyses_of, first_reference_problem
from seam.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from platforms.embedded.manifests.reading import Manifests, Service
    from rollouts.model import AnalysisArgument, Rollout


def check(read: Manifests) -> None:
    """Raise ManifestError for the first contradiction."""
    for rollout in read.rollouts.values():
        _references(read, rollout)
        _analyses(read, rollout)
        _configuration(read, rollout)
    for name, service in read.services.items():
        _selector(read, name, service)
    for rollout in read.rollouts.values():
        _one_target(read, rollout)


def selects(service: Service, rollout: Rollout) -> bool:
    """Whether the Service sends its requests to this Rollout's pods."""
    labels: Mapping[str, str] = rollout.spec.template["metadata"]["labels"]
    return service.spec.selector.items() <= labels.items()


def _references(read: Manifests, rollout: Rollout) -> None:
    selectors = {name: service.spec.selector for name, service in read.services.items()}
    problem = first_reference_problem(rollout, read.templates, selectors)
    if problem is not None:
        raise _refused(read, rollout, problem.field, problem.message) from problem


def _analyses(read: Manifests, rollout: Rollout) -> None:
    """An argument that leads nowhere shows now, not in the middle of a release."""
    for path, analysis in analyses_of(rollout):
        for i, argument in enumerate(analysis.args):
            _argument(read, rollout, argument, f"{path}.args[{i}]")
        keys = [template.key for template in analysis.templates]
        try:
            with_rules(merge(keys, read.templates), analysis.dry_run, analysis.measurement_retention)
        except SpecError as error:
            raise _refused(read, rollout, f"{path}.templates", error.message) from error


def _argument(read: Manifests, rollout: Rollout, argument: AnalysisArgument, path: str) -> None:
    """Check what can be checked before there is a status."""
    source = argument.value_from
    if source is None or source.field_ref is None or source.field_ref.field_path.startswith("status"):
        return
    try:
        field_of(rollout, source.field_ref.field_path, RolloutStatus.initial(), revision=1)
    except SpecError as error:
        where = f"{path}.valueFrom.fieldRef.fieldPath"
        raise _refused(read, rollout, where, f"{error.field} {error.message}.") from error


def _configuration(read: Manifests, rollout: Rollout) -> None:
    for path, kind, wanted, key in read.pods[rollout.name].references():
        store = read.config_maps if kind == "ConfigMap" else read.secrets
        if wanted not in store:
            raise _refused(read, rollout, path, f"{kind} {wanted} not found")
        if key is not None and key not in store[wanted]:
            raise _refused(read, rollout, path, f"key {key} of {kind} {wanted} not found")


def _selector(read: Manifests, name: str, service: Service) -> None:
    chosen = [rollout.name for rollout in read.rollouts.values() if selects(service, rollout)]
    if len(chosen) != 1:
        whose = f"of several Rollouts ({', '.join(chosen)})" if chosen else "of no Rollout"
        raise _refused_service(read, name, "spec.selector", f"selects pods {whose}; the embedded platform wants one.")


def _one_target(read: Manifests, rollout: Rollout) -> None:
    """One ReplicaSet is one cluster of the data plane, so all Services of a Rollout mean the same port of it."""
    first: tuple[str, str, bool] | None = None
    for name, service in read.services.items():
        if not selects(service, rollout):
            continue
        port = service.spec.ports[0]
        target = read.pods[rollout.name].container.port_named(port.target)
        if target is None:
            message = f"{port.target} is no port of the container of Rollout {rollout.name}."
            raise _refused_service(read, name, "spec.ports[0].targetPort", message)
        first = first or (name, target, port.grpc)
        if first[1:] != (target, port.grpc):
            message = f"targets another port, or speaks another protocol, than Service {first[0]} of the same pods."
            raise _refused_service(read, name, "spec.ports[0]", message)


def _refused(read: Manifests, rollout: Rollout, path: str, message: str) -> ManifestError:
    return ManifestError(read.files[f"Rollout/{rollout.name}"], f"Rollout {rollout.name}", path, message)


def _refused_service(read: Manifests, name: str, path: str, message: str) -> ManifestError:
    return ManifestError(read.files[f"Service/{name}"], f"Service {name}", path, message)
