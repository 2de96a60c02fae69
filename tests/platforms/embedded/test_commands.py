from dataclasses import replace as replaced
from typing import Any

import pytest
from msgspec.structs import replace

from platforms.embedded import commands
from platforms.embedded.manifests import Manifests
from rollouts.model import Rollout
from rollouts.status import PauseCondition, PauseReason, RolloutStatus
from rollouts.world import ReplicaSet
from seam.errors import UserError

PROMOTED = replace(RolloutStatus.initial(), stable_rs="aaa", current_pod_hash="aaa", current_step_index=8)
UNDER_WAY = replace(RolloutStatus.initial(), stable_rs="aaa", current_pod_hash="bbb", current_step_index=1)
PAUSED = replace(UNDER_WAY, pause_conditions=(PauseCondition(PauseReason.CANARY_PAUSE_STEP, 0),))
ABORTED = replace(UNDER_WAY, abort=True, aborted_at=7)


@pytest.fixture
def smiley(manifests: Manifests) -> Rollout:
    return manifests.rollouts["smiley"]


def revisions(smiley: Rollout, *numbers: int) -> list[ReplicaSet]:
    """Each with another template; the newest has the present one."""
    present = dict(smiley.spec.bare_template)
    templates: list[dict[str, Any]] = [present | {"metadata": {"name": f"old-{number}"}} for number in numbers[:-1]]
    return [
        ReplicaSet(f"smiley-{number}", str(number), number, 0.0, template, 0, 0, 0, 0)
        for number, template in zip(numbers, [*templates, present], strict=True)
    ]


def test_a_pause_is_resumed_and_a_step_without_one_is_skipped(smiley: Rollout) -> None:
    assert commands.promote(smiley, PAUSED, full=False).pause_conditions == ()
    assert commands.promote(smiley, UNDER_WAY, full=False).current_step_index == 2
    assert commands.promote(smiley, UNDER_WAY, full=True).promote_full
    assert commands.promote(smiley, ABORTED, full=True).promote_full


@pytest.mark.parametrize("full", [False, True])
def test_what_is_promoted_cannot_be_promoted(smiley: Rollout, full: bool) -> None:  # noqa: FBT001
    with pytest.raises(UserError, match=r"^Rollout smiley is fully promoted: there is nothing to promote\.$"):
        commands.promote(smiley, PROMOTED, full=full)


def test_a_rollout_that_its_spec_pauses_can_always_be_promoted(smiley: Rollout) -> None:
    paused = replaced(smiley, spec=smiley.spec.model_copy(update={"paused": True}))
    assert commands.promote(paused, PROMOTED, full=True) == PROMOTED


def test_an_aborted_release_is_not_promoted_step_by_step(smiley: Rollout) -> None:
    with pytest.raises(UserError, match=r"^Rollout smiley was aborted: retry it, or promote it in full\.$"):
        commands.promote(smiley, ABORTED, full=False)


def test_after_the_last_step_nothing_is_left_to_skip(smiley: Rollout) -> None:
    last = replace(UNDER_WAY, current_step_index=len(smiley.steps))
    with pytest.raises(UserError, match=r"^Rollout smiley is not paused and has no step left to skip: there is "):
        commands.promote(smiley, last, full=False)


def test_abort_and_retry_are_refused_where_they_mean_nothing(smiley: Rollout) -> None:
    assert commands.abort(smiley, UNDER_WAY, 0.0).abort
    assert not commands.retry(smiley, ABORTED).abort
    with pytest.raises(UserError, match=r"^Rollout smiley is fully promoted: there is nothing to abort\.$"):
        commands.abort(smiley, PROMOTED, 0.0)
    with pytest.raises(UserError, match=r"^Rollout smiley was not aborted: there is nothing to retry\.$"):
        commands.retry(smiley, UNDER_WAY)


def test_undo_takes_the_revision_before_or_the_one_that_is_named(smiley: Rollout) -> None:
    sets = revisions(smiley, 1, 3, 4)
    assert commands.undo(smiley, sets, None)["metadata"] == {"name": "old-3"}
    assert commands.undo(smiley, sets, 1)["metadata"] == {"name": "old-1"}


@pytest.mark.parametrize(
    ("numbers", "revision", "sentence"),
    [
        ((1,), None, r"^Rollout smiley has no earlier revision: there is nothing to undo\.$"),
        ((1,), 2, r"^There is no revision 2; there is 1\.$"),
        ((1, 3, 4), 99, r"^There is no revision 99; there are 1, 3 and 4\.$"),
        ((1, 3, 4), 4, r"^Revision 4 is the present one; there are 1, 3 and 4\.$"),
    ],
)
def test_undo_names_the_revisions_that_there_are(
    smiley: Rollout, numbers: tuple[int, ...], revision: int | None, sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        commands.undo(smiley, revisions(smiley, *numbers), revision)
