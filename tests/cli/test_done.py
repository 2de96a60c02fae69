from dataclasses import replace
from typing import Any

import pytest

from faces.cli.done import aborted, cleared, injected, promoted, retried, undone
from seam.views import ReplicaSetView, RolloutView

STEPS = ({"setWeight": 30}, {"pause": {}}, {"analysis": {"templates": []}}, {"setWeight": 50})


def replica_set(hashed: str, revision: int, version: str) -> ReplicaSetView:
    return ReplicaSetView(f"smiley-{hashed}", hashed, revision, version, 0, 0)


BEFORE = RolloutView(
    name="smiley",
    namespace="faces",
    phase="Progressing",
    message="",
    revision=3,
    stable_hash="aaa",
    current_hash="ccc",
    stable_version="v1",
    current_version="v3",
    current_step_index=0,
    steps=STEPS,
    canary_weight=30,
    stable_weight=70,
    aborted=False,
    replica_sets=(replica_set("ccc", 3, "v3"), replica_set("aaa", 1, "v1"), replica_set("bbb", 2, "v2")),
)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"current_step_index": 1, "phase": "Paused", "pause_reason": "CanaryPauseStep"},
            "smiley: v3 continues past the pause at 30 % (step 2 of 4).",
        ),
        (
            {"current_step_index": 2, "phase": "Paused", "pause_reason": "InconclusiveAnalysisRun"},
            "smiley: v3 continues past the inconclusive analysis at 30 % (step 3 of 4).",
        ),
        ({"current_step_index": 2}, "smiley: v3 skips the analysis at 30 % (step 3 of 4)."),
        ({"current_step_index": 3}, "smiley: v3 skips setWeight 50 at 30 % (step 4 of 4)."),
        ({"current_step_index": 4, "phase": "Paused"}, "smiley: v3 continues past the pause at 30 %."),
        ({"current_step_index": None, "steps": ()}, "smiley: v3 is promoted."),
    ],
)
def test_a_promotion_says_what_it_went_past(changes: dict[str, Any], sentence: str) -> None:
    done = promoted(replace(BEFORE, **changes), full=False)
    assert done.sentence == sentence
    assert done.to_json() == {
        "rollout": "smiley",
        "action": "promote",
        "version": "v3",
        "stableVersion": "v1",
        "weight": 30,
        "currentStepIndex": changes["current_step_index"],
        "full": False,
        "message": sentence,
    }


def test_a_full_promotion_says_that_the_rest_is_skipped() -> None:
    done = promoted(BEFORE, full=True)
    assert done.sentence == "smiley: v3 skips every step that is left, and becomes stable."
    assert done.facts["full"] is True


def test_an_abort_says_where_the_traffic_goes() -> None:
    assert aborted(BEFORE).sentence == "smiley: v3 is aborted at 30 %; all traffic goes back to v1."


def test_a_retry_says_where_it_starts() -> None:
    assert retried(BEFORE).sentence == "smiley: v3 goes out again, from its first step."
    assert retried(replace(BEFORE, steps=())).sentence == "smiley: v3 goes out again."


@pytest.mark.parametrize(
    ("revision", "sentence", "version", "chosen"),
    [
        (None, "smiley: goes back from v3 to v2 (revision 2), step by step.", "v2", 2),
        (2, "smiley: goes back from v3 to v2 (revision 2), step by step.", "v2", 2),
        (1, "smiley: goes back from v3 to v1 (revision 1), which is stable, at once.", "v1", 1),
        (3, "smiley is at v3 (revision 3) already: nothing was changed.", "v3", 3),
    ],
)
def test_an_undo_says_to_which_version_and_revision_it_goes(
    revision: int | None, sentence: str, version: str, chosen: int
) -> None:
    done = undone(BEFORE, revision)
    assert done.sentence == sentence
    assert done.to_json() == {
        "rollout": "smiley",
        "action": "undo",
        "from": "v3",
        "version": version,
        "revision": chosen,
        "message": sentence,
    }


def test_an_undo_without_steps_does_not_promise_any() -> None:
    assert undone(replace(BEFORE, steps=()), 2).sentence == "smiley: goes back from v3 to v2 (revision 2)."


def test_an_undo_to_what_was_not_seen_still_says_which_revision() -> None:
    assert undone(BEFORE, 7).sentence == "smiley: goes back to revision 7."


def test_faults_say_which_are_on_and_in_which_pods() -> None:
    assert injected("color", {"error": {"fraction": 5}}, ["one"]).sentence == "color: error is on in 1 pod: one."
    both = injected("color", {"error": {"fraction": 5}, "hang": {"fraction": 1}}, ["one", "two"])
    assert both.sentence == "color: error and hang are on in 2 pods: one, two."
    assert both.facts["pods"] == ["one", "two"]
    assert cleared("color", ["one", "two"]).sentence == "color: every fault is off in 2 pods: one, two."
