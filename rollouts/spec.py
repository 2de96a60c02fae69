"""From a Kubernetes document to a Rollout, or to the first sentence that says why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from rollouts.errors import Invalid, SpecError, Unsupported
from rollouts.model import Rollout, RolloutSpec
from rollouts.validation import first_problem

__all__ = ["Rollout", "RolloutSpec", "parse_rollout"]

_METADATA = ("name", "namespace", "labels", "annotations", "generation", "uid")
# Written by the API server into every object: it says nothing about how to roll out.
_BOOKKEEPING = ("resourceVersion", "creationTimestamp", "managedFields", "selfLink", "ownerReferences")
_MAX_QUOTED = 60


def parse_rollout(document: Mapping[str, Any]) -> Rollout:
    """Read a Rollout from a Kubernetes document.

    Raises SpecError for the first problem: Invalid where Argo Rollouts refuses it as well, Unsupported
    for what only Argo Rollouts knows, and for unknown fields. A `status` in the document is dropped, as
    the API server drops it from what users apply.
    """
    _check_envelope(document)
    metadata = document.get("metadata")
    if not isinstance(metadata, Mapping):
        raise Invalid("metadata", "must be a mapping with at least a name")
    for name in metadata:
        if name not in (*_METADATA, *_BOOKKEEPING):
            raise Unsupported(f"metadata.{name}", "this engine does not know the field; remove it")
    fields = {name: metadata[name] for name in _METADATA if metadata.get(name) is not None}
    try:
        rollout = Rollout.model_validate({**fields, "spec": _without_nulls(document.get("spec"))}, by_name=False)
    except ValidationError as error:
        raise _first(error) from None
    problem = first_problem(rollout)
    if problem is not None:
        raise problem
    return rollout


def _check_envelope(document: Mapping[str, Any]) -> None:
    if document.get("apiVersion") != "argoproj.io/v1alpha1":
        raise Invalid("apiVersion", "must be argoproj.io/v1alpha1")
    if document.get("kind") != "Rollout":
        raise Invalid("kind", "must be Rollout")
    for name in document:
        if name not in ("apiVersion", "kind", "metadata", "spec", "status"):
            raise Unsupported(str(name), "this engine does not know the field; remove it")


def _without_nulls(value: Any) -> Any:
    """Kubernetes reads a null as a field that was not set."""
    if isinstance(value, str):  # most of a document, and neither of the others
        return value
    if isinstance(value, Mapping):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(item) for item in value]
    return value


def _first(error: ValidationError) -> SpecError:
    problem = error.errors(include_url=False)[0]
    field = _path(problem["loc"])
    if problem["type"] == "extra_forbidden":
        return Unsupported(field, "this engine does not know the field; remove it, or correct its spelling")
    if problem["type"] == "missing":
        return Invalid(field, "Required value")
    quoted = str(problem["input"])
    shown = quoted if len(quoted) <= _MAX_QUOTED else f"{quoted[:_MAX_QUOTED]}…"
    return Invalid(field, f"Invalid value: {shown}: {problem['msg']}")


def _path(location: tuple[int | str, ...]) -> str:
    names = list(location)
    if names[0] != "spec":
        names.insert(0, "metadata")
    path = ""
    for name in names:
        if isinstance(name, int) or "/" in name:
            path += f"[{name}]"
        elif name not in ("int", "str", "bool"):  # pydantic names the branch of a union; the author does not
            path += f".{name}"
    return path.removeprefix(".")
