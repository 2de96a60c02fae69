"""An object's metadata, and what the API server demands of it.

k8s.io/apimachinery: pkg/api/validation/objectmeta.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rollouts.errors import Invalid, Malformed, Unsupported
from rollouts.schema.names import dns_label_problem, dns_subdomain_problem, invalid, of_annotations, of_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KEPT = ("name", "namespace", "labels", "annotations", "generation", "uid")
# Written by the API server into every object: it says nothing about how to roll out.
_BOOKKEEPING = ("resourceVersion", "creationTimestamp", "managedFields", "selfLink", "ownerReferences")


def kept_metadata(content: Mapping[str, Any]) -> dict[str, Any]:
    """What this engine reads of `metadata`."""
    return {name: value for name, value in content.get("metadata", {}).items() if name in _KEPT}


def check_metadata(content: Mapping[str, Any]) -> None:
    """Raises Malformed for what the API server refuses. `content` has the right shape."""
    for problem in _problems(content.get("metadata", {})):
        raise Malformed(problem.field, problem.message)


def check_known(content: Mapping[str, Any]) -> None:
    """Raises Unsupported for metadata that the engine does not know."""
    for name in content.get("metadata", {}):
        if name not in (*_KEPT, *_BOOKKEEPING):
            raise Unsupported(f"metadata.{name}", "this engine does not support the field; remove it")


def _problems(metadata: Mapping[str, Any]) -> Iterator[Invalid]:
    if metadata.get("name"):
        yield from invalid("metadata.name", metadata["name"], dns_subdomain_problem(metadata["name"]))
    else:
        yield Invalid("metadata.name", "Required value: name or generateName is required")
    if metadata.get("namespace"):
        yield from invalid("metadata.namespace", metadata["namespace"], dns_label_problem(metadata["namespace"]))
    if metadata.get("generation", 0) < 0:
        generation = metadata["generation"]
        yield Invalid("metadata.generation", f"Invalid value: {generation}: must be greater than or equal to 0")
    yield from of_labels(metadata.get("labels", {}), "metadata.labels")
    yield from of_annotations(metadata.get("annotations", {}), "metadata.annotations")
