"""Every patch is the one that the kubectl plugin v1.10.1 sends.

But for an abort, a retry or a promotion of nothing: the plugin sends it, and the controller drops it without a word.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.kube.commands import (
    Patches,
    abort,
    promote,
    promote_full,
    promote_if_possible,
    replaced_template,
    retry,
    undo,
    undo_if_possible,
)
from seam.errors import UserError
from tests.platforms.kube.objects import STEPS, aborted, healthy, replica_set, rollout, template, under_way

PAUSE = [{"reason": "CanaryPauseStep", "startTime": "2026-01-01T00:00:00Z"}]
INCONCLUSIVE = {"currentStepAnalysisRunStatus": {"name": "smiley-bbb-2-3", "status": "Inconclusive"}}


def second(status: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return rollout("v2", generation=2, revision=2, status=status, **spec)


@pytest.mark.parametrize(
    ("status", "patch"),
    [
        (under_way(pauseConditions=PAUSE, controllerPause=True), {"pauseConditions": None}),
        (under_way(index=2), {"pauseConditions": None, "currentStepIndex": 3}),
        (under_way(currentStepIndex=None), {"pauseConditions": None, "currentStepIndex": 1}),
        (under_way(index=len(STEPS)), {"pauseConditions": None, "currentStepIndex": len(STEPS)}),
        (under_way(index=9), {"pauseConditions": None, "currentStepIndex": 9}),
        (
            under_way(index=1, pauseConditions=PAUSE, controllerPause=True, canary=INCONCLUSIVE),
            {"pauseConditions": None, "controllerPause": False, "currentStepIndex": 2},
        ),
        (under_way(index=1, pauseConditions=PAUSE, canary=INCONCLUSIVE), {"pauseConditions": None}),
        (under_way(index=1, canary=INCONCLUSIVE), {"pauseConditions": None, "currentStepIndex": 2}),
    ],
)
def test_promote_resumes_a_pause_or_skips_a_step(status: dict[str, Any], patch: dict[str, Any]) -> None:
    assert promote(second(status)) == Patches({"status": patch})


def test_promote_of_a_rollout_without_steps_changes_nothing() -> None:
    assert promote(rollout(steps=[])) == Patches()
    assert promote(rollout(steps=[], paused=True)) == Patches(spec={"spec": {"paused": False}})


def test_promote_unpauses_the_spec_along_the_way() -> None:
    assert promote(second(under_way(index=2), paused=True)).spec == {"spec": {"paused": False}}
    assert promote_full(rollout(paused=True)) == Patches(spec={"spec": {"paused": False}})


def test_promote_full_skips_everything_unless_all_is_promoted() -> None:
    assert promote_full(second(under_way())) == Patches({"status": {"promoteFull": True}})
    assert promote_full(second(aborted())) == Patches({"status": {"promoteFull": True}})
    assert promote_full(rollout()) == Patches()


@pytest.mark.parametrize(
    ("one", "full", "sentence"),
    [
        (rollout(), False, "Rollout smiley is fully promoted: there is nothing to promote."),
        (rollout(), True, "Rollout smiley is fully promoted: there is nothing to promote."),
        (rollout(steps=[]), False, "Rollout smiley is fully promoted: there is nothing to promote."),
        (second(under_way(promoteFull=True)), True, "Rollout smiley is already being promoted in full."),
        (second(aborted()), False, "Rollout smiley was aborted: retry it, or promote it in full."),
        (
            second(under_way(), steps=[]),
            False,
            "Rollout smiley is not paused and has no step left to skip: there is nothing to promote.",
        ),
        (
            second(under_way(index=len(STEPS))),
            False,
            "Rollout smiley is not paused and has no step left to skip: there is nothing to promote.",
        ),
    ],
)
def test_a_promotion_of_nothing_is_refused(one: dict[str, Any], full: bool, sentence: str) -> None:  # noqa: FBT001
    with pytest.raises(UserError) as told:
        promote_if_possible(one, full=full)
    assert str(told.value) == sentence


@pytest.mark.parametrize(
    ("one", "full"),
    [
        (second(under_way(index=2)), False),
        (second(under_way(index=len(STEPS), pauseConditions=PAUSE, controllerPause=True)), False),
        (second(under_way(), steps=[]), True),
        (second(aborted()), True),
        (rollout(paused=True), False),
        (rollout(paused=True), True),
    ],
)
def test_whatever_can_be_promoted_is(one: dict[str, Any], full: bool) -> None:  # noqa: FBT001
    assert promote_if_possible(one, full=full) == (promote_full(one) if full else promote(one))
    assert promote_if_possible(one, full=full) != Patches()


@given(index=st.none() | st.integers(0, 9), steps=st.integers(1, 8))
def test_promote_never_goes_back_and_never_beyond_the_last_step_by_itself(index: int | None, steps: int) -> None:
    one = second(under_way(currentStepIndex=index), steps=[{"setWeight": 10}] * steps)
    status = promote(one).status
    assert status is not None
    after, before = status["status"]["currentStepIndex"], index or 0
    assert after == before + 1 if before < steps else after == before


def test_abort_and_retry() -> None:
    assert abort(second(under_way())) == Patches({"status": {"abort": True}})
    assert retry(second(aborted())) == Patches({"status": {"abort": False}})
    with pytest.raises(UserError, match=r"^Rollout smiley is fully promoted: there is nothing to abort\.$"):
        abort(rollout())
    for one in (rollout(), second(under_way()), rollout(status={})):
        with pytest.raises(UserError, match=r"^Rollout smiley was not aborted: there is nothing to retry\.$"):
            retry(one)


SETS = [replica_set("bbb", "v2", 3), replica_set("aaa", "v1", 1), replica_set("ccc", "v3", 2)]


def version(patched: dict[str, Any] | None) -> str:
    assert patched is not None
    return str(patched["spec"]["containers"][0]["env"][0]["value"])


def test_undo_takes_the_template_of_the_revision_before_without_its_hash() -> None:
    one = rollout("v2", generation=3, revision=3, status=healthy(3, "bbb"))
    back = undo(one, SETS, None)
    assert version(back) == "v3"
    assert back is not None
    assert back["metadata"]["labels"] == {"app": "smiley"}
    assert version(undo(one, SETS, 1)) == "v1"
    assert version(undo(one, SETS, 0)) == "v3"
    assert "rollouts-pod-template-hash" in SETS[0]["spec"]["template"]["metadata"]["labels"]


def test_undo_to_what_is_there_changes_nothing_unless_something_else_was_just_asked_for() -> None:
    assert undo(rollout("v2", generation=3, status=healthy(3, "bbb")), SETS, 3) is None
    assert version(undo(rollout("v4", generation=4, status=healthy(3, "bbb")), SETS, 3)) == "v2"


@pytest.mark.parametrize(
    ("sets", "sentence"),
    [
        (SETS, "There is no revision 99; there are 1, 2 and 3."),
        (SETS[:2], "There is no revision 99; there are 1 and 3."),
        (SETS[:1], "There is no revision 99; there is 3."),
        ([], "There is no revision 99; there is none yet."),
    ],
)
def test_undo_to_a_revision_that_is_not_there_says_which_there_are(sets: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(UserError) as told:
        undo(rollout(), sets, 99)
    assert str(told.value) == sentence


def test_undo_to_what_is_there_is_refused() -> None:
    one = rollout("v2", generation=3, status=healthy(3, "bbb"))
    with pytest.raises(UserError, match=r"^Revision 3 is the present one; there are 1, 2 and 3\.$"):
        undo_if_possible(one, SETS, 3)
    assert undo_if_possible(one, SETS, None) == undo(one, SETS, None)


def test_undo_without_a_revision_before_says_so() -> None:
    with pytest.raises(UserError, match=r"^Rollout smiley has no earlier revision: there is nothing to undo\.$"):
        undo(rollout(), SETS[:1], None)


def test_a_template_is_replaced_as_a_whole_and_only_in_the_state_that_was_read() -> None:
    assert replaced_template(rollout(), template("v2")) == [
        {"op": "replace", "path": "/metadata/resourceVersion", "value": "10"},
        {"op": "replace", "path": "/spec/template", "value": template("v2")},
    ]
