"""What people do to a Rollout, as the patches that `kubectl argo rollouts` sends. Pure.

Every Rollout is passed as the API gives it. UserError where there is nothing to do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from platforms.kube.objects import HASH, canary_of, is_meshed, is_observed, is_promoted, revision_of
from platforms.kube.resources import Object
from seam.errors import UserError
from seam.releases import CALLERS, IDENTITY, NOBODY, PodChange, needs_own_mesh, released


@dataclass(frozen=True, slots=True)
class Patches:
    """Merge patches: `status` goes to the subresource, first; `spec` to the object. None: no such patch."""

    status: Mapping[str, Any] | None = None
    spec: Mapping[str, Any] | None = None


def release(template: Mapping[str, Any], name: str, version: str, change: PodChange) -> dict[str, Any]:
    """The pod template of a release, which `check_release` lets pass.

    Linkerd's policies choose pods by labels, so a version that lets nobody in has one: manifests/overlays/linkerd.
    """
    changed = released(template, name, version, change)
    labels = changed["metadata"].setdefault("labels", {})
    labels.pop(CALLERS, None)
    if change.annotations.get(CALLERS) == NOBODY:
        labels[CALLERS] = NOBODY
    return changed


def check_release(name: str, change: PodChange, pods: Iterable[Object]) -> None:
    """Raises UserError for a release that would be no bad one here. `pods` are those of the run.

    Nobody but a mesh knows who calls, and the certificates of Linkerd are its own authority's affair.
    """
    if not needs_own_mesh(change):
        return
    elsewhere = "Release it on the embedded platform, or choose another release."
    if not any(is_meshed(pod) for pod in pods):
        raise UserError(
            f"{name} is bad by its certificate or by who may call it, which this cluster's data plane does not know. "
            f"{elsewhere}"
        )
    if IDENTITY in change.annotations or change.annotations[CALLERS] != NOBODY:
        raise UserError(
            f"{name} is bad by its certificate or by a policy of its own, which no annotation changes in Linkerd; of "
            f"these, only a version that lets nobody in can be released here. {elsewhere}"
        )


def promote_if_possible(rollout: Object, *, full: bool) -> Patches:
    """As `promote` or `promote_full`. UserError where that would change nothing; the plugin says it did."""
    problem = _nothing_to_promote(rollout, full=full)
    if problem:
        raise UserError(f"Rollout {_name(rollout)} {problem}")
    return promote_full(rollout) if full else promote(rollout)


def promote(rollout: Object) -> Patches:
    """Resume a pause, or skip the current step if nothing is paused; never both.

    An inconclusive step analysis is resumed and skipped: to resume it alone would only run it again.
    """
    status = rollout.get("status") or {}
    paused, index = status.get("pauseConditions"), _next_index(rollout)
    patch: dict[str, Any] = {"pauseConditions": None}
    if paused and status.get("controllerPause") and _is_inconclusive(status) and index is not None:
        patch |= {"controllerPause": False, "currentStepIndex": index}
    elif not paused and index is not None:
        patch |= {"currentStepIndex": index}
    changes = paused or index is not None
    return Patches({"status": patch} if changes else None, _unpause(rollout))


def promote_full(rollout: Object) -> Patches:
    """Skip every step, pause and analysis that is left; nothing to do when all is promoted."""
    return Patches(None if is_promoted(rollout) else {"status": {"promoteFull": True}}, _unpause(rollout))


def abort(rollout: Object) -> Patches:
    if is_promoted(rollout):
        raise UserError(f"Rollout {_name(rollout)} is fully promoted: there is nothing to abort.")
    return Patches({"status": {"abort": True}})


def retry(rollout: Object) -> Patches:
    if not (rollout.get("status") or {}).get("abort"):
        raise UserError(f"Rollout {_name(rollout)} was not aborted: there is nothing to retry.")
    return Patches({"status": {"abort": False}})


def undo(rollout: Object, replica_sets: Sequence[Object], revision: int | None) -> dict[str, Any] | None:
    """The pod template of `revision`, by default of the one before the newest; None when it is the present one.

    `replica_sets` are the Rollout's own. UserError names the revisions that there are.
    """
    chosen = _of_revision(rollout, replica_sets, revision)
    template: dict[str, Any] = chosen["spec"]["template"]
    metadata = template.get("metadata") or {}
    labels = metadata.get("labels") or {}
    if is_observed(rollout) and labels.get(HASH) == rollout["status"].get("currentPodHash"):
        return None
    labels = {key: value for key, value in labels.items() if key != HASH}
    return template | {"metadata": metadata | {"labels": labels}}


def undo_if_possible(rollout: Object, replica_sets: Sequence[Object], revision: int | None) -> dict[str, Any]:
    """As `undo`. UserError where that would change nothing."""
    template = undo(rollout, replica_sets, revision)
    if template is None:
        present = revision_of(_of_revision(rollout, replica_sets, revision))
        raise UserError(f"Revision {present} is the present one; {_there_are(replica_sets)}.")
    return template


def replaced_template(rollout: Object, template: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A JSON patch for the whole pod template; the API answers 409 if `rollout` is not the newest state.

    Whole, because a merge would leave behind what the new template no longer has.
    """
    return [
        {"op": "replace", "path": "/metadata/resourceVersion", "value": rollout["metadata"]["resourceVersion"]},
        {"op": "replace", "path": "/spec/template", "value": template},
    ]


