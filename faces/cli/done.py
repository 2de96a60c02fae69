"""What a command did, in one line. Pure: from what was seen of the Rollout before the command.

Whoever wants to know what came of it asks `faces status`: nothing here waits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seam.views import ReplicaSetView, RolloutView


@dataclass(frozen=True, slots=True)
class Done:
    """A sentence for people, and the same as facts for `--json`."""

    sentence: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {**self.facts, "message": self.sentence}


def promoted(before: RolloutView, *, full: bool) -> Done:
    name, version, at = before.name, before.current_version, f"at {before.canary_weight} %"
    if full:
        sentence = f"{name}: {version} skips every step that is left, and becomes stable."
    elif before.pause_reason == "InconclusiveAnalysisRun":
        sentence = f"{name}: {version} continues past the inconclusive analysis {at}{_which(before)}."
    elif before.phase == "Paused":
        sentence = f"{name}: {version} continues past the pause {at}{_which(before)}."
    elif _step(before) is not None:
        sentence = f"{name}: {version} skips {_in_words(before)} {at}{_which(before)}."
    else:
        sentence = f"{name}: {version} is promoted."
    return Done(sentence, _facts("promote", before) | {"full": full})


def aborted(before: RolloutView) -> Done:
    sentence = (
        f"{before.name}: {before.current_version} is aborted at {before.canary_weight} %; "
        f"all traffic goes back to {before.stable_version}."
    )
    return Done(sentence, _facts("abort", before))


def retried(before: RolloutView) -> Done:
    where = ", from its first step" if before.steps else ""
    return Done(f"{before.name}: {before.current_version} goes out again{where}.", _facts("retry", before))


def undone(before: RolloutView, revision: int | None) -> Done:
    """`revision` None: the one before the newest, as the platforms choose it."""
    target = _target(before, revision)
    facts: dict[str, Any] = {"rollout": before.name, "action": "undo", "from": before.current_version}
    if target is None:  # not in what was seen: the platform has found it nevertheless
        return Done(f"{before.name}: goes back to revision {revision}.", facts | {"revision": revision})
    facts |= {"version": target.version, "revision": target.revision}
    which = f"{target.version} (revision {target.revision})"
    if target.pod_template_hash == before.current_hash:
        sentence = f"{before.name} is at {which} already: nothing was changed."
    elif target.pod_template_hash == before.stable_hash:
        sentence = f"{before.name}: goes back from {before.current_version} to {which}, which is stable, at once."
    else:
        steps = ", step by step" if before.steps else ""
        sentence = f"{before.name}: goes back from {before.current_version} to {which}{steps}."
    return Done(sentence, facts)


def injected(workload: str, faults: Mapping[str, Any], pods: Sequence[str]) -> Done:
    kinds = " and ".join(faults)
    verb = "is" if len(faults) == 1 else "are"
    sentence = f"{workload}: {kinds} {verb} on in {_pods(pods)}."
    return Done(sentence, {"rollout": workload, "action": "inject", "faults": dict(faults), "pods": list(pods)})


def cleared(workload: str, pods: Sequence[str], kinds: Sequence[str] = ()) -> Done:
    """`kinds` empty: every fault."""
    verb = "are" if len(kinds) > 1 else "is"
    sentence = f"{workload}: {' and '.join(kinds) or 'every fault'} {verb} off in {_pods(pods)}."
    facts = {"rollout": workload, "action": "clear", "pods": list(pods)}
    return Done(sentence, facts | {"kinds": list(kinds)} if kinds else facts)


def _facts(action: str, before: RolloutView) -> dict[str, Any]:
    return {
        "rollout": before.name,
        "action": action,
        "version": before.current_version,
        "stableVersion": before.stable_version,
        "weight": before.canary_weight,
        "currentStepIndex": before.current_step_index,
    }


def _target(before: RolloutView, revision: int | None) -> ReplicaSetView | None:
    newest_first = sorted(before.replica_sets, key=lambda one: one.revision, reverse=True)
    if revision is None:
        return newest_first[1] if len(newest_first) > 1 else None
    return next((one for one in newest_first if one.revision == revision), None)


def _step(view: RolloutView) -> Mapping[str, Any] | None:
    index = view.current_step_index
    return view.steps[index] if index is not None and index < len(view.steps) else None


def _in_words(view: RolloutView) -> str:
    """`setWeight 50`, `the analysis`."""
    step = _step(view) or {}
    name = next(iter(step), "the step")
    return f"setWeight {step[name]}" if name == "setWeight" else f"the {name}"


def _which(view: RolloutView) -> str:
    if _step(view) is None or view.current_step_index is None:
        return ""
    return f" (step {view.current_step_index + 1} of {len(view.steps)})"


def _pods(pods: Sequence[str]) -> str:
    return f"{len(pods)} {'pod' if len(pods) == 1 else 'pods'}: {', '.join(pods)}"
