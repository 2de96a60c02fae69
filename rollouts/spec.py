"""From a Kubernetes document to a Rollout, or to the first sentence that says why not."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from rollouts.errors import Invalid, Malformed, SpecError, Unsupported
from rollouts.model import Rollout, RolloutSpec
from rollouts.schema import ROLLOUT, stored
from rollouts.schema.metadata import check_known, kept_metadata
from rollouts.validation.rollout import first_problem

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Rollout", "RolloutSpec", "parse_rollout"]

_MAX_QUOTED = 60


def parse_rollout(document: Mapping[str, Any]) -> Rollout:
    """Read a Rollout from a Kubernetes document.

    Raises SpecError for the first problem: Invalid where Argo Rollouts, or the API server before it, refuses it too,
    Unsupported for what only Argo Rollouts knows. A `status` in the document is dropped, as the API server drops it
    from what users apply.
    """
    if document.get("apiVersion") != "argoproj.io/v1alpha1":
        raise Malformed("apiVersion", "must be argoproj.io/v1alpha1")
    if document.get("kind") != "Rollout":
        raise Malformed("kind", "must be Rollout")
    content = stored(document, ROLLOUT)
    try:
        rollout = _read(content, content["spec"])
    except ValidationError as error:
        raise _of_argo_alone(content) or _first(error) from None
    problem = first_problem(rollout)
    if problem is not None:
        raise problem
    check_known(content)
    return rollout


def _of_argo_alone(content: dict[str, Any]) -> Invalid | None:
    """Argo's problem with a Rollout that the engine cannot read: a router's plugin is configured as it does not know,
    which Argo leaves to the plugin.
    """
    bare = deepcopy(content["spec"])
    routing = bare["strategy"]["canary"]["trafficRouting"]
    routing["plugins"] = {name: {} for name in routing["plugins"]}
    problem = first_problem(_read(content, bare))
    return problem if isinstance(problem, Invalid) else None


def _read(content: Mapping[str, Any], spec: Mapping[str, Any]) -> Rollout:
    return Rollout(**kept_metadata(content), spec=RolloutSpec.model_validate(spec, by_name=False))


def _first(error: ValidationError) -> SpecError:
    """Fields that pass the schema and cannot be read are features that only Argo has, such as a router's plugin."""
    problem = error.errors(include_url=False)[0]
    field = _path(problem["loc"])
    if problem["type"] == "extra_forbidden":
        return Unsupported(field, "unknown field; remove it, or correct its spelling")
    quoted = str(problem["input"])
    shown = quoted if len(quoted) <= _MAX_QUOTED else f"{quoted[:_MAX_QUOTED]}…"
    return Unsupported(field, f"this engine cannot read {shown}: {problem['msg']}")


def _path(location: tuple[int | str, ...]) -> str:
    path = "spec"
    for name in location:
        if isinstance(name, int) or "/" in name:
            path += f"[{name}]"
        elif name not in ("int", "str", "bool"):  # pydantic names the branch of a union; the author does not
            path += f".{name}"
    return path