def _of_revision(rollout: Object, replica_sets: Sequence[Object], revision: int | None) -> Object:
    newest_first = sorted(replica_sets, key=revision_of, reverse=True)
    if not revision:
        if len(newest_first) < 2:
            raise UserError(f"Rollout {_name(rollout)} has no earlier revision: there is nothing to undo.")
        return newest_first[1]
    for replica_set in newest_first:
        if revision_of(replica_set) == revision:
            return replica_set
    raise UserError(f"There is no revision {revision}; {_there_are(replica_sets)}.")


def _there_are(replica_sets: Sequence[Object]) -> str:
    """`there are 1, 2 and 4`."""
    revisions = [str(revision) for revision in sorted(revision_of(one) for one in replica_sets)]
    if len(revisions) < 2:
        return f"there is {revisions[0] if revisions else 'none yet'}"
    return f"there are {', '.join(revisions[:-1])} and {revisions[-1]}"


def _nothing_to_promote(rollout: Object, *, full: bool) -> str:
    """Why a promotion would have no effect; empty where it would have one."""
    status = rollout.get("status") or {}
    if rollout["spec"].get("paused") or status.get("pauseConditions"):
        return ""
    if is_promoted(rollout):
        return "is fully promoted: there is nothing to promote."
    if full:
        return "is already being promoted in full." if status.get("promoteFull") else ""
    if status.get("abort"):
        return "was aborted: retry it, or promote it in full."
    return (
        "" if _has_steps_left(rollout) else "is not paused and has no step left to skip: there is nothing to promote."
    )


def _next_index(rollout: Object) -> int | None:
    """None for a Rollout without steps."""
    steps = canary_of(rollout).get("steps") or ()
    index = (rollout.get("status") or {}).get("currentStepIndex") or 0
    return min(index + 1, max(index, len(steps))) if steps else None


def _has_steps_left(rollout: Object) -> bool:
    index = (rollout.get("status") or {}).get("currentStepIndex") or 0
    return index < len(canary_of(rollout).get("steps") or ())


def _is_inconclusive(status: Object) -> bool:
    run = (status.get("canary") or {}).get("currentStepAnalysisRunStatus") or {}
    return bool(run.get("status") == "Inconclusive")


def _unpause(rollout: Object) -> Mapping[str, Any] | None:
    return {"spec": {"paused": False}} if rollout["spec"].get("paused") else None


def _name(rollout: Object) -> str:
    return str(rollout["metadata"]["name"])
