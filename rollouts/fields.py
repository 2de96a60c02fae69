"""What a fieldRef of an analysis argument finds in its Rollout.

Argo: utils/analysis/factory.go (extractValueFromRollout); Kubernetes: pkg/fieldpath. Paths that begin with "metadata"
are those of the downward API; all others are walked through the Rollout's JSON, its status included.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rollouts.errors import Invalid
from rollouts.golang.text import display, quote
from rollouts.schema.names import qualified_name_problem
from rollouts.status import to_argo

if TYPE_CHECKING:
    from rollouts.model import Rollout
    from rollouts.status import RolloutStatus

REVISION_ANNOTATION = "rollout.argoproj.io/revision"

_ANNOTATIONS, _LABELS = "metadata.annotations", "metadata.labels"
_METADATA = ("metadata.name", "metadata.namespace", "metadata.uid", _LABELS, _ANNOTATIONS)
_SUBSCRIPT = re.compile(r"(?P<name>.+?)\['(?P<key>.*)'\]", re.DOTALL)
# Go leaves these out where they are 0, false or "": they are values there, and no pointers.
_LEFT_OUT_WHEN_ZERO = frozenset(
    (
        "autoPromotionSeconds", "canaryService", "dynamicStableScale", "matchTrafficWeight", "minReadySeconds",
        "paused", "previewService", "progressDeadlineAbort", "stableService", "value",
    )
)  # fmt: skip


def of_metadata(path: str) -> bool:
    return path.startswith("metadata")


def field_of(rollout: Rollout, path: str, status: RolloutStatus, revision: int) -> str:
    """The text at a path. `revision` is what Argo notes in the Rollout's annotations.

    Raises Invalid, its field being the path, for one that leads nowhere.
    """
    if not of_metadata(path):
        return _walked(_document(rollout, status), path)
    name, key = metadata_path(path)
    texts = {"metadata.name": rollout.name, "metadata.namespace": rollout.namespace, "metadata.uid": rollout.uid}
    if name in texts:
        return texts[name]
    annotations = {**rollout.annotations, REVISION_ANNOTATION: str(revision)}
    chosen = annotations if name == _ANNOTATIONS else rollout.labels
    if key is None:
        return "\n".join(f"{each}={quote(value)}" for each, value in sorted(chosen.items()))
    return chosen.get(key, "")


def metadata_path(path: str) -> tuple[str, str | None]:
    """A path of the downward API, and the key in its brackets.

    Raises Invalid, its field being the path, for another.
    """
    subscript = _SUBSCRIPT.fullmatch(path)
    if subscript is None:
        if path not in _METADATA:
            raise Invalid(path, f"is no path of the downward API; it has {', '.join(_METADATA)}")
        return path, None
    name, key = subscript["name"], subscript["key"]
    if name not in (_ANNOTATIONS, _LABELS):
        raise Invalid(path, f"{name} has no keys to choose from; {_ANNOTATIONS} and {_LABELS} have")
    if qualified_name_problem(key.lower() if name == _ANNOTATIONS else key) is not None:
        raise Invalid(path, f"no label and no annotation can be called {quote(key)}")
    return name, key


def _walked(document: Any, path: str) -> str:
    at = document
    for section in filter(None, re.split(r"[.\[\]]+", path)):
        if isinstance(at, dict):
            at = at.get(section)
        elif isinstance(at, list) and re.fullmatch(r"[0-9]{1,9}", section) and int(section) < len(at):
            at = at[int(section)]
        else:
            raise Invalid(path, f"leads nowhere in the Rollout: there is no {section}")
    if at is None:
        raise Invalid(path, "leads nowhere in the Rollout")
    if isinstance(at, dict | list):
        raise Invalid(path, "leads to several values in the Rollout, and must lead to one")
    return display(float(at) if isinstance(at, int) and not isinstance(at, bool) else at)


def _document(rollout: Rollout, status: RolloutStatus) -> dict[str, Any]:
    """The Rollout as the controller keeps it: with its replicas, and without what nobody set."""
    spec = _written(rollout.spec.model_dump(by_alias=True, exclude_unset=True))
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "spec": {**spec, "replicas": rollout.spec.replicas},
        "status": to_argo(status),
    }


def _written(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _written(item) for name, item in value.items() if item or name not in _LEFT_OUT_WHEN_ZERO}
    return [_written(item) for item in value] if isinstance(value, list | tuple) else value
